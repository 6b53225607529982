"""What a function says of itself: its parameters, their defaults, what it returns, its text."""

from __future__ import annotations

import inspect
import re
import typing
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ostro.sdk.context import OLD_KEYS

#: Names of parameters that get their value from the context.
CONTEXT_KEYS = frozenset(
    [
        "asset_state_store",
        "conn",
        "dag",
        "dag_run",
        "data_interval_end",
        "data_interval_start",
        "ds",
        "ds_nodash",
        "exception",
        "expanded_ti_count",
        "inlet_events",
        "inlets",
        "logical_date",
        "macros",
        "map_index_template",
        "outlet_events",
        "outlets",
        "params",
        "partition_date",
        "partition_key",
        "prev_data_interval_end_success",
        "prev_data_interval_start_success",
        "prev_end_date_success",
        "prev_start_date_success",
        "reason",
        "run_id",
        "start_date",
        "task",
        "task_instance",
        "task_instance_key_str",
        "task_reschedule_count",
        "task_state_store",
        "templates_dict",
        "test_mode",
        "ti",
        "triggering_asset_events",
        "ts",
        "ts_nodash",
        "ts_nodash_with_tz",
        "try_number",
        "var",
    ]
) | frozenset(OLD_KEYS)

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def check_callable(function: Any) -> None:
    """Raise TypeError for what cannot be a task's function."""
    if not callable(function):
        raise TypeError(f"a task is made of a function, not of {function!r}")
    if isinstance(function, type):
        raise TypeError(
            f"a task is made of a function, not of the class {function.__name__}; decorate its method"
        )


def with_defaults(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """`kwargs` and the defaults of parameters that are not given. Checks that the function can be called so."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:
        # Some builtins do not tell what they take.
        return dict(kwargs)
    for name, parameter in parameters.items():
        if name in CONTEXT_KEYS and parameter.default not in (None, inspect.Parameter.empty):
            raise ValueError(
                f"Context key parameter {name} can't have a default other than None: {name_of(function)}() gives it "
                f"{parameter.default!r}, but a running task always passes the context's value"
            )
    try:
        bound = inspect.Signature(
            [p.replace(default=None) if p.kind not in _VARIADIC else p for p in parameters.values()]
        ).bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"the task function {name_of(function)}() {error}") from None
    missing = [
        name
        for name, p in parameters.items()
        if p.default is inspect.Parameter.empty
        and p.kind not in _VARIADIC
        and name not in CONTEXT_KEYS
        and name not in bound.arguments
    ]
    if missing:
        listed = ", ".join(repr(m) for m in missing)
        raise TypeError(f"missing a required argument: {listed} of the task function {name_of(function)}()")
    filled = {
        name: p.default
        for name, p in parameters.items()
        if p.kind in _BY_NAME
        and p.default is not inspect.Parameter.empty
        and name not in bound.arguments
        and name not in CONTEXT_KEYS
    }
    return {**filled, **kwargs}


def source_of(function: Callable[..., Any]) -> str:
    """The text of a function without decorators and outer indentation."""
    import textwrap

    lines = textwrap.dedent(inspect.getsource(function)).splitlines(keepends=True)
    start = next((i for i, line in enumerate(lines) if re.match(r"(async\s+)?def\s", line)), 0)
    return "".join(lines[start:])


def returns_mapping(function: Callable[..., Any]) -> bool:
    """Whether the annotation of a function says that it returns a dict: then each key becomes an XCom of its own."""
    annotation = getattr(function, "__annotations__", {}).get("return")
    if annotation is None:
        return False
    try:
        annotation = typing.get_type_hints(function).get("return", Any)
    except (NameError, TypeError) as error:
        warnings.warn(
            f"the return annotation of {name_of(function)}() cannot be read ({error}), so it is taken for one output; "
            "say multiple_outputs= to be clear",
            stacklevel=4,
        )
        return False
    kind = getattr(annotation, "__origin__", annotation)
    return isinstance(kind, type) and issubclass(kind, Mapping)


def name_of(function: Any) -> str:
    """The name of a function or of the class of a callable."""
    name = getattr(function, "__name__", None) or type(function).__name__
    return "lambda" if name == "<lambda>" else str(name)

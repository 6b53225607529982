"""`@dag`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, overload

from ostro.sdk.dag import DAG
from ostro.sdk.params import DagParam, Param


@overload
def dag(dag_id_or_func: Callable[..., Any]) -> Callable[..., DAG]: ...
@overload
def dag(
    dag_id_or_func: str | None = None, **kwargs: Any
) -> Callable[[Callable[..., Any]], Callable[..., DAG]]: ...
def dag(dag_id_or_func: Any = None, *args: Any, **kwargs: Any) -> Any:
    """Make a DAG of a function: `@dag(schedule=...)`. Its parameters become params; call it to make the DAG."""
    if callable(dag_id_or_func) and not args and not kwargs:
        return _factory(dag_id_or_func, None, (), {})
    dag_id = kwargs.pop("dag_id", None) or dag_id_or_func

    def decorate(function: Callable[..., Any]) -> Callable[..., DAG]:
        return _factory(function, dag_id, args, kwargs)

    return decorate


def _factory(
    function: Callable[..., Any], dag_id: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[..., DAG]:
    kwargs = dict(kwargs)
    dag_class = kwargs.pop("__DAG_class", DAG)
    kwargs.pop("__warnings_stacklevel_delta", None)

    @functools.wraps(function)
    def make(*call_args: Any, **call_kwargs: Any) -> DAG:
        bound = inspect.signature(function).bind(*call_args, **call_kwargs)
        bound.apply_defaults()
        made: DAG = dag_class(dag_id or function.__name__, *args, **kwargs)
        with made:
            if function.__doc__ and not made.doc_md:
                made.doc_md = inspect.cleandoc(function.__doc__)
            values = {name: _as_param(made, name, value) for name, value in bound.arguments.items()}
            function(**values)
        return made

    return make


def _as_param(made: DAG, name: str, value: Any) -> DagParam:
    known = made.params.raw().get(name)
    default = known if known is not None and isinstance(known, Param) and value is None else value
    return made.param(name, default)

"""Params: values that a run is given, each with a default and a JSON schema."""

from __future__ import annotations

import copy
import datetime as dt
import functools
from collections.abc import ItemsView, Iterator, Mapping, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any

from ostro.sdk import dialect
from ostro.sdk.exceptions import ParamValidationError
from ostro.sdk.types import NOTSET, ArgNotSet, is_arg_set

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG


class Param:
    """One param: `Param(3, type="integer", minimum=1)`. Without a default it must be given at trigger time.

    Further keyword arguments are JSON schema (and what the trigger form shows: title, section, examples …).
    """

    CLASS_IDENTIFIER = "__class"

    def __init__(
        self, default: Any = NOTSET, description: str | None = None, source: str | None = None, **kwargs: Any
    ) -> None:
        if is_arg_set(default):
            _check_taken(default)
        self.value = default
        self.description = description
        self.source = source
        self.schema: dict[str, Any] = kwargs.pop("schema") if "schema" in kwargs else kwargs

    def __copy__(self) -> Param:
        # Without asking again whether the value is JSON: it was taken, as 2.x takes any.
        copied = Param(NOTSET, self.description, self.source, schema=dict(self.schema))
        copied.value = self.value
        return copied

    def __repr__(self) -> str:
        return f"Param({self.value!r})"

    def resolve(self, value: Any = NOTSET, suppress_exception: bool = False) -> Any:
        """The value (given here, or the default), checked. Raises ParamValidationError unless suppressed."""
        if is_arg_set(value):
            try:
                _check_taken(value)
            except ParamValidationError:
                if not suppress_exception:
                    raise
                return None
        final = value if is_arg_set(value) else self.value
        if isinstance(final, ArgNotSet):
            if suppress_exception:
                return None
            raise ParamValidationError("it has no default, so a value must be given")
        if self.schema:
            problem = _problem(final, self.schema)
            if problem is not None:
                if suppress_exception:
                    return None
                raise ParamValidationError(problem)
        self.value = final
        return final

    def dump(self) -> dict[str, Any]:
        """The param as a dict, for screens."""
        return {
            "value": self.value if self.has_value else None,
            "schema": self.schema,
            "description": self.description,
            "source": self.source,
        }

    @property
    def has_value(self) -> bool:
        """Whether it has a value or default that is not None."""
        return is_arg_set(self.value) and self.value is not None

    def serialize(self) -> dict[str, Any]:
        """The param as JSON."""
        return {
            "value": self.value,
            "description": self.description,
            "schema": self.schema,
            "source": self.source,
        }

    @staticmethod
    def deserialize(data: dict[str, Any], version: int = 1) -> Param:
        """The param of `serialize()`."""
        return Param(
            data.get("value", NOTSET),
            data.get("description"),
            data.get("source"),
            schema=data.get("schema") or {},
        )


class ParamsDict(MutableMapping[str, Any]):
    """Params by name. Looking one up gives its value; setting a value checks it against the schema."""

    def __init__(self, dict_obj: Mapping[str, Any] | None = None, suppress_exception: bool = False) -> None:
        self._params: dict[str, Param] = {
            k: v if isinstance(v, Param) else Param(v)
            for k, v in (dict_obj.raw() if isinstance(dict_obj, ParamsDict) else dict_obj or {}).items()
        }
        self.suppress_exception = suppress_exception

    def raw(self) -> dict[str, Param]:
        """The Params themselves by name."""
        return self._params

    def __contains__(self, key: object) -> bool:
        return key in self._params

    def __len__(self) -> int:
        return len(self._params)

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def __delitem__(self, key: str) -> None:
        del self._params[key]

    def __getitem__(self, key: str) -> Any:
        return self._resolve(key, self._params[key])

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, Param):
            self._params[key] = value
            return
        param = copy.copy(self._params[key]) if key in self._params else Param()
        self._resolve(key, param, value)
        self._params[key] = param

    def _resolve(self, key: str, param: Param, value: Any = NOTSET) -> Any:
        try:
            return param.resolve(value, suppress_exception=self.suppress_exception)
        except ParamValidationError as error:
            raise ParamValidationError(f"the param {key!r} is invalid: {error}") from None

    def __repr__(self) -> str:
        return repr(self.dump())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ParamsDict):
            return self.dump() == other.dump()
        return isinstance(other, dict) and self.dump() == other

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> ParamsDict:
        return ParamsDict({k: copy.copy(p) for k, p in self._params.items()}, self.suppress_exception)

    def __deepcopy__(self, memo: dict[int, Any] | None) -> ParamsDict:
        return ParamsDict(
            {k: copy.deepcopy(p, memo) for k, p in self._params.items()}, self.suppress_exception
        )

    def get_param(self, key: str) -> Param:
        """The Param itself. Raises KeyError."""
        return self._params[key]

    def items(self) -> ItemsView[str, Any]:
        """Names and Params."""
        return ItemsView(self._params)

    def values(self) -> ValuesView[Any]:
        """The Params."""
        return ValuesView(self._params)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add or change params."""
        if len(args) == 1 and not kwargs and isinstance(args[0], ParamsDict):
            super().update(args[0].raw())
        else:
            super().update(*args, **kwargs)

    def dump(self) -> dict[str, Any]:
        """Values by name; checks each."""
        return {k: self[k] for k in self._params}

    def validate(self) -> dict[str, Any]:
        """Like `dump`. Raises ParamValidationError with the name of the first param that is invalid."""
        return self.dump()

    def filter_params_by_source(self, source: str) -> ParamsDict:
        """The params of this source."""
        return ParamsDict({k: p for k, p in self._params.items() if p.source == source})


class DagParam:
    """A value that the run may override: a parameter of a `@dag` function, or `dag.param(name, default)`."""

    def __init__(self, current_dag: DAG, name: str, default: Any = NOTSET) -> None:
        if is_arg_set(default):
            current_dag.params[name] = default
        self.current_dag = current_dag
        self._name = name
        self._default = default

    def iter_references(self) -> Iterator[tuple[Any, str]]:
        """It comes from no task."""
        return iter(())

    def resolve(self, context: Mapping[str, Any]) -> Any:
        """The run's value, else the default. Raises DagInvalid when there is neither."""
        run = context["dag_run"]
        if run.conf and self._name in run.conf:
            return run.conf[self._name]
        if self._name in context["params"]:
            return context["params"][self._name]
        if is_arg_set(self._default):
            return self._default
        raise ParamValidationError(
            f"the run of DAG {self.current_dag.dag_id!r} has no value for {self._name!r}; give it in the run's conf or a default"
        )

    def serialize(self) -> dict[str, Any]:
        """The param as JSON."""
        return {"dag_id": self.current_dag.dag_id, "name": self._name, "default": self._default}

    def __repr__(self) -> str:
        return f"DagParam({self._name!r})"


def _check_taken(value: Any) -> None:
    """3.x refuses a value that is no JSON; 2.x takes it with a warning, so a file with one speaks 2.x if it may."""
    try:
        _check_json(value)
    except ParamValidationError:
        if not dialect.may_be_old():
            raise
        dialect.note("value", f"{value!r} as a param", "plain JSON types")


def _check_json(value: Any) -> None:
    import json

    try:
        json.dumps(value)
    except (TypeError, ValueError):
        raise ParamValidationError(
            f"the value {value!r} cannot be written as JSON; use plain JSON types"
        ) from None


def _problem(value: Any, schema: dict[str, Any]) -> str | None:
    """What is wrong with a value, None when nothing is."""
    # Slow to import, and most DAGs have params without a schema.
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, best_match

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"its schema is not a JSON schema: {error.message}"
    found = best_match(Draft202012Validator(schema, format_checker=_formats()).iter_errors(value))
    return None if found is None else str(found.message)


@functools.cache
def _formats() -> Any:
    from jsonschema import FormatChecker

    checker = FormatChecker()
    readers = (("date-time", _read_moment), ("date", dt.date.fromisoformat), ("time", dt.time.fromisoformat))
    for name, read in readers:
        checker.checks(name, raises=ValueError)(_for_text(read))
    return checker


def _read_moment(text: str) -> Any:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _for_text(read: Any) -> Any:
    def check(value: object) -> bool:
        if isinstance(value, str):
            read(value)
        return True

    return check

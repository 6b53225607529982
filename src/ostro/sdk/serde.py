"""XCom values to JSON and back, keeping their Python types.

Plain JSON values are written as they are. Everything else becomes an object
`{"__classname__": full class name, "__version__": int, "__data__": JSON}`, the frame that Airflow 3 writes too. What may
be written is what Airflow 3 accepts: the types of `ostro.sdk.serde_types`, classes with `serialize`/`deserialize`,
dataclasses and attrs classes. Reading a class of the user's needs [core] allowed_deserialization_classes.
"""

from __future__ import annotations

import enum
import fnmatch
import json
import math
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import msgspec

from ostro.sdk.lazy_value import LazyValue, unwrap

CLASSNAME = "__classname__"
VERSION = "__version__"
DATA = "__data__"
#: Version written for a class that does not say one.
DEFAULT_VERSION = 0

_encode = msgspec.json.Encoder().encode
# For what msgspec has no form for: integers beyond 64 bits, lone surrogates (only their escaped form survives).
_dumps = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode
_PLAIN = frozenset({str, int, bool, type(None)})


def dumps(value: Any) -> bytes:
    """JSON bytes of any serializable value.

    Raises TypeError for a type that cannot be written, AttributeError for a dict with a reserved key, ValueError for
    a value that contains itself.
    """
    if type(value) not in _PLAIN:
        try:
            value = serialize(value)
        except RecursionError:
            raise ValueError("the value is nested too deeply or contains itself") from None
    try:
        return _encode(value)
    except (UnicodeEncodeError, OverflowError):
        return _dumps(value).encode()


def loads(data: bytes | str) -> Any:
    """The value of JSON bytes made by `dumps`. Raises ImportError for a class that may not be read or is gone."""
    return deserialize(json.loads(data))


def serialize(value: Any) -> Any:
    """`value` as plain JSON data. Raises as `dumps` does."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else _frame("builtins.float", repr(value))
    if kind is list:
        return [serialize(item) for item in value]
    if kind is dict:
        return _serialize_dict(value)
    if kind is tuple or kind is set or kind is frozenset:
        return _frame(f"builtins.{kind.__name__}", [serialize(item) for item in value], version=1)
    return _serialize_object(value, kind)


def deserialize(data: Any) -> Any:
    """The value of plain JSON data made by `serialize`."""
    kind = type(data)
    if kind is list:
        return [deserialize(item) for item in data]
    if kind is dict:
        if CLASSNAME in data:
            return _deserialize_object(data)
        return {key: deserialize(item) for key, item in data.items()}
    return data


def _frame(name: str, data: Any, *, version: int = 1) -> dict[str, Any]:
    return {CLASSNAME: name, VERSION: version, DATA: data}


def _serialize_dict(value: dict[Any, Any]) -> dict[str, Any]:
    if CLASSNAME in value or "__id__" in value:
        raise AttributeError(f"reserved key {CLASSNAME!r} found in a dict that is to be serialized")
    return {str(key): serialize(item) for key, item in value.items()}


def _serialize_object(value: Any, kind: type) -> Any:
    if kind is LazyValue:
        return serialize(unwrap(value))
    if isinstance(value, (str, int, float)) and (kind.__module__ != "numpy"):
        return _plain_subclass(value)
    if isinstance(value, list):
        return [serialize(item) for item in value]
    if isinstance(value, dict):
        return _serialize_dict(value)
    from ostro.sdk import serde_types

    encoded = serde_types.encode(value, kind)
    if encoded is not None:
        name, version, data = encoded
        return _frame(name, serialize(data), version=version)
    # A namedtuple comes back as a tuple, as in Airflow; other kinds of tuples are refused.
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return _frame("builtins.tuple", [serialize(item) for item in value])
    own = _own_fields(value, kind)
    if own is None:
        raise TypeError(
            f"cannot serialize an object of type {qualname(kind)}; return JSON-like values, datetimes, dataclasses, "
            "attrs or pydantic objects, or give the class serialize() and deserialize() methods"
        )
    return _frame(qualname(kind), serialize(own), version=int(getattr(kind, "__version__", DEFAULT_VERSION)))


def _plain_subclass(value: str | int | float) -> Any:
    if isinstance(value, enum.Enum):
        return serialize(value.value)
    if isinstance(value, str):
        return str.__str__(value)
    return int(value) if isinstance(value, int) else serialize(float(value))


def _own_fields(value: Any, kind: type) -> Any:
    method = getattr(value, "serialize", None)
    if callable(method) and not isinstance(value, type):
        return method()
    if hasattr(kind, "__attrs_attrs__"):
        return {field.name: getattr(value, field.name) for field in kind.__attrs_attrs__}
    if hasattr(kind, "__dataclass_fields__") and not isinstance(value, type):
        import dataclasses

        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return None


def _deserialize_object(frame: dict[str, Any]) -> Any:
    name, version, data = frame[CLASSNAME], frame.get(VERSION, DEFAULT_VERSION), frame.get(DATA)
    maker = _BUILTIN.get(name)
    if maker is not None:
        return maker(data)
    from ostro.sdk import serde_types

    decoder = serde_types.decoder(name)
    if decoder is not None:
        return decoder(name, deserialize(data))
    if not allowed(name):
        raise ImportError(
            f"{name} was not found in allow list for deserialization imports. To allow it, add it to "
            "allowed_deserialization_classes in the configuration"
        )
    cls = import_class(name)
    known = int(getattr(cls, "__version__", DEFAULT_VERSION))
    if isinstance(version, int) and version > known:
        raise TypeError(f"the value of {name} has version {version}, but the class has only version {known}")
    return _build(cls, name, version, deserialize(data))


def _build(cls: type, name: str, version: int, data: Any) -> Any:
    method = getattr(cls, "deserialize", None)
    if callable(method):
        return method(data, version)
    if hasattr(cls, "model_validate"):
        return cls.model_validate(data)
    if hasattr(cls, "__attrs_attrs__"):
        values = {f.alias or f.name: data[f.name] for f in cls.__attrs_attrs__ if f.init and f.name in data}
        return cls(**values)
    if hasattr(cls, "__dataclass_fields__"):
        fields = cls.__dataclass_fields__
        return cls(**{key: item for key, item in data.items() if key in fields and fields[key].init})
    raise TypeError(f"no way to build a {name} from stored data: it has no deserialize() method")


_BUILTIN: dict[str, Callable[[Any], Any]] = {
    "builtins.tuple": lambda data: tuple(deserialize(item) for item in data),
    "builtins.set": lambda data: {deserialize(item) for item in data},
    "builtins.frozenset": lambda data: frozenset(deserialize(item) for item in data),
    "builtins.float": float,
}


def qualname(kind: type) -> str:
    """Module and name of a class, as stored."""
    return f"{kind.__module__}.{kind.__qualname__}"


def import_class(name: str) -> Any:
    """The class of a stored name. Raises ImportError when it does not exist (any more)."""
    module_name, _, attribute = name.rpartition(".")
    while module_name:
        module = sys.modules.get(module_name)
        if module is None:
            try:
                module = import_module(module_name)
            except ModuleNotFoundError as error:
                if not f"{module_name}.".startswith(f"{error.name}."):
                    raise  # the module is there; something that it imports is not
                head, _, tail = module_name.rpartition(".")
                module_name, attribute = head, f"{tail}.{attribute}"
                continue
        found: Any = module
        try:
            for part in attribute.split("."):
                found = getattr(found, part)
        except AttributeError:
            raise ImportError(f"module {module_name!r} has no class {attribute!r}") from None
        return found
    raise ImportError(f"{name!r} cannot be imported")


def allowed(name: str) -> bool:
    """Whether values of the class may be read back ([core] allowed_deserialization_classes[_regexp])."""
    globs, expressions = _allow_lists()
    if name.startswith("ostro.sdk."):
        return True
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs) or any(
        e.fullmatch(name) for e in expressions
    )


@lru_cache(maxsize=1)
def _allow_lists() -> tuple[tuple[str, ...], tuple[re.Pattern[str], ...]]:
    from ostro.sdk.conf import conf

    globs = conf.get("core", "allowed_deserialization_classes", fallback="airflow.*")
    expressions = conf.get("core", "allowed_deserialization_classes_regexp", fallback="")
    return tuple(globs.split()), tuple(re.compile(e) for e in expressions.split())


def fill_caches() -> None:
    """Read the settings that reading values needs."""
    _allow_lists()

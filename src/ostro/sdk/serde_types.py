"""How the types that XComs know by themselves are written; third-party ones only when their package is loaded.

Each entry gives a name, a version and data; the data may itself hold values that need `serde`.
bytes, complex numbers, paths, times, plain enums, arrays and Series are refused, as Airflow 3 does.
"""

from __future__ import annotations

import datetime as dt
import decimal
import sys
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

Encoded = tuple[str, int, Any]


def encode(value: Any, kind: type) -> Encoded | None:
    """Name, version and data of a known type, else None."""
    encoder = _EXACT.get(kind)
    if encoder is not None:
        return encoder(value)
    root = kind.__module__.partition(".")[0]
    by_package = _BY_PACKAGE.get(root)
    if by_package is not None:
        encoded = by_package(value, kind)
        if encoded is not None:
            return encoded
    pydantic = sys.modules.get("pydantic")
    if pydantic is not None and isinstance(value, pydantic.BaseModel):
        name = f"{kind.__module__}.{kind.__qualname__}"
        return name, int(getattr(kind, "__version__", 0)), value.model_dump(mode="json")
    return None


def decoder(name: str) -> Callable[[str, Any], Any] | None:
    """The reader of a stored name, else None (then it is a class of a user)."""
    found = _DECODERS.get(name)
    if found is None and name.startswith("numpy."):
        return _read_numpy
    return found


# ---- dates ---------------------------------------------------------------------------------------------------


def _zone(value: dt.datetime) -> str | float | None:
    """Name of the zone, or its offset in seconds when it has none."""
    zone = value.tzinfo
    if zone is None:
        return None
    if zone is dt.UTC:
        return "UTC"
    for attribute in ("key", "zone"):
        name = getattr(zone, attribute, None)
        if isinstance(name, str) and name:
            return name
    offset = value.utcoffset()
    return None if offset is None else offset.total_seconds()


def _tzinfo(zone: str | float | None) -> dt.tzinfo | None:
    if zone is None:
        return None
    import pendulum

    return pendulum.timezone(zone if isinstance(zone, str) else int(zone))


def _datetime(value: dt.datetime) -> Encoded:
    return "datetime.datetime", 2, _moment(value)


def _moment(value: dt.datetime) -> dict[str, Any]:
    return {"value": value.isoformat(), "tz": _zone(value), "fold": value.fold}


def _read_datetime(name: str, data: dict[str, Any]) -> dt.datetime:
    parsed = dt.datetime.fromisoformat(data["value"])
    return parsed.replace(tzinfo=_tzinfo(data["tz"]), fold=data.get("fold", 0))


def _read_pendulum(name: str, data: dict[str, Any]) -> Any:
    import pendulum

    parsed = _read_datetime(name, data)
    # A naive one comes back in UTC, as in Airflow.
    return pendulum.instance(parsed)


def _read_date(data: str) -> Any:
    import pendulum

    day = dt.date.fromisoformat(data)
    return pendulum.Date(day.year, day.month, day.day)


def _pendulum(value: Any, kind: type) -> Encoded | None:
    if isinstance(value, dt.datetime):
        return "pendulum.datetime.DateTime", 2, _moment(value)
    if kind.__name__ == "Date":
        return "pendulum.date.Date", 1, value.isoformat()
    if kind.__name__ in ("Timezone", "FixedTimezone"):
        name = getattr(value, "key", None)
        return "pendulum.tz.timezone.Timezone", 1, name if isinstance(name, str) else int(value.offset)
    return None


def _decimal(value: decimal.Decimal) -> Encoded:
    return "decimal.Decimal", 1, _digits(value)


def _digits(value: decimal.Decimal) -> str:
    """As Airflow writes it, by way of a float; digits beyond a float's are kept here."""
    if not value.is_finite():
        return str(value)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= 0:
        return str(int(value))
    by_float = str(float(value))
    return by_float if decimal.Decimal(by_float) == value else format(value, "f")


# ---- third party -----------------------------------------------------------------------------------------------

_WIDTHS = (8, 16, 32, 64)
_NUMPY = frozenset(
    {"bool", "bool_", "float16", "float32", "float64", "intc", "uintc", "longlong", "ulonglong"}
    | {"complex64", "complex128"}
    | {f"{sign}{width}" for sign in ("int", "uint") for width in _WIDTHS}
)


def _numpy(value: Any, kind: type) -> Encoded | None:
    name = kind.__name__
    if name not in _NUMPY:
        return None
    plain = value.item()
    return f"numpy.{name}", 1, [plain.real, plain.imag] if isinstance(plain, complex) else plain


def _read_numpy(name: str, data: Any) -> Any:
    import importlib

    short = name.partition(".")[2]
    if short not in _NUMPY:
        raise ImportError(f"{name} cannot be read back")
    kind = getattr(importlib.import_module("numpy"), short)
    return kind(complex(*data)) if short.startswith("complex") else kind(data)


def _pandas(value: Any, kind: type) -> Encoded | None:
    if kind.__name__ != "DataFrame":
        return None
    import base64
    import io

    buffer = io.BytesIO()
    value.to_parquet(buffer, engine="pyarrow", compression="snappy")
    return "pandas.DataFrame", 1, base64.b64encode(buffer.getvalue()).decode()


def _read_pandas(name: str, data: str) -> Any:
    import base64
    import importlib
    import io

    pandas = importlib.import_module("pandas")
    return pandas.read_parquet(io.BytesIO(base64.b64decode(data)), engine="pyarrow")


def _own(value: Any, kind: type) -> Encoded | None:
    """Lazy sequences of XComs are written as the list they stand for."""
    if kind.__module__ == "ostro.sdk.lazy_xcom":
        return "builtins.list", 1, list(value)
    return None


_EXACT: dict[type, Callable[[Any], Encoded]] = {
    dt.datetime: _datetime,
    dt.date: lambda value: ("datetime.date", 1, value.isoformat()),
    dt.timedelta: lambda value: ("datetime.timedelta", 1, [value.days, value.seconds, value.microseconds]),
    decimal.Decimal: _decimal,
    uuid.UUID: lambda value: ("uuid.UUID", 1, str(value)),
}
_BY_PACKAGE: dict[str, Callable[[Any, type], Encoded | None]] = {
    "pendulum": _pendulum,
    "zoneinfo": lambda value, kind: ("zoneinfo.ZoneInfo", 1, value.key) if value.key else None,
    "numpy": _numpy,
    "pandas": _pandas,
    "ostro": _own,
}
_DECODERS: dict[str, Callable[[str, Any], Any]] = {
    "builtins.list": lambda name, data: data,
    "datetime.datetime": _read_datetime,
    "pendulum.datetime.DateTime": _read_pendulum,
    "datetime.date": lambda name, data: dt.date.fromisoformat(data),
    "datetime.timedelta": lambda name, data: dt.timedelta(*data),
    "pendulum.date.Date": lambda name, data: _read_date(data),
    "zoneinfo.ZoneInfo": lambda name, data: zoneinfo.ZoneInfo(data),
    "pendulum.tz.timezone.Timezone": lambda name, data: _tzinfo(data),
    "decimal.Decimal": lambda name, data: decimal.Decimal(data),
    "uuid.UUID": lambda name, data: uuid.UUID(data),
    "pandas.DataFrame": _read_pandas,
}

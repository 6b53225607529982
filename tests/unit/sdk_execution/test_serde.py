"""XCom values keep their types on the way through JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import json
import pathlib
import uuid
import zoneinfo
from collections import OrderedDict, namedtuple
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.sdk import serde

NAMED = namedtuple("NAMED", "p q")


@dataclasses.dataclass
class Point:
    x: int
    inner: Any = None


@attrs.define
class Pair:
    left: int
    _right: str


class Model(pydantic.BaseModel):
    n: int


class Versioned:
    __version__ = 2

    def __init__(self, n: int) -> None:
        self.n = n

    def serialize(self) -> dict[str, int]:
        return {"n": self.n}

    @staticmethod
    def deserialize(data: dict[str, int], version: int) -> Versioned:
        return Versioned(data["n"] + version)


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    YES = "yes"


@pytest.fixture
def all_allowed(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AIRFLOW__CORE__ALLOWED_DESERIALIZATION_CLASSES_REGEXP", ".*")
    serde._allow_lists.cache_clear()
    yield
    serde._allow_lists.cache_clear()


def through(value: Any) -> Any:
    return serde.loads(serde.dumps(value))


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
)


@given(json_like)
def test_plain_values_come_back(value: Any) -> None:
    assert through(value) == value


@given(st.datetimes(timezones=st.timezones() | st.none()))
def test_datetimes_are_the_same_moment(value: dt.datetime) -> None:
    back = through(value)

    assert type(back) is dt.datetime
    assert back.replace(tzinfo=None) == value.replace(tzinfo=None)
    assert back.utcoffset() == value.utcoffset()


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.dates() | st.timedeltas() | st.uuids())
def test_small_types_come_back(value: Any) -> None:
    back = through(value)

    assert (type(back), back) == (type(value), value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, ("a", 2)), (1, ("a", 2))),
        ({1, 2}, {1, 2}),
        (frozenset({1}), frozenset({1})),
        ({1: "a"}, {"1": "a"}),
        (NAMED(1, 2), (1, 2)),
        (OrderedDict(a=1), {"a": 1}),
        (Level.LOW, 1),
        (Word.YES, "yes"),
        (decimal.Decimal("1.10"), decimal.Decimal("1.1")),
        (float("inf"), float("inf")),
        (zoneinfo.ZoneInfo("Europe/Paris"), zoneinfo.ZoneInfo("Europe/Paris")),
        (pendulum.date(2024, 3, 5), pendulum.date(2024, 3, 5)),
        (pendulum.naive(2024, 3, 5), pendulum.datetime(2024, 3, 5)),
    ],
)
def test_what_comes_back(value: Any, expected: Any) -> None:
    back = through(value)

    assert (type(back), back) == (type(expected), expected)


@pytest.mark.parametrize(
    "value",
    [
        b"x",
        1 + 2j,
        Color.RED,
        pathlib.PurePosixPath("/x"),
        range(3),
        ValueError("x"),
        object(),
        lambda: 1,
        dt.time(1),
        dt.UTC,
    ],
)
def test_what_airflow_refuses_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot serialize"):
        serde.dumps({"deep": [value]})


def test_zones_keep_their_names() -> None:
    seoul = dt.datetime(2024, 2, 29, tzinfo=ZoneInfo("Asia/Seoul"))
    york = pendulum.datetime(2024, 2, 29, tz="America/New_York")

    assert through(seoul).tzinfo.name == "Asia/Seoul"
    assert isinstance(through(york), pendulum.DateTime)
    assert through(york).timezone_name == "America/New_York"
    assert through(
        dt.datetime(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    ).utcoffset() == dt.timedelta(hours=9)


def test_a_reserved_key_is_refused() -> None:
    with pytest.raises(AttributeError, match="reserved key"):
        serde.dumps({"__classname__": "x"})


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)

    with pytest.raises(ValueError, match="contains itself"):
        serde.dumps(loop)


def test_classes_of_users_are_written_but_not_read_unless_allowed() -> None:
    data = serde.dumps(Point(1))

    with pytest.raises(ImportError, match="allow list"):
        serde.loads(data)


def test_classes_of_users_come_back_when_allowed(all_allowed: None) -> None:
    nested = Point(1, [Pair(1, "r"), {"p": Point(2)}])

    assert through(nested) == nested
    assert through(Model(n=3)) == Model(n=3)
    assert through(Versioned(5)).n == 7


def test_a_newer_version_is_not_read(all_allowed: None) -> None:
    data = json.loads(serde.dumps(Versioned(5)))
    data["__version__"] = 3

    with pytest.raises(TypeError, match="version 3"):
        serde.deserialize(data)


def test_a_class_that_is_gone_is_an_import_error(all_allowed: None) -> None:
    with pytest.raises(ImportError):
        serde.deserialize({"__classname__": "no.such.Class", "__version__": 1, "__data__": {}})


def test_ids_survive() -> None:
    value = uuid.uuid4()
    assert through({"id": value}) == {"id": value}

"""Pages of long lists by place instead of offset: a cursor is the last row of a page, so that page 10,000 costs what
page 1 does, and rows that come or go meanwhile shift nothing.

A cursor is text for the next or the page before: direction, and the values of the order's columns of a row.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.errors import BadRequest
from ostro.store.types import Moment, from_micros, to_micros
from ostro.store.views.filters import Condition, Page, is_nullable, sorted_by
from ostro.store.views.paging import Listing, total_up_to

Row = TypeVar("Row")


#: Rows that are counted at most.
COUNTED = 50_000


class Slice(NamedTuple, Generic[Row]):
    """A page, and the cursors of its neighbours; None where there is none."""

    rows: list[Row]
    next: str | None
    previous: str | None
    #: Number of all that match, `COUNTED` when there are more.
    total: int


class _Place(msgspec.Struct, frozen=True):
    """What a cursor says. A moment is kept as {"at": microseconds}."""

    way: Literal["next", "previous"]
    values: list[Any]


class _Key(NamedTuple):
    column: sa.ColumnElement[Any]
    descending: bool


def read_slice(
    tx: Connection,
    listing: Listing,
    conditions: Iterable[Condition],
    page: Page,
    cursor: str,
    load: Callable[[Connection, list[int]], Mapping[int, Row]],
) -> Slice[Row]:
    """The page that `cursor` stands for, "" = the first; offset does not count. Raises BadRequest for a cursor that none
    of these pages gave.
    """
    keys = [_Key(*key) for key in sorted_by(listing.columns, page)]
    keys.append(_Key(listing.table.c.id, False))
    place = _read(cursor, keys) if cursor else None
    back = place is not None and place.way == "previous"
    conditions = list(conditions)
    clauses = listing.where(conditions)
    if place is not None:
        clauses.append(_beyond(keys, place.values, back))
    columns = [key.column for key in keys]
    query = sa.select(*columns).select_from(listing.needed(*clauses, *columns)).where(*clauses)
    query = query.order_by(*(_direction(key, back) for key in keys)).limit(page.limit + 1)
    found: Sequence[Any] = tx.execute(query).all()
    more = len(found) > page.limit
    found = found[: page.limit]
    if back:
        found = found[::-1]
    rows = load(tx, [row[-1] for row in found]) if found else {}
    has_next = bool(found) and (back or more)
    has_previous = bool(found) and (more if back else place is not None)
    return Slice(
        [rows[row[-1]] for row in found if row[-1] in rows],
        _write("next", found[-1]) if has_next else None,
        _write("previous", found[0]) if has_previous else None,
        total_up_to(tx, listing, conditions, COUNTED),
    )


def _direction(key: _Key, back: bool) -> sa.ColumnElement[Any]:
    """Empty values come last, so on the way back first."""
    found = key.column.desc() if key.descending != back else key.column.asc()
    if not is_nullable(key.column):
        return found
    return found.nulls_first() if back else found.nulls_last()


def _beyond(keys: Sequence[_Key], values: Sequence[Any], back: bool) -> sa.ColumnElement[bool]:
    """Rows after these values, or before them."""
    found: list[sa.ColumnElement[bool]] = []
    same: list[sa.ColumnElement[bool]] = []
    for key, value in zip(keys, values, strict=True):
        found.append(sa.and_(*same, _past(key, value, back)))
        same.append(key.column.is_(None) if value is None else key.column == value)
    clause = sa.or_(*found)
    first, value = keys[0], values[0]
    if value is not None and not is_nullable(first.column):
        # Says nothing new; it lets an index start at the place.
        upward = first.descending == back
        clause = sa.and_(first.column >= value if upward else first.column <= value, clause)
    return clause


def _past(key: _Key, value: Any, back: bool) -> sa.ColumnElement[bool]:
    column = key.column
    if value is None:
        return column.is_not(None) if back else sa.false()
    further = column > value if key.descending == back else column < value
    return sa.or_(further, column.is_(None)) if is_nullable(column) and not back else further


def _write(way: Literal["next", "previous"], row: Sequence[Any]) -> str:
    values = [{"at": to_micros(v)} if isinstance(v, datetime) else v for v in row]
    return base64.urlsafe_b64encode(msgspec.json.encode(_Place(way, values))).decode().rstrip("=")


def _read(cursor: str, keys: Sequence[_Key]) -> _Place:
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Place)
        values = [from_micros(v["at"]) if isinstance(v, dict) else v for v in place.values]
    except (ValueError, KeyError, TypeError, OverflowError, msgspec.DecodeError):
        raise BadRequest("the cursor is none that this list gave") from None
    if len(values) != len(keys) or not all(_fits(key.column, v) for key, v in zip(keys, values, strict=True)):
        raise BadRequest("the cursor does not fit this order of the list")
    return _Place(place.way, values)


def _fits(column: sa.ColumnElement[Any], value: Any) -> bool:
    """Whether the column may hold the value."""
    if value is None:
        return is_nullable(column)
    if isinstance(column.type, Moment):
        return isinstance(value, datetime)
    kinds = (int, float) if isinstance(column.type, sa.Integer | sa.Float) else str
    return isinstance(value, kinds)

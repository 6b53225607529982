"""Conditions, order and pages of lists, for all views that show them: the caller names columns, the view knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.errors import BadRequest

#: Name of a column in the API to the expression behind it.
Columns = Mapping[str, sa.ColumnElement[Any]]

#: Matches everything in a pattern.
ANY = "~"


class OneOf(msgspec.Struct, frozen=True):
    """The column is one of the values; None in them means "no value"."""

    column: str
    values: tuple[Any, ...]


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """The column lies between bounds; None = no bound."""

    column: str
    gte: Any = None
    gt: Any = None
    lte: Any = None
    lt: Any = None


class Matches(msgspec.Struct, frozen=True):
    """The column contains the pattern, whatever the case: SQL wildcards (%, _) work, `|` separates alternatives."""

    column: str
    pattern: str


class StartsWith(msgspec.Struct, frozen=True):
    """The column begins with one of the alternatives, case counts; an index can serve it."""

    column: str
    prefix: str


class Among(msgspec.Struct, frozen=True):
    """The column is one of what a query of the store gives, however many these are."""

    column: str
    query: Any


Condition = OneOf | Within | Matches | StartsWith | Among


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list, and in what order: column names, "-" in front = descending."""

    limit: int
    offset: int = 0
    order_by: tuple[str, ...] = ()


def where(columns: Columns, conditions: Iterable[Condition]) -> list[sa.ColumnElement[bool]]:
    """The conditions as SQL."""
    return [_clause(_column(columns, c.column), c) for c in conditions]


def ordered(query: sa.Select[Any], columns: Columns, page: Page, *tiebreak: Any) -> sa.Select[Any]:
    """The query in the page's order; `tiebreak` makes it total. Empty values come last, in both directions.

    Raises BadRequest for a column that cannot be sorted by.
    """
    clauses: list[Any] = []
    for column, descending in sorted_by(columns, page):
        direction = column.desc() if descending else column.asc()
        clauses.append(direction.nulls_last() if is_nullable(column) else direction)
    return query.order_by(*clauses, *tiebreak)


def sorted_by(columns: Columns, page: Page) -> list[tuple[sa.ColumnElement[Any], bool]]:
    """The columns of the page's order, each with whether it descends. Raises BadRequest as `ordered` does."""
    found = []
    for name in page.order_by:
        column = columns.get(name.removeprefix("-"))
        if column is None:
            text = f"Ordering with {name.removeprefix('-')!r} is disallowed or the attribute does not exist on the model"
            raise BadRequest(text)
        found.append((column, name.startswith("-")))
    return found


def paged(
    tx: Connection, query: sa.Select[Any], page: Page, row: Callable[[Any], Any], *, total: bool = True
) -> tuple[list[Any], int]:
    """The rows of the page and the number of all rows."""
    count = (
        int(tx.execute(sa.select(sa.func.count()).select_from(_bare(query).subquery())).scalar_one())
        if total
        else 0
    )
    if total and (count == 0 or page.offset >= count):
        return [], count
    return [row(r) for r in tx.execute(query.limit(page.limit).offset(page.offset))], count


def _bare(query: sa.Select[Any]) -> sa.Select[Any]:
    """The query without its order and with the first column only: what counting needs."""
    return query.with_only_columns(next(iter(query.selected_columns)), maintain_column_froms=True).order_by(
        None
    )


def _column(columns: Columns, name: str) -> sa.ColumnElement[Any]:
    try:
        return columns[name]
    except KeyError:
        raise BadRequest(f"this list cannot be filtered by {name!r}") from None


def is_nullable(column: sa.ColumnElement[Any]) -> bool:
    """Whether it may be empty; expressions may."""
    return bool(getattr(column, "nullable", True))


def _clause(column: sa.ColumnElement[Any], condition: Condition) -> sa.ColumnElement[bool]:
    if isinstance(condition, OneOf):
        return _one_of(column, condition.values)
    if isinstance(condition, Among):
        return column.in_(condition.query)
    if isinstance(condition, Within):
        bounds = [
            compare(bound)
            for compare, bound in (
                (column.__ge__, condition.gte),
                (column.__gt__, condition.gt),
                (column.__le__, condition.lte),
                (column.__lt__, condition.lt),
            )
            if bound is not None
        ]
        return sa.and_(sa.true(), *bounds)
    if isinstance(condition, StartsWith):
        parts = [p for p in condition.prefix.split("|") if p]
        return sa.or_(*[_prefixed(column, p) for p in parts]) if parts else sa.true()
    parts = [p.strip() for p in condition.pattern.split("|") if p.strip()]
    if not parts or ANY in parts:
        return sa.true()
    return sa.or_(*[column.ilike(f"%{p}%") for p in parts])


def _one_of(column: sa.ColumnElement[Any], values: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    present = [v for v in values if v is not None]
    if len(present) == len(values):
        return column == present[0] if len(present) == 1 else column.in_(present)
    return sa.or_(column.is_(None), column.in_(present)) if present else column.is_(None)


def _prefixed(column: sa.ColumnElement[Any], prefix: str) -> sa.ColumnElement[bool]:
    """A range instead of LIKE: it uses an index on both databases, whatever their collation rules for LIKE."""
    after = prefix[:-1] + chr(min(ord(prefix[-1]) + 1, 0x10FFFF))
    return sa.and_(column >= prefix, column < after)

"""Pages of long lists in two steps: the ids of the page from as few tables as possible, then the rows of these ids.

A list that joins four tables and sorts a million rows joins them a million times; so does the count of all rows. Here
only tables that a condition or the order names take part, and the wide rows are read for one page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.sql import visitors

from ostro.store.views.filters import Columns, Condition, Matches, OneOf, Page, ordered, where

Row = TypeVar("Row")

#: Totals from which on, and seconds of counting after which, a total is remembered: for so many times the seconds that it
#: took, at most so many seconds, and so many of them. Shorter lists are always counted.
REMEMBER_FROM = 10_000
REMEMBER_AFTER = 0.02
REMEMBER_TIMES = 100
REMEMBER_MOST = 30.0
MOST_REMEMBERED = 200


class Join(NamedTuple):
    """A table that has exactly one row for each row before it, so that leaving it out changes nothing."""

    table: sa.Table
    on: sa.ColumnElement[bool]


class Parent(NamedTuple):
    """The table that the rows belong to, many to one: `reference` of a row is `key` of its parent."""

    table: sa.Table
    key: sa.ColumnElement[Any]
    reference: sa.ColumnElement[Any]


class Rare(NamedTuple):
    """The rows whose column is not `common` have an index of their own, over `where`."""

    common: Any
    where: str


class Listing(NamedTuple):
    """A list: its own table, the tables around it (each after those that it needs), and what it is filtered by."""

    table: sa.Table
    joins: Sequence[Join]
    columns: Columns
    #: Text is searched in the parent's rows once each, not once for each row that belongs to it.
    parent: Parent | None = None
    #: By name of the column.
    rare: Mapping[str, Rare] = MappingProxyType({})

    def where(self, conditions: Iterable[Condition]) -> list[sa.ColumnElement[bool]]:
        """The conditions as SQL."""
        found, of_parent = [], []
        for condition in conditions:
            (clause,) = where(self.columns, [condition])
            parents = set() if self.parent is None else {self.parent.table}
            if isinstance(condition, Matches) and parents and tables_of(clause) == parents:
                of_parent.append(clause)
            else:
                found.append(clause)
            found += self._rare(condition)
        if of_parent and self.parent is not None:
            found.append(self.parent.reference.in_(sa.select(self.parent.key).where(*of_parent)))
        return found

    def _rare(self, condition: Condition) -> list[sa.ColumnElement[bool]]:
        """What a condition implies: the databases use the index of rare rows when it is said."""
        rare = self.rare.get(condition.column)
        if rare is None or not isinstance(condition, OneOf) or {rare.common, None} & {*condition.values}:
            return []
        return [sa.literal_column(f"{self.table.name}.{rare.where}")]

    @property
    def everything(self) -> sa.FromClause:
        """All tables joined."""
        return self._joined({join.table for join in self.joins})

    def needed(self, *expressions: sa.ColumnElement[Any]) -> sa.FromClause:
        """The tables that these expressions need."""
        names = {table for expression in expressions for table in tables_of(expression)}
        for join in reversed(self.joins):
            if join.table in names:
                names |= tables_of(join.on)
        return self._joined(names)

    def _joined(self, names: set[Any]) -> sa.FromClause:
        found: sa.FromClause = self.table
        for join in self.joins:
            if join.table in names:
                found = found.join(join.table, join.on)
        return found


def tables_of(expression: sa.ColumnElement[Any]) -> set[Any]:
    """The tables whose columns an expression names."""
    return {node.table for node in visitors.iterate(expression) if isinstance(node, sa.Column)}


def read_page(
    tx: Connection,
    listing: Listing,
    conditions: Iterable[Condition],
    page: Page,
    load: Callable[[Connection, list[int]], Mapping[int, Row]],
    *,
    total: bool = True,
    choose: Callable[[Connection, Page], list[int]] | None = None,
) -> tuple[list[Row], int]:
    """The rows of a page, and the number of all that match (0 when not asked for). `load` reads rows by id.

    `choose` finds the ids of a page instead of one statement.
    """
    clauses = listing.where(conditions)
    key = listing.table.c.id
    count = 0
    if total:
        counting = sa.select(sa.func.count()).select_from(listing.needed(*clauses)).where(*clauses)
        count, is_remembered = _total(tx, counting)
        if page.offset >= count and not is_remembered:
            return [], count
    if choose is not None:
        ids = choose(tx, page)
    else:
        order = [
            listing.columns[n.removeprefix("-")]
            for n in page.order_by
            if n.removeprefix("-") in listing.columns
        ]
        chosen = sa.select(key).select_from(listing.needed(*clauses, *order)).where(*clauses)
        chosen = ordered(chosen, listing.columns, page, key).limit(page.limit).offset(page.offset)
        ids = list(tx.execute(chosen).scalars())
    rows = load(tx, ids) if ids else {}
    if total and page.limit:
        # A remembered count is of before: it hides no rows and promises none, they correct it.
        seen = page.offset + len(ids)
        if len(ids) == page.limit:
            count = max(count, seen)
        else:
            count = seen if ids else min(count, seen)
    return [rows[i] for i in ids if i in rows], count


def total_up_to(tx: Connection, listing: Listing, conditions: Iterable[Condition], most: int) -> int:
    """The number of all that match, `most` when there are more: rows beyond it are not looked at."""
    clauses = listing.where(conditions)
    some = sa.select(listing.table.c.id).select_from(listing.needed(*clauses)).where(*clauses).limit(most)
    return int(tx.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one())


def _total(tx: Connection, counting: sa.Select[Any]) -> tuple[int, bool]:
    """The count, and whether it is of before: a large one that took its time is remembered for a while, so that the
    next pages cost less.

    What is remembered belongs to the connection, and goes with it.
    """
    compiled = counting.compile(dialect=tx.dialect)
    key = (str(compiled), repr(compiled.params))
    known: dict[Any, tuple[int, float]] = tx.info.setdefault("totals", {})
    begin = time.monotonic()
    found = known.get(key)
    if found is not None and begin < found[1]:
        return found[0], True
    count = int(tx.execute(counting).scalar_one())
    took = time.monotonic() - begin
    known.pop(key, None)
    if count >= REMEMBER_FROM and took >= REMEMBER_AFTER:
        if len(known) >= MOST_REMEMBERED:
            known.clear()
        known[key] = (count, begin + min(took * REMEMBER_TIMES, REMEMBER_MOST))
    return count, False

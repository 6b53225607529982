"""All tries of task instances that ran in a stretch of time, over all runs.

Ids of attempts are ordered by time, so those that began in the stretch are a range of the primary key: it needs no index
of its own, and no write pays for one. What began before it and ran into it is found by its run, which was not over
either; an index of the runs has those.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from ostro.ids import first_attempt_id
from ostro.states import RUN_FINISHED
from ostro.store import tables as t
from ostro.store.driver import fetch, is_sqlite
from ostro.store.tables.base import listed
from ostro.store.types import to_micros

#: Attempts that are read at once.
BATCH = 5_000
#: How far the clocks of two engines may be apart.
SKEW = timedelta(minutes=1)
#: No id is of a moment outside of these; the calendar ends not far from the last one.
EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Try(NamedTuple):
    """One attempt. Times are milliseconds after the beginning of the stretch."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    state: str
    pool: str
    operator: str
    host: str
    #: Since when it could run and waited for a place; None: it did not wait.
    waited: int | None
    start: int
    #: None: it runs.
    end: int | None


class TooMany(Exception):
    """More attempts than may be read: of all DAGs, also of those whose attempts are not told."""


def tries(
    tx: Connection,
    since: datetime,
    until: datetime,
    now: datetime,
    readable: frozenset[str] | None,
    *,
    most: int,
) -> Iterator[Try]:
    """Attempts that ran at any moment of the stretch (`until` is not of it): first those that began before it, then the
    others as they began. Read as they are asked for, so that the transaction must last.

    Raises TooMany when it had to read more than `most`.
    """
    first, last, present = to_micros(since), to_micros(until), to_micros(now)
    for number, row in enumerate(_rows(tx, since, until)):
        if number >= most:
            raise TooMany
        (_, try_number, state, host, scheduled, queued, began, ended, closed) = row[:9]
        (dag_id, run_id, task_id, map_index, pool, operator) = row[9:]
        if readable is not None and dag_id not in readable:
            continue
        # What goes on after a wait has the start of its try; it went on when it got its place.
        start = began if queued is None else max(began, queued)
        end = None if closed is None else max(start, closed if ended is None else ended)
        if start >= last or (present if end is None else end) < first:
            continue
        waited = queued if scheduled is None else scheduled
        yield Try(
            dag_id, run_id, task_id, map_index, try_number, state, pool, operator, host or "",
            (waited - first) // 1000 if waited is not None and waited < start else None,
            (start - first) // 1000,
            None if end is None else (end - first) // 1000,
        )  # fmt: skip


def _rows(tx: Connection, since: datetime, until: datetime) -> Iterator[tuple[Any, ...]]:
    """What the indexes give: some ran before or after the stretch only."""
    lite = is_sqlite(tx)
    began: Any = to_micros(since) if lite else since
    at, end = first_attempt_id(max(since, EARLIEST) - SKEW), first_attempt_id(min(until, LATEST) + SKEW)
    yield from fetch(tx, _EARLIER[lite], (began, began, began, at, began))
    while True:
        rows = fetch(tx, _IN_ORDER[lite], (at, end, began, BATCH))
        yield from rows
        if len(rows) < BATCH:
            return
        at = max(row[0] for row in rows)


_ATTEMPT = (
    "attempt_id, ti, try_number, state, hostname, scheduled_at, queued_at, start_date, end_date, closed_at"
)
_STILL = "attempt.start_date IS NOT NULL AND (attempt.closed_at IS NULL OR attempt.closed_at >= ?)"
_INSTANCE = "id, run, task_id, map_index, pool, operator"
_RUN = "id, dag_id, run_id"
#: Read as microseconds since 1970: there are too many moments for objects.
_TIMES = ("scheduled_at", "queued_at", "start_date", "end_date", "closed_at")


def _selected(lite: bool, attempt: str, run: str) -> str:
    # As a float the seconds since 1970 have their microseconds, whatever the year.
    times = (
        f"{attempt}.{n}" if lite else f"CAST(date_part('epoch', {attempt}.{n}) * 1000000 AS bigint)"
        for n in _TIMES
    )
    own = ", ".join((*(f"{attempt}.{n}" for n in ("attempt_id", "try_number", "state", "hostname")), *times))
    of_instance = ", ".join(f"task_instance.{n}" for n in ("task_id", "map_index", "pool", "operator"))
    return f"SELECT {own}, {run}.dag_id, {run}.run_id, {of_instance}"


def _each(lite: bool, table: str, columns: str, where: str) -> str:
    """A table that is joined row by row, through the index that the condition names. PostgreSQL would read the whole
    table for some thousands of rows; it does not look over the fence."""
    if lite:
        return f" CROSS JOIN {table} ON {where}"
    return f" CROSS JOIN LATERAL (SELECT {columns} FROM {table} WHERE {where} OFFSET 0) {table}"


def _in_order(lite: bool) -> str:
    """The next attempts behind an id."""
    own = f"SELECT {_ATTEMPT} FROM attempt WHERE attempt_id > ? AND attempt_id < ? AND {_STILL}"
    return (
        f"{_selected(lite, 'next', 'dag_run')} FROM ({own} ORDER BY attempt_id LIMIT ?) next"
        + _each(lite, "task_instance", _INSTANCE, "task_instance.id = next.ti")
        + _each(lite, "dag_run", _RUN, "dag_run.id = task_instance.run")
    )


def _earlier(lite: bool) -> str:
    """Attempts before an id that were not over, of runs that were not: that live, or ended later."""
    runs = f"SELECT {_RUN} FROM dag_run WHERE"
    ended = f"{listed('state', RUN_FINISHED)} AND end_date >= ? AND run_after < ?"
    return (
        f"{_selected(lite, 'attempt', 'runs')} FROM"
        f" ({runs} {t.LIVE_RUNS} AND run_after < ? UNION ALL {runs} {ended}) runs"
        + _each(lite, "task_instance", _INSTANCE, "task_instance.run = runs.id")
        + _each(
            lite,
            "attempt",
            _ATTEMPT,
            f"attempt.ti = task_instance.id AND attempt.attempt_id <= ? AND {_STILL}",
        )
    )


_IN_ORDER = {lite: _in_order(lite) for lite in (True, False)}
_EARLIER = {lite: _earlier(lite) for lite in (True, False)}

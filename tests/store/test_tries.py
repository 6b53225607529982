"""Tries that ran in a stretch of time: what the indexes find is what a look at every row finds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.ids import attempt_id, first_attempt_id
from ostro.store import Store
from ostro.store import tables as t
from ostro.store.views import ui_tries
from ostro.store.views.ui_tries import Try

from . import made
from .made import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def an_id(at: datetime, number: int) -> str:
    return f"{first_attempt_id(at)}-7000-8000-{number:012d}"


def test_ids_of_a_moment_are_between_its_borders() -> None:
    before = datetime.now(NOW.tzinfo)
    made_now = attempt_id()
    assert first_attempt_id(before) < made_now < first_attempt_id(before + HOUR)
    assert first_attempt_id(NOW) < an_id(NOW, 0) < first_attempt_id(NOW + timedelta(milliseconds=1))


class Floor:
    """Runs with tries that lie anywhere in two days; rows are written as they are after a while of work."""

    def __init__(self, db: Store) -> None:
        self.db = db
        self.rows: list[dict[str, Any]] = []
        self.random = random.Random(1)

    def fill(self, runs: int = 40) -> None:
        rnd = self.random
        with self.db.begin() as tx:
            for number in range(runs):
                due = NOW - timedelta(minutes=rnd.randrange(2 * 1440))
                run = made.run(tx, f"r{number}", ("d", "e")[number % 2], run_after=due)
                instances = made.instances(tx, run, "a", "b", "c", pool=("wide", "narrow")[number % 2])
                last, lives = due, False
                for one in instances:
                    at = due
                    for tried in range(1, rnd.randrange(4) + 1):
                        row = self._attempt(one.id, tried, at)
                        tx.execute(sa.insert(t.attempt).values(**row))
                        self.rows.append(row | {"dag_id": run.dag_id, "run_id": run.run_id})
                        if row["closed_at"] is None:
                            lives = True
                            break
                        at = row["closed_at"] + timedelta(minutes=rnd.randrange(90))
                        last = max(last, row["closed_at"])
                end = None if lives else last
                # A run that was cleared has a start that is later than its first tries.
                start = due if number % 5 else last
                values = {"state": "running" if lives else "success", "start_date": start, "end_date": end}
                tx.execute(sa.update(t.dag_run).where(t.dag_run.c.id == run.id).values(**values))

    def _attempt(self, ti: int, tried: int, at: datetime) -> dict[str, Any]:
        rnd = self.random
        kind = rnd.randrange(8)
        taken = at + timedelta(seconds=rnd.randrange(100))
        closed = taken + timedelta(
            seconds=rnd.choice([0, 5, 900, 20_000, 90_000]), microseconds=rnd.randrange(10**6)
        )
        open_ = closed > NOW or kind == 0
        return {
            "attempt_id": an_id(taken, len(self.rows)), "ti": ti, "try_number": tried, "state": "success" if not open_ else "running",
            "scheduled_at": at, "queued_at": taken if kind != 1 else None,
            # One that goes on after a wait has the start of its try; one has not begun yet.
            "start_date": None if kind == 2 else at - HOUR if kind == 3 else taken,
            "end_date": None if open_ or kind == 4 else closed, "closed_at": None if open_ else closed, "hostname": "h",
        }  # fmt: skip

    def naive(self, since: datetime, until: datetime) -> list[tuple[str, str, int, int, int | None]]:
        def after(at: datetime) -> int:
            return (at - since) // timedelta(milliseconds=1)

        found = []
        for row in self.rows:
            if row["start_date"] is None:
                continue
            start = max(row["start_date"], row["queued_at"] or row["start_date"])
            end = row["end_date"] or row["closed_at"]
            end = None if end is None else max(start, end)
            if start < until and (end or NOW) >= since:
                found.append(
                    (
                        row["dag_id"],
                        row["run_id"],
                        row["try_number"],
                        after(start),
                        None if end is None else after(end),
                    )
                )
        return sorted(found, key=str)

    def found(self, since: datetime, until: datetime, readable: frozenset[str] | None = None) -> list[Try]:
        with self.db.read() as tx:
            return list(ui_tries.tries(tx, since, until, NOW, readable, most=10_000))


@pytest.mark.parametrize("batch", [3, 5_000])
def test_every_try_of_the_stretch_is_found_once(
    db: Store, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(ui_tries, "BATCH", batch)
    floor = Floor(db)
    floor.fill()
    total = 0
    for begin in range(0, 50, 7):
        for length in (1, 24):
            since = NOW - begin * HOUR
            until = since + length * HOUR
            found = floor.found(since, until)
            told = sorted(
                ((one.dag_id, one.run_id, one.try_number, one.start, one.end) for one in found), key=str
            )
            assert told == floor.naive(since, until)
            total += len(found)
            for one in found:
                assert one.waited is None or one.waited < one.start
    assert total > 300
    assert floor.found(NOW + HOUR, NOW + 2 * HOUR) == []


def test_only_tries_of_readable_dags(db: Store) -> None:
    floor = Floor(db)
    floor.fill(runs=6)
    everything = floor.found(NOW - 48 * HOUR, NOW + HOUR)
    assert {one.dag_id for one in everything} == {"d", "e"}
    assert {one.pool for one in everything} == {"wide", "narrow"}
    only = floor.found(NOW - 48 * HOUR, NOW + HOUR, frozenset({"e"}))
    assert only == [one for one in everything if one.dag_id == "e"]
    assert floor.found(NOW - 48 * HOUR, NOW + HOUR, frozenset()) == []


def test_what_a_try_tells(db: Store) -> None:
    """It waited since it could run, and ran from when it had its place; an id of another clock does not hide it."""
    with db.begin() as tx:
        run = made.run(tx, run_after=NOW)
        (one,) = made.instances(tx, run, "a", map_index=3, pool="narrow", operator="Op")
        tx.execute(
            sa.insert(t.attempt).values(
                attempt_id=an_id(NOW - 30 * MINUTE / 60, 1), ti=one.id, try_number=2, state="up_for_retry",
                scheduled_at=NOW, queued_at=NOW + MINUTE, start_date=NOW + 2 * MINUTE, end_date=NOW + 3 * MINUTE,
                closed_at=NOW + 4 * MINUTE, hostname="here",
            )
        )  # fmt: skip
    with db.read() as tx:
        found = list(
            ui_tries.tries(tx, NOW - timedelta(seconds=1), NOW + HOUR, NOW + HOUR, None, most=10_000)
        )
    assert found == [
        Try("d", "r", "a", 3, 2, "up_for_retry", "narrow", "Op", "here", 1_000, 121_000, 181_000)
    ]

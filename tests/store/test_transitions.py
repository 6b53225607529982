"""Guarded moves: what they change, what they refuse, which history they leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.records import TaskInstanceRecord
from ostro.states import TaskState as S
from ostro.store import Store, sealed, transitions
from ostro.store import tables as t

from .made import NOW, SECOND, instances, move, one, run, start


def apply(tx: Connection, *moves: Any, now: datetime = NOW) -> list[bool]:
    return transitions.apply_moves(tx, moves, now)


def attempts(tx: Connection, ti: int) -> list[Any]:
    a = t.attempt.c
    return list(tx.execute(sa.select(t.attempt).where(a.ti == ti).order_by(a.attempt_id)))


def events(tx: Connection, ti: int) -> list[tuple[str, str, str | None, str]]:
    e = t.ti_event.c
    query = sa.select(e.before, e.after, e.attempt_id, e.reason).where(e.ti == ti).order_by(e.sequence)
    return [tuple(row) for row in tx.execute(query)]


@pytest.fixture
def two(db: Store) -> list[TaskInstanceRecord]:
    with db.begin() as tx:
        return instances(tx, run(tx), "a", "b")


def test_fields_that_are_set_are_written_and_others_stay(db: Store, two: list[TaskInstanceRecord]) -> None:
    ti = two[0].id
    with db.begin() as tx:
        assert apply(
            tx, start(ti, max_tries=3, first_start_date=NOW, version_id=7, rendered_map_index="x\0")
        ) == [True]
        assert apply(
            tx, move(ti, S.RUNNING, S.RUNNING, hostname="there", next_method="go", next_kwargs={"a": [1]})
        ) == [True]
        found = one(tx, ti)
        kept = sealed.unseal(tx, found.next_kwargs)
    assert (found.state, found.try_number, found.max_tries, found.pid, found.version_id) == (
        S.RUNNING,
        1,
        3,
        42,
        7,
    )
    assert (found.hostname, found.next_method, kept) == ("there", "go", {"a": [1]})
    assert found.start_date == found.queued_at == found.first_start_date == NOW
    assert found.rendered_map_index == "x\N{REPLACEMENT CHARACTER}"
    with db.begin() as tx:
        assert apply(
            tx, move(ti, S.RUNNING, S.UP_FOR_RETRY, due_at=NOW + SECOND, attempt_id=None, next_method=None)
        )
        found = one(tx, ti)
    assert (found.attempt_id, found.due_at, found.next_method, found.hostname) == (
        None,
        NOW + SECOND,
        None,
        "there",
    )


def test_a_move_of_another_state_changes_nothing(db: Store, two: list[TaskInstanceRecord]) -> None:
    a, b = (i.id for i in two)
    with db.begin() as tx:
        done = apply(tx, start(a), move(b, S.RUNNING, S.SUCCESS), move(10**9, S.NONE, S.SUCCESS))
        assert done == [True, False, False]
        assert one(tx, b) == two[1]
        assert events(tx, b) == [] == attempts(tx, b)


def test_the_attempt_is_the_fence(db: Store, two: list[TaskInstanceRecord]) -> None:
    ti = two[0].id
    with db.begin() as tx:
        apply(tx, start(ti, "current"))
        assert apply(tx, move(ti, S.RUNNING, S.SUCCESS, if_attempt="superseded")) == [False]
        assert one(tx, ti).state is S.RUNNING
        assert apply(tx, move(ti, S.RUNNING, S.SUCCESS, if_attempt="current")) == [True]


def test_an_attempt_is_opened_and_closed_with_its_cause(db: Store, two: list[TaskInstanceRecord]) -> None:
    ti = two[0].id
    with db.begin() as tx:
        apply(tx, start(ti, "a1"))
        (row,) = attempts(tx, ti)
        assert (row.attempt_id, row.state, row.try_number, row.closed_at) == ("a1", "running", 1, None)
        assert (row.pid, row.pid_birth, row.hostname, row.start_date) == (42, 77, "here", NOW)
        cause = {"kind": "signal", "text": "killed \0", "signal": 9}
        ended = move(
            ti, S.RUNNING, S.FAILED, if_attempt="a1", end_date=NOW + 2 * SECOND, cause=cause, reason="no\0"
        )
        apply(tx, ended, now=NOW + 3 * SECOND)
        (row,) = attempts(tx, ti)
        assert (row.state, row.end_date, row.closed_at, row.cause) == (
            "failed", NOW + 2 * SECOND, NOW + 3 * SECOND, cause,
        )  # fmt: skip
        duration = tx.execute(
            sa.select(t.task_instance.c.duration).where(t.task_instance.c.id == ti)
        ).scalar_one()
        assert duration == pytest.approx(2.0)
        assert events(tx, ti) == [
            ("none", "running", "a1", ""),
            ("running", "failed", "a1", "no\N{REPLACEMENT CHARACTER}"),
        ]


def test_the_end_is_now_when_the_move_does_not_say(db: Store, two: list[TaskInstanceRecord]) -> None:
    ti = two[0].id
    with db.begin() as tx:
        apply(tx, start(ti, "a1"))
        apply(tx, move(ti, S.RUNNING, S.UP_FOR_RESCHEDULE, due_at=NOW + 9 * SECOND), now=NOW + SECOND)
        (row,) = attempts(tx, ti)
        assert (row.state, row.end_date) == ("up_for_reschedule", NOW + SECOND)


def test_an_attempt_handed_out_before_it_runs(db: Store, two: list[TaskInstanceRecord]) -> None:
    ti = two[0].id
    with db.begin() as tx:
        apply(tx, move(ti, S.NONE, S.QUEUED, attempt_id="q", try_number=1, queued_at=NOW))
        assert attempts(tx, ti)[0].state == "queued"
        apply(
            tx, move(ti, S.QUEUED, S.RUNNING, if_attempt="q", pid=5, hostname="far", start_date=NOW + SECOND)
        )
        (row,) = attempts(tx, ti)
        assert (row.state, row.pid, row.hostname, row.queued_at) == ("running", 5, "far", NOW)


def test_a_deferred_attempt_goes_on(db: Store, two: list[TaskInstanceRecord]) -> None:
    ti = two[0].id
    with db.begin() as tx:
        apply(tx, start(ti, "a1"))
        apply(tx, move(ti, S.RUNNING, S.DEFERRED, if_attempt="a1"))
        assert attempts(tx, ti)[0].closed_at is not None
        apply(tx, move(ti, S.DEFERRED, S.SCHEDULED))
        apply(tx, start(ti, "a1", before=S.SCHEDULED, pid=43))
        (row,) = attempts(tx, ti)
        assert (row.state, row.closed_at, row.end_date, row.pid) == ("running", None, None, 43)


def test_a_restart_and_a_new_try(db: Store, two: list[TaskInstanceRecord]) -> None:
    ti = two[0].id
    with db.begin() as tx:
        apply(tx, start(ti, "a1"))
        apply(tx, move(ti, S.RUNNING, S.RESTARTING))
        (row,) = attempts(tx, ti)
        assert (row.state, row.closed_at) == ("restarting", None)
        apply(tx, move(ti, S.RESTARTING, S.NONE, attempt_id=None))
        apply(tx, start(ti, "a2", try_number=2))
        assert [(r.attempt_id, r.try_number, r.closed_at is None) for r in attempts(tx, ti)] == [
            ("a1", 1, False), ("a2", 2, True),
        ]  # fmt: skip


def test_two_tries_within_one_move(db: Store, two: list[TaskInstanceRecord]) -> None:
    a, b = (i.id for i in two)
    with db.begin() as tx:
        apply(tx, start(a, "a1"), start(b, "b1"))
        again = start(
            a, "a2", before=S.RUNNING, if_attempt="a1", try_number=2, cause={"kind": "exit", "text": "1"}
        )
        late = start(b, "b2", before=S.RUNNING, if_attempt="older", try_number=2)
        assert apply(tx, again, late) == [True, False]
        old, new = attempts(tx, a)
        assert (old.state, old.closed_at, old.cause) == ("up_for_retry", NOW, {"kind": "exit", "text": "1"})
        assert (new.attempt_id, new.state, new.closed_at) == ("a2", "running", None)
        (untouched,) = attempts(tx, b)
        assert (untouched.attempt_id, untouched.closed_at) == ("b1", None)


def test_many_moves_of_many_shapes_at_once(db: Store) -> None:
    with db.begin() as tx:
        rows = instances(tx, run(tx), *(f"t{i}" for i in range(60)))
        apply(tx, *(start(r.id, f"x{r.id}") for r in rows[:30]))
        moves = [
            *(move(r.id, S.RUNNING, S.SUCCESS, end_date=NOW + SECOND) for r in rows[:10]),
            *(move(r.id, S.RUNNING, S.UP_FOR_RETRY, due_at=NOW) for r in rows[10:20]),
            *(move(r.id, S.RUNNING, S.RESTARTING, reason="cleared") for r in rows[20:30]),
            *(start(r.id, f"x{r.id}") for r in rows[30:40]),
            *(move(r.id, S.NONE, S.SKIPPED, start_date=NOW, end_date=NOW) for r in rows[40:50]),
            *(move(r.id, S.SCHEDULED, S.QUEUED) for r in rows[50:]),
        ]
        assert apply(tx, *reversed(moves)) == [False] * 10 + [True] * 50
        states = [one(tx, r.id).state for r in rows]
    expected = [S.SUCCESS, S.UP_FOR_RETRY, S.RESTARTING, S.RUNNING, S.SKIPPED, S.NONE]
    assert states == [state for state in expected for _ in range(10)]


def test_a_move_to_the_same_state_is_no_event(db: Store, two: list[TaskInstanceRecord]) -> None:
    with db.begin() as tx:
        assert apply(tx, move(two[0].id, S.NONE, S.NONE, max_tries=5)) == [True]
        assert one(tx, two[0].id).max_tries == 5
        assert events(tx, two[0].id) == []


def test_no_moves(db: Store) -> None:
    with db.begin() as tx:
        assert apply(tx) == []


def test_the_database_refuses_a_second_open_attempt(db: Store, two: list[TaskInstanceRecord]) -> None:
    from ostro.errors import StoreError

    with db.begin() as tx:
        apply(tx, start(two[0].id, "a1"))
    with pytest.raises(StoreError), db.begin() as tx:
        tx.execute(sa.insert(t.attempt).values(attempt_id="a2", ti=two[0].id, try_number=1, state="running"))


def test_moments_keep_their_microseconds_and_zone(db: Store, two: list[TaskInstanceRecord]) -> None:
    from zoneinfo import ZoneInfo

    local = datetime(2026, 7, 1, 8, 0, 0, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    old = datetime(1901, 1, 1, tzinfo=NOW.tzinfo) + timedelta(microseconds=3)
    with db.begin() as tx:
        apply(tx, move(two[0].id, S.NONE, S.UP_FOR_RETRY, due_at=local, start_date=old))
        found = one(tx, two[0].id)
    assert found.due_at == local and found.due_at is not None and found.due_at.utcoffset() == timedelta(0)
    assert found.start_date == old

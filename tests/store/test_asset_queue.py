"""Queues of DAGs that listen to assets: bounded, and no event is lost or consumed twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from ostro import store
from ostro.states import RunType
from ostro.store import Store, asset_queue, assets
from ostro.timetable import encode
from ostro.timetable.assets import StoredCondition
from ostro.timetable.partitioned import PartitionedAssetTimetable

from .made import DAY, NOW, SECOND, dag, run, save
from .test_assets import ALIAS, A, B, event, listen
from .test_plans import plans_of_postgresql, plans_of_sqlite


def triggered(tx: Any, dag_id: str, run_id: str, *, catchup: bool = False) -> list[int]:
    """What a run that is made now consumes."""
    queue = asset_queue.load(tx, dag_id)
    what = asset_queue.pending(tx, dag_id, queue, catchup=catchup)
    at = what.last or NOW
    record = run(tx, run_id, dag_id, run_type=RunType.ASSET_TRIGGERED, run_after=at)
    asset_queue.consume_pending(tx, what, record.id, queue)
    found = assets.consumed(tx, record.id, limit=100)
    assert asset_queue.unconsumed(tx, dag_id, [e.id for e in found]) == set()
    assert assets.consumed(tx, record.id, limit=1, beyond=found[0].id if found else 0) == found[1:2]
    return [e.id for e in sorted(found, key=lambda e: e.at)]


def test_a_queue_has_one_row_for_each_asset_however_many_events_come(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", {"all": [A, B]})
        listen(tx, "paused", A, paused=True)
        made = [event(tx, at=NOW + i * SECOND).id for i in range(50)]
        (queued,) = asset_queue.load(tx, "c")
        assert (queued.event_id, queued.created_at) == (made[-1], NOW)
        assert asset_queue.load(tx, "paused") == []
        made.append(event(tx, "b").id)
        assert sorted(triggered(tx, "c", "r1")) == made
        assert asset_queue.load(tx, "c") == []
        # What came while it was paused is consumed by its next run.
        store.specs.set_paused(tx, ["paused"], False)
        assert asset_queue.waiting_dags(tx) == []
        last = event(tx, at=NOW + DAY)
        assert asset_queue.waiting_dags(tx) == ["c", "paused"]
        assert triggered(tx, "paused", "r1") == [*made[:-1], last.id]
        assert triggered(tx, "c", "r2") == [last.id]


def test_events_are_found_by_asset_reference_and_alias(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "by_name", {"any": [{"asset_ref": {"name": "a"}}, ALIAS]})
        listen(tx, "by_uri", {"asset_ref": {"uri": "s3://a"}})
        listen(tx, "other", B)
        save(tx, dag("direct", asset_condition=A), path="direct.py")
        first = event(tx, at=NOW + DAY).id
        behind = event(tx, "new", at=NOW + DAY + SECOND, aliases=["x"]).id
        keyed = event(tx, at=NOW + DAY + 2 * SECOND, partition_key="k")
        assert keyed.dag_ids == []
        assert triggered(tx, "by_name", "r") == [first, behind, keyed.id]
        assert triggered(tx, "by_uri", "r") == [first, keyed.id]
        assert triggered(tx, "other", "r") == []


def test_the_first_run_consumes_what_came_since_the_dag_named_the_asset(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "other", A)
        early = event(tx, at=NOW - DAY).id
        listen(tx, "c", A)
        listen(tx, "all", A)
        late = event(tx, at=NOW + DAY).id
        assert triggered(tx, "c", "r") == [late]
        assert triggered(tx, "all", "r", catchup=True) == [early, late]


def test_an_event_of_another_clock_is_consumed_once(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", A)
        first = event(tx, at=NOW + DAY).id
        assert triggered(tx, "c", "r1") == [first]
        # Its moment is before the run, and before the DAG named the asset.
        before = event(tx, at=NOW - DAY).id
        assert triggered(tx, "c", "r2") == [before]
        assert triggered(tx, "c", "r3") == []


def test_an_event_that_comes_while_a_run_is_made_stays_in_the_queue(db: Store, other: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", A)
        first = event(tx)
        seen = asset_queue.load(tx, "c")
    with other.begin() as tx:
        second = event(tx, at=NOW + SECOND)
    with db.begin() as tx:
        record = run(tx, "r", "c", run_type=RunType.ASSET_TRIGGERED)
        asset_queue.consume(tx, "c", record.id, [q.event_id for q in seen])
        assert [q.event_id for q in asset_queue.load(tx, "c")] == [second.id]
        assert asset_queue.unconsumed(tx, "c", [first.id, second.id]) == {second.id}


def test_a_dag_on_partitions_has_a_row_for_each_event_with_a_key(db: Store) -> None:
    timetable = encode(PartitionedAssetTimetable(StoredCondition(A)))
    with db.begin() as tx:
        save(tx, dag("k", asset_condition=A, timetable=timetable), path="k.py")
        listen(tx, "c", A)
        store.specs.set_paused(tx, ["k"], False)
        made = [event(tx, partition_key=f"k{i}") for i in range(3)]
        assert [m.dag_ids for m in made] == [["k"]] * 3
        assert event(tx).dag_ids == ["c"]
        assert [q.partition_key for q in asset_queue.load(tx, "k")] == ["k0", "k1", "k2"]
        assert len(asset_queue.load(tx, "k", limit=2)) == 2
        store.specs.set_paused(tx, ["k"], True)
        assert event(tx, partition_key="late").dag_ids == []


def test_the_interval_of_the_runs_that_made_the_events(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", A)
        for i in range(2):
            start = NOW + i * DAY
            run(tx, f"r{i}", "p", data_interval_start=start, data_interval_end=start + DAY)
            event(tx, source=assets.EventSource(dag_id="p", task_id="t", run_id=f"r{i}"))
        what = asset_queue.pending(tx, "c", asset_queue.load(tx, "c"), catchup=False)
        assert asset_queue.source_interval(tx, what) == (NOW, NOW + 2 * DAY)


def test_who_consumed_an_event_is_not_looked_for_among_all_runs_of_the_dag(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", A)
        event(tx, at=NOW)
        triggered(tx, "c", "r1")
        event(tx, at=NOW + SECOND)
        queue = asset_queue.load(tx, "c")
        with (plans_of_sqlite if db.dialect == "sqlite" else plans_of_postgresql)(tx) as plans:
            asset_queue.unconsumed(tx, "c", [q.event_id for q in queue])
            asset_queue.pending(tx, "c", queue, catchup=True)
        looked = [plan for plan in plans() if "asset_run_event" in plan]
        assert len(looked) >= 2
        assert [plan for plan in looked if "ix_dag_run_dag_id" in plan] == []


def test_a_first_run_over_a_long_history_reads_it_once(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", {"all": [A, B]})
        made = [event(tx, "ab"[n % 2], at=NOW + n * SECOND).id for n in range(400)]
    sent: list[str] = []
    with db.begin() as tx, heard(sent):
        queue = asset_queue.load(tx, "c")
        what = asset_queue.pending(tx, "c", queue, catchup=True)
        # Nobody has consumed anything yet: nobody looks.
        assert [sql for sql in sent if "asset_run_event" in sql] == []
        assert (what.last, sorted(map(int, what.ids.split(",")))) == (NOW + 399 * SECOND, made)
        record = run(tx, "r1", "c", run_type=RunType.ASSET_TRIGGERED, run_after=NOW + 399 * SECOND)
        asset_queue.source_interval(tx, what)
        asset_queue.consume_pending(tx, what, record.id, queue)
    # By way of the assets they are looked for once; later by their numbers.
    assert len([sql for sql in sent if "dag_schedule_ref" in sql]) == 1
    with db.begin() as tx:
        consumed = assets.consumed(tx, record.id, limit=500)
        assert sorted(e.id for e in consumed) == made
        # The next run: only what came since.
        last = event(tx, at=NOW + DAY)
        assert triggered(tx, "c", "r2", catchup=True) == [last.id]


@contextmanager
def heard(sent: list[str]) -> Iterator[None]:
    """Collects what is sent to the database."""

    def hear(conn: Any, cursor: Any, sql: str, *more: Any) -> None:
        sent.append(sql)

    sa.event.listen(sa.Engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", hear)

"""Runs: unique, guarded, found again; leases; two writers at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ostro.records import RunRecord
from ostro.states import RunState, RunType
from ostro.store import NewRun, RunMove, Store, leases, runs, specs
from ostro.store import tables as t

from .made import DAY, NOW, SECOND, dag, instances, run, save


def new(version: int, run_id: str, **more: object) -> NewRun:
    return NewRun(
        dag_id="d", run_id=run_id, run_type=RunType.SCHEDULED, run_after=NOW, version_id=version, **more
    )  # type: ignore[arg-type]


@pytest.fixture
def version(db: Store) -> int:
    with db.begin() as tx:
        save(tx, dag())
        found = specs.current_version(tx, "d")
    assert found is not None
    return found


def test_a_run_comes_back_as_it_was_made(db: Store, version: int) -> None:
    wanted = new(
        version, "r", logical_date=NOW, data_interval_start=NOW - DAY, data_interval_end=NOW, queued_at=NOW,
        conf={"a": [1, None, "ä"]}, triggered_by="rest_api", triggering_user="me", note="n", partition_key="p",
    )  # fmt: skip
    with db.begin() as tx:
        (made,) = runs.create_runs(tx, [wanted])
    assert made is not None
    assert (made.conf, made.state, made.logical_date) == ({"a": [1, None, "ä"]}, RunState.QUEUED, NOW)
    with db.read() as tx:
        assert runs.load_runs(tx, [made.id, 10**9]) == [made]
        assert runs.find_run(tx, "d", "r") == made == runs.find_run_at(tx, "d", NOW)
        assert runs.search(tx, "d") == [made] == runs.live_runs(tx) == runs.live_runs(tx, dag_ids=["d"])
        assert runs.find_run(tx, "d", "other") is None
        assert runs.live_runs(tx, dag_ids=[]) == [] == runs.live_runs(tx, dag_ids=["x"])


def test_a_name_or_logical_date_is_taken_once(db: Store, version: int) -> None:
    with db.begin() as tx:
        first, again, same_date, manual, manual_too = runs.create_runs(
            tx,
            [
                new(version, "r", logical_date=NOW),
                new(version, "r", logical_date=NOW + DAY),
                new(version, "r2", logical_date=NOW),
                new(version, "m1"),
                new(version, "m2"),
            ],
        )
        assert first and manual and manual_too
        assert again is None is same_date


def test_moves_are_guarded(db: Store, version: int) -> None:
    with db.begin() as tx:
        made = run(tx)
        to_running = RunMove(
            id=made.id, before=RunState.QUEUED, after=RunState.RUNNING, start_date=NOW, reason="x\0"
        )
        assert runs.move_runs(tx, [to_running, to_running], NOW) == [True, False]
        (found,) = runs.load_runs(tx, [made.id])
        assert (found.state, found.start_date, found.end_date) == (RunState.RUNNING, NOW, None)
        ended = RunMove(id=made.id, before=RunState.RUNNING, after=RunState.SUCCESS, end_date=NOW + SECOND)
        assert runs.move_runs(tx, [ended], NOW) == [True]
        e = t.run_event.c
        told = list(tx.execute(sa.select(e.before, e.after).order_by(e.sequence)))
        assert [tuple(row) for row in told] == [
            (None, "queued"),
            ("queued", "running"),
            ("running", "success"),
        ]
        assert runs.live_runs(tx) == []


def test_counts_and_searches(db: Store, version: int) -> None:
    with db.begin() as tx:
        made = [
            run(tx, f"r{i}", logical_date=NOW + i * DAY, run_type=RunType.SCHEDULED, state=RunState.RUNNING)
            for i in range(3)
        ]
        run(tx, "m", run_type=RunType.MANUAL)
        assert runs.count_active(tx) == {"d": 3} == runs.count_active(tx, ["d", "e"])
        assert runs.count(tx, "d") == 4
        assert runs.count(tx, "d", states=["queued"], run_ids=["m", "r0"]) == 1
        assert runs.count(tx, "d", logical_dates=[NOW, NOW + DAY]) == 2
        names = [r.run_id for r in runs.search(tx, "d")]
        assert names == ["r2", "r1", "r0", "m"]
        assert [r.run_id for r in runs.search(tx, "d", before=NOW + DAY)] == ["r0"]
        between = runs.search(tx, "d", logical_date_from=NOW, logical_date_until=NOW + DAY, limit=1)
        assert [r.run_id for r in between] == ["r1"]
        assert [r.run_id for r in runs.search(tx, "d", run_types=["manual"])] == ["m"]
        assert runs.previous_run(tx, made[2]) == made[1]
        assert runs.previous_run(tx, made[2], states=[RunState.SUCCESS]) is None
        assert runs.previous_run(tx, made[0]) is None


def test_the_previous_run_may_have_to_be_automated(db: Store, version: int) -> None:
    with db.begin() as tx:
        scheduled = run(tx, "s", logical_date=NOW, run_type=RunType.SCHEDULED)
        run(tx, "m", logical_date=NOW + DAY)
        last = run(tx, "s2", logical_date=NOW + 2 * DAY, run_type=RunType.SCHEDULED)
        assert runs.previous_run(tx, last, automated_only=True) == scheduled
        previous = runs.previous_run(tx, last)
        assert previous is not None and previous.run_id == "m"


def test_latest_interval_is_of_the_timetables_own_runs(db: Store, version: int) -> None:
    with db.begin() as tx:
        for i in range(2):
            date = NOW + i * DAY
            run(
                tx, f"s{i}", logical_date=date, run_type=RunType.SCHEDULED, data_interval_start=date,
                data_interval_end=date + DAY,
            )  # fmt: skip
        run(tx, "m", logical_date=NOW + 9 * DAY, data_interval_start=NOW, data_interval_end=NOW)
        assert runs.latest_intervals(tx) == {"d": (NOW + DAY, NOW + 2 * DAY)}
        assert runs.latest_intervals(tx, ["other"]) == {}


def test_a_deleted_run_takes_everything_with_it_and_its_ids_never_come_back(db: Store) -> None:
    with db.begin() as tx:
        made = run(tx)
        rows = instances(tx, made, "a", "b")
        assert runs.delete_runs(tx, [made.id]) == 1
        again = run(tx)
        assert again.id > made.id
        assert min(i.id for i in instances(tx, again, "a")) > max(i.id for i in rows)


def in_parallel(*work: Callable[[], None]) -> None:
    errors: list[BaseException] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors


def test_two_processes_create_the_same_run(db: Store, other: Store, version: int) -> None:
    gate = threading.Barrier(2)
    made: list[RunRecord | None] = []

    def create(store: Store) -> None:
        for i in range(20):
            gate.wait(30)
            with store.begin() as tx:
                made.extend(runs.create_runs(tx, [new(version, f"r{i}", logical_date=NOW + i * DAY)]))

    in_parallel(lambda: create(db), lambda: create(other))
    assert len(made) == 40
    assert sorted(r.run_id for r in made if r is not None) == sorted(f"r{i}" for i in range(20))


# ---- leases ---------------------------------------------------------------------------------------------------------


def terms(store: Store) -> dict[str, tuple[str | None, int]]:
    r = t.dag_run.c
    with store.read() as tx:
        return {
            name: (owner, term)
            for name, owner, term in tx.execute(sa.select(r.run_id, r.owner, r.lease_term))
        }


def expire(store: Store) -> None:
    """The leases' end moves into the past: what time would do."""
    with store.begin() as tx:
        tx.execute(sa.update(t.dag_run).values(lease_until=NOW - timedelta(days=10_000)))


def test_a_lease_has_one_owner_until_it_expires(db: Store) -> None:
    with db.begin() as tx:
        made = [run(tx, f"r{i}", run_after=NOW + i * SECOND) for i in range(3)]
        assert leases.take(tx, "one", seconds=30, limit=2) == made[:2]
        assert leases.take(tx, "two", seconds=30, limit=9) == made[2:]
        assert leases.take(tx, "two", seconds=30, limit=9) == []
        assert leases.renew(tx, "one", seconds=30) == {made[0].id, made[1].id}
        assert runs.live_runs(tx, owner="two") == made[2:]
        assert leases.held(tx, "one", [r.id for r in made]) == {made[0].id, made[1].id}
    expire(db)
    with db.begin() as tx:
        assert leases.renew(tx, "one", seconds=30) == set() == leases.held(tx, "one", [made[0].id])
        assert leases.take(tx, "two", seconds=30, limit=9, runs_of=[made[0].id]) == made[:1]
    assert terms(db) == {"r0": ("two", 2), "r1": ("one", 1), "r2": ("two", 1)}


def test_a_lease_is_given_back(db: Store) -> None:
    with db.begin() as tx:
        made = [run(tx, f"r{i}") for i in range(2)]
        leases.take(tx, "one", seconds=30, limit=9)
        assert leases.release(tx, "two") == set()
        assert leases.take(tx, "two", seconds=30, limit=9) == []
        assert leases.release(tx, "one") == {one.id for one in made}
        assert leases.take(tx, "two", seconds=30, limit=9) == made


def test_ended_runs_are_not_leased(db: Store) -> None:
    with db.begin() as tx:
        run(tx, state=RunState.FAILED)
        assert leases.take(tx, "one", seconds=30, limit=9) == []


def test_two_engines_never_take_the_same_run(db: Store, other: Store) -> None:
    with db.begin() as tx:
        for i in range(40):
            run(tx, f"r{i}")
    taken: dict[str, list[int]] = {"one": [], "two": []}

    def take(store: Store, owner: str) -> None:
        while True:
            with store.begin() as tx:
                found = leases.take(tx, owner, seconds=60, limit=3)
            if not found:
                return
            taken[owner] += [r.id for r in found]

    in_parallel(lambda: take(db, "one"), lambda: take(other, "two"))
    assert len(taken["one"]) + len(taken["two"]) == 40
    assert not set(taken["one"]) & set(taken["two"])
    assert {term for _, term in terms(db).values()} == {1}

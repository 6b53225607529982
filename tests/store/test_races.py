"""Guarded moves of two processes at once: one wins, the other is told, nobody deadlocks."""

from __future__ import annotations

import random
import threading
from datetime import timedelta

from ostro.errors import StoreUnavailable
from ostro.states import RunState as R
from ostro.states import TaskState as S
from ostro.store import Store, instances, leases, runs, transitions

from . import made
from .made import NOW, move, run, start
from .test_runs import in_parallel


def test_one_of_two_wins_each_instance(db: Store, other: Store) -> None:
    with db.begin() as tx:
        ids = [i.id for i in made.instances(tx, run(tx), *(f"t{n}" for n in range(200)))]
    won: dict[str, list[int]] = {"one": [], "two": []}
    gate = threading.Barrier(2)

    def work(store: Store, name: str, seed: int) -> None:
        order = ids[:]
        random.Random(seed).shuffle(order)
        gate.wait(30)
        for at in range(0, len(order), 10):
            part = order[at : at + 10]
            moves = [start(ti, f"{name}-{ti}") for ti in part]
            with store.begin() as tx:
                done = transitions.apply_moves(tx, moves, NOW)
            won[name] += [ti for ti, ok in zip(part, done, strict=True) if ok]

    in_parallel(lambda: work(db, "one", 1), lambda: work(other, "two", 2))
    assert sorted(won["one"] + won["two"]) == sorted(ids)
    with db.read() as tx:
        rows = instances.load_instances_by_id(tx, ids)
        running = instances.running_on(tx)
    assert {r.id: r.attempt_id for r in rows} == {ti: f"{name}-{ti}" for name in won for ti in won[name]}
    assert sorted(r.attempt_id for r in running) == sorted(r.attempt_id or "" for r in rows)


def test_many_writers_of_overlapping_sets_do_not_deadlock(db: Store, other: Store) -> None:
    with db.begin() as tx:
        ids = [i.id for i in made.instances(tx, run(tx), *(f"t{n}" for n in range(30)))]
    lost = []

    def work(store: Store, seed: int) -> None:
        chance = random.Random(seed)
        for n in range(40):
            part = chance.sample(ids, 12)
            moves = [
                move(ti, S.NONE, S.SCHEDULED)
                if chance.random() < 0.5
                else move(ti, S.SCHEDULED, S.NONE, due_at=NOW)
                for ti in part
            ]
            try:
                with store.begin() as tx:
                    transitions.apply_moves(tx, moves, NOW)
            except StoreUnavailable as error:
                lost.append((seed, n, str(error)))

    in_parallel(*(lambda s=s, n=n: work(s, n) for n, s in enumerate((db, other, db, other))))  # type: ignore[misc]
    assert lost == []


def test_a_command_over_many_runs_and_a_renewal_of_leases_do_not_deadlock(db: Store, other: Store) -> None:
    """The command touches run after run and their instances; the engine renews, then writes instances of all runs."""
    with db.begin() as tx:
        made_runs = [run(tx, f"r{n}", logical_date=NOW + timedelta(days=n)) for n in range(12)]
        tis = {r.id: made.instances(tx, r, "a")[0].id for r in made_runs}
        assert len(leases.take(tx, "engine", seconds=600, limit=50)) == len(made_runs)
    lost = []

    def command(seed: int) -> None:
        chance = random.Random(seed)
        for n in range(25):
            chosen = chance.sample(sorted(tis), 8)
            try:
                with other.begin() as tx:
                    runs.lock(tx, chosen)
                    for run_id in chosen:
                        moves = [
                            move(tis[run_id], S.NONE, S.SCHEDULED),
                            move(tis[run_id], S.SCHEDULED, S.NONE),
                        ]
                        transitions.apply_moves(tx, [chance.choice(moves)], NOW)
                        runs.move_runs(tx, [runs.RunMove(id=run_id, before=R.QUEUED, after=R.QUEUED)], NOW)
            except StoreUnavailable as error:
                lost.append((n, str(error)))

    def engine() -> None:
        for n in range(50):
            try:
                with db.begin() as tx:
                    leases.renew(tx, "engine", seconds=600)
                    moves = [move(ti, S.NONE, S.SCHEDULED) for ti in reversed(tis.values())]
                    transitions.apply_moves(tx, moves, NOW)
            except StoreUnavailable as error:
                lost.append((n, str(error)))

    in_parallel(lambda: command(1), engine)
    assert lost == []


def test_a_move_waits_for_the_other_and_is_refused(db: Store, other: Store) -> None:
    with db.begin() as tx:
        (ti,) = (i.id for i in made.instances(tx, run(tx), "a"))
        transitions.apply_moves(tx, [start(ti, "a1")], NOW)
    entered = threading.Event()
    result: list[bool] = []

    def late() -> None:
        entered.wait(30)
        with other.begin() as tx:
            result.extend(transitions.apply_moves(tx, [move(ti, S.RUNNING, S.SUCCESS, if_attempt="a1")], NOW))

    def first() -> None:
        with db.begin() as tx:
            transitions.apply_moves(tx, [move(ti, S.RUNNING, S.FAILED, reason="marked")], NOW)
            entered.set()

    in_parallel(first, late)
    assert result == [False]
    with db.read() as tx:
        assert made.one(tx, ti).state is S.FAILED

"""The ledger of slots."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.rules.limits import Limits, Pool, Seat, seat_of
from ostro.rules.plan import plan_of
from ostro.states import TaskState
from support.simulation import T0, a_run, task, topology

Q, R, D, W = TaskState.QUEUED, TaskState.RUNNING, TaskState.DEFERRED, TaskState.AWAITING_INPUT
POOLS = {
    "default_pool": Pool(128),
    "two": Pool(2),
    "defers": Pool(2, include_deferred=True),
    "any": Pool(-1),
    "none": Pool(0),
}


def seat(ti: int, **kw: Any) -> Seat:
    base: dict[str, Any] = {
        "ti": ti, "run": 1, "dag_id": "d", "task_id": "a", "pool": "default_pool", "pool_slots": 1, "priority_weight": 1,
        "date": T0, "map_index": -1, "max_active_tasks": 16, "per_dag": False, "max_active_tis_per_dag": None,
        "max_active_tis_per_dagrun": None,
    }  # fmt: skip
    return Seat(**{**base, **kw})


def limits(parallelism: int = 32) -> Limits:
    found = Limits(parallelism=parallelism)
    found.set_pools(POOLS)
    return found


@pytest.mark.parametrize(
    ("held", "state", "asks", "code"),
    [
        ({}, R, {}, None),
        ({}, R, {"pool": "nowhere"}, "pool_missing"),
        ({}, R, {"pool": "two", "pool_slots": 3}, "pool_too_small"),
        ({}, R, {"pool": "none"}, "pool_too_small"),
        ({"pool": "two"}, R, {"pool": "two"}, None),
        ({"pool": "two"}, R, {"pool": "two", "pool_slots": 2}, "pool_full"),
        ({"pool": "two", "pool_slots": 2}, Q, {"pool": "two"}, "pool_full"),
        ({"pool": "two", "pool_slots": 2}, D, {"pool": "two"}, None),
        ({"pool": "defers", "pool_slots": 2}, D, {"pool": "defers"}, "pool_full"),
        ({"pool": "defers", "pool_slots": 2}, W, {"pool": "defers"}, None),
        ({"pool": "any", "pool_slots": 900}, R, {"pool": "any", "pool_slots": 900}, None),
        ({}, R, {"max_active_tasks": 1}, "max_active_tasks"),
        ({}, D, {"max_active_tasks": 1}, None),
        ({"run": 2}, R, {"max_active_tasks": 1}, None),
        ({"run": 2, "per_dag": True}, R, {"max_active_tasks": 1, "per_dag": True}, "max_active_tasks"),
        ({}, D, {"max_active_tis_per_dag": 1}, "max_active_tis_per_dag"),
        ({"run": 2}, W, {"max_active_tis_per_dag": 1}, "max_active_tis_per_dag"),
        ({"run": 2}, R, {"max_active_tis_per_dagrun": 1}, None),
        ({}, R, {"max_active_tis_per_dagrun": 1}, "max_active_tis_per_dagrun"),
        ({"task_id": "b"}, R, {"max_active_tis_per_dag": 1, "max_active_tis_per_dagrun": 1}, None),
    ],
)
def test_refusal(held: dict[str, Any], state: TaskState, asks: dict[str, Any], code: str | None) -> None:
    ledger = limits()
    ledger.take(seat(1, **held), state)

    reason = ledger.refusal(seat(2, **asks))

    assert (reason and reason.code) == code


def test_parallelism() -> None:
    ledger = limits(parallelism=1)
    ledger.take(seat(1), Q)

    reason = ledger.refusal(seat(2, run=9, dag_id="other"))

    assert reason is not None and reason.code == "parallelism" and ledger.free() == 0
    ledger.take(seat(1), D)
    assert ledger.refusal(seat(2)) is None and ledger.free() == 1


def test_a_pool_may_change_its_size() -> None:
    ledger = limits()
    ledger.take(seat(1, pool="two", pool_slots=2), R)
    ledger.set_pools({"two": Pool(3)})

    assert ledger.refusal(seat(2, pool="two")) is None


_HELD = st.tuples(
    st.integers(1, 5),
    st.sampled_from([Q, R, D, W, TaskState.SUCCESS]),
    st.sampled_from(["two", "defers"]),
    st.integers(1, 2),
    st.integers(1, 2),
)


@given(st.lists(_HELD, max_size=20))
def test_giving_everything_back_leaves_an_empty_ledger(
    events: list[tuple[int, TaskState, str, int, int]],
) -> None:
    ledger, empty = limits(), limits()
    for ti, state, pool, slots, run in events:
        ledger.take(seat(ti, pool=pool, pool_slots=slots, run=run), state)
    for run in (1, 2):
        ledger.give_back_run(run)

    assert {k: +v if hasattr(v, "most_common") else v for k, v in vars(ledger).items()} == vars(empty)
    assert not ledger._per_dag and not ledger._per_run and not ledger._tasks_active


def test_order_is_weight_then_date_then_index() -> None:
    later = T0.replace(year=2025)
    seats = [seat(1, date=later), seat(2, map_index=1), seat(3), seat(4, priority_weight=5, date=later)]

    assert [s.ti for s in sorted(seats, key=lambda s: s.order)] == [4, 3, 2, 1]


@pytest.mark.parametrize(("dialect", "per_dag"), [(2, True), (3, False)])
def test_a_seat_says_what_its_task_says(dialect: int, per_dag: bool) -> None:
    topo = topology(
        task("a", pool="two", pool_slots=2, max_active_tis_per_dag=4), dialect=dialect, max_active_tasks=9
    )

    found = seat_of(plan_of(topo), a_run(), 0, 11, 5)

    assert msgspec.structs.asdict(found) == msgspec.structs.asdict(
        seat(
            11,
            pool="two",
            pool_slots=2,
            map_index=5,
            max_active_tis_per_dag=4,
            max_active_tasks=9,
            per_dag=per_dag,
        )
    )

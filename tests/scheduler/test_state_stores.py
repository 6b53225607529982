"""What tasks and assets keep, at the engine's end; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ostro.executors.base import Asked
from ostro.protocol.task import DeleteState, Done, GetState, Refused, SetState, Value
from ostro.scheduler.prune import EVERY
from ostro.store import state_stores
from scheduler.conftest import START, Bench
from scheduler.test_engine import chain


def ask(bench: Bench, question: Any, task: str = "t0") -> Any:
    place, _ = bench.executor.orders[bench.executor.running()[task]]
    bench.executor.events.append(Asked(place, question))
    bench.turn()
    return bench.executor.answers[place][-1]


def of_task(bench: Bench, **more: Any) -> GetState:
    return GetState(
        seq=1,
        attempt_id=bench.executor.running()["t0"],
        dag_id="d",
        run_id="r1",
        task_id="t0",
        **{"key": "k", **more},
    )


def keep(bench: Bench, value: bytes = b"1", **more: Any) -> SetState:
    return SetState(seq=1, attempt_id=bench.executor.running()["t0"], key="k", value=value, **more)


def test_state_survives_a_retry_and_goes_with_the_run(bench: Bench) -> None:
    bench.add(chain(n=1, retries=1, retry_delay=0.0))
    run = bench.trigger("d")
    ask(bench, keep(bench))
    bench.executor.fail("t0")
    bench.turn(2)
    answer = ask(bench, of_task(bench))
    assert isinstance(answer, Value)
    assert answer.data == b"1"
    ask(bench, DeleteState(seq=1, attempt_id=bench.executor.running()["t0"]))
    assert ask(bench, of_task(bench)).found is False
    ask(bench, keep(bench))
    with bench.store.begin() as tx:
        from ostro.store import tables

        tx.execute(tables.dag_run.delete().where(tables.dag_run.c.id == run))
        assert not state_stores.task_has_any(tx, run, "t0", -1)


def test_only_the_current_attempt_keeps_state(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.trigger("d")
    place, _ = bench.executor.orders[bench.executor.running()["t0"]]
    bench.executor.events.append(Asked(place, SetState(seq=1, attempt_id="another", key="k", value=b"1")))
    bench.turn()
    answer = bench.executor.answers[place][-1]
    assert isinstance(answer, Refused)
    assert answer.code == 410


def test_a_key_expires(bench: Bench) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    ask(bench, keep(bench, expires_at=START + timedelta(seconds=5)))
    assert ask(bench, of_task(bench)).found
    bench.clock.advance(5)
    assert not ask(bench, of_task(bench)).found
    with bench.store.read() as tx:
        assert state_stores.task_has_any(tx, run, "t0", -1)
    for _ in range(9):
        bench.clock.advance(EVERY)
        bench.turn(2)
    with bench.store.read() as tx:
        assert not state_stores.task_has_any(tx, run, "t0", -1)


def test_state_is_cleared_on_success_when_the_setting_says_so(bench: Bench) -> None:
    bench.engine.close()
    bench.store = type(bench.store).open(bench.store.url)
    bench.engine = bench.new_engine(clear_state_on_success=True)
    bench.add(chain(n=1))
    run = bench.trigger("d")
    ask(bench, keep(bench))
    bench.executor.succeed("t0")
    bench.turn()
    with bench.store.read() as tx:
        assert not state_stores.task_has_any(tx, run, "t0", -1)


def test_the_state_of_an_asset_says_who_wrote_it(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.trigger("d")
    ask(bench, keep(bench, asset=("n", "u")))
    with bench.store.read() as tx:
        found = state_stores.asset_get(tx, "n", "u", "k")
    assert found is not None
    assert (found.value, found.writer, found.dag_id, found.run_id, found.task_id) == (
        b"1",
        "task",
        "d",
        "r1",
        "t0",
    )
    answer = ask(bench, of_task(bench, asset=("n", "u")))
    assert answer.data == b"1"
    unknown = ask(bench, of_task(bench, asset=("nobody", "")))
    assert isinstance(unknown, Refused)
    assert "no active asset 'nobody'" in unknown.text


def test_a_watcher_keeps_state_of_its_asset(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.trigger("d")
    told = SetState(seq=1, key="cursor", value=b"7", asset=("n", "u"), watcher=True)
    assert ask(bench, told) == Done(seq=1)
    with bench.store.read() as tx:
        found = state_stores.asset_get(tx, "n", "u", "cursor")
    assert found is not None
    assert (found.writer, found.dag_id) == ("watcher", None)
    assert ask(bench, DeleteState(seq=1, asset=("n", "u"), watcher=True)) == Done(seq=1)
    with bench.store.read() as tx:
        assert state_stores.asset_get(tx, "n", "u", "cursor") is None
    assert isinstance(ask(bench, SetState(seq=1, key="k", value=b"7", watcher=True)), Refused)

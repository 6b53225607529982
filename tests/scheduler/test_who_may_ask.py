"""What processes without an attempt may ask of the engine: those that parse files, run callbacks or run triggers."""

from __future__ import annotations

import msgspec
import pytest

from ostro.executors.base import Asked
from ostro.protocol import task as p
from ostro.protocol.task import Answer
from ostro.records import XComRow
from ostro.store import rendered, xcoms
from scheduler.conftest import Bench
from scheduler.test_engine import chain

ROW = XComRow(task_id="t0", key="k", value=b"1")


def ask(bench: Bench, question: p.Question) -> Answer:
    bench.executor.events.append(Asked(99, question))
    bench.turn()
    return bench.executor.answers[99][-1]


@pytest.mark.parametrize("attempt", ["", "another"])
@pytest.mark.parametrize(
    "question",
    [
        p.SetXCom(seq=1, dag_id="d", run_id="r1", row=ROW),
        p.SetState(seq=1, key="k", value=b"1"),
        p.DeleteState(seq=1, key="k"),
    ],
    ids=lambda q: type(q).__name__,
)
def test_what_is_a_running_tasks_own_is_refused(bench: Bench, question: p.Question, attempt: str) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    answer = ask(bench, msgspec.structs.replace(question, attempt_id=attempt))
    assert isinstance(answer, p.Refused) and answer.code == 410
    with bench.store.read() as tx:
        assert xcoms.of_instance(tx, run, "t0", -1) == []


def test_rendered_fields_of_nobody_are_dropped(bench: Bench) -> None:
    bench.add(chain(n=1))
    run = bench.trigger("d")
    assert isinstance(ask(bench, p.Rendered(seq=1, fields=b"{}")), p.Done)
    (ti,) = bench.engine.live.runs[run].board.instances
    with bench.store.read() as tx:
        assert rendered.get(tx, ti) is None


def test_the_rest_is_answered_as_to_a_task(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.trigger("d")
    assert isinstance(ask(bench, p.SetVariable(seq=1, key="k", value="v")), p.Done)
    got = ask(bench, p.GetVariable(seq=2, key="k"))
    assert isinstance(got, p.Value) and got.data == "v"
    made = ask(bench, p.TriggerRun(seq=3, dag_id="d", run_id="r2"))
    assert isinstance(made, p.Value) and made.data == {"run_id": "r2"}
    assert isinstance(ask(bench, p.PauseDag(seq=4, dag_id="d", paused=True)), p.Done)


def test_a_superseded_attempt_may_not_act(bench: Bench) -> None:
    bench.add(chain(n=1))
    bench.trigger("d")
    refused = ask(bench, p.TriggerRun(seq=1, attempt_id="another", dag_id="d", run_id="r2"))
    assert isinstance(refused, p.Refused) and refused.code == 410

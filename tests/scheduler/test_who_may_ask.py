"""What processes without an attempt may ask of the engine: those that parse files, run callbacks or run triggers."""

from __future__ import annotations

import msgspec
import pytest

from ostro.executors.base import Asked
from ostro.protocol import task as p
from ostro.protocol.task import Answer
from ostro.records import XComRow
from ostro.store import rendered, runs, xcoms
from ostro.store.views import ui_runs
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


def test_which_task_triggered_a_run_is_known_on_both_sides(bench: Bench) -> None:
    """Also for a run that was there and is only cleared for it; a callback's run has no task behind it."""
    bench.add(chain(n=1), chain("other", n=1))
    parent = bench.trigger("d")
    (attempt,) = bench.executor.running().values()
    child = p.TriggerRun(seq=1, attempt_id=attempt, dag_id="other", run_id="c1")
    assert isinstance(ask(bench, child), p.Value)
    assert isinstance(ask(bench, msgspec.structs.replace(child, reset_if_exists=True)), p.Value)
    assert isinstance(ask(bench, p.TriggerRun(seq=2, dag_id="other", run_id="c2")), p.Value)
    with bench.store.read() as tx:
        (found,) = ui_runs.children(tx, parent, None, 10)
        assert (found.dag_id, found.run_id, found.task_id, found.map_index) == ("other", "c1", "t0", -1)
        assert ui_runs.children(tx, parent, {"d"}, 10) == []
        first, second = (runs.find_run(tx, "other", name) for name in ("c1", "c2"))
        assert first is not None and second is not None
        (back,) = ui_runs.parents(tx, first.id, None, 10)
        assert (back.dag_id, back.run_id, back.task_id) == ("d", "r1", "t0")
        assert ui_runs.parents(tx, second.id, None, 10) == []

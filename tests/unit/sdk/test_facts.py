"""What code asks tasks, instances, runs and DAGs besides; and what it is told where there is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ostro.errors import UserError
from ostro.protocol import task as p
from ostro.sdk import asking
from ostro.sdk.dag import DAG
from ostro.sdk.dagrun import DagRun
from ostro.sdk.enums import DagRunType
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.taskinstance import TaskInstance

NOW = datetime(2024, 3, 5, tzinfo=UTC)
DAY = timedelta(days=1)


class Engine:
    """Two runs of the DAG, one by hand, with an instance each."""

    def ask(self, q: Any) -> Any:
        if isinstance(q, p.FindRuns):
            runs = [
                {"dag_id": "d", "run_id": "r1", "run_type": "scheduled", "state": "success", "run_after": NOW,
                 "logical_date": NOW, "start_date": NOW, "end_date": NOW + DAY},
                {"dag_id": "d", "run_id": "r2", "run_type": "manual", "state": "running", "run_after": NOW,
                 "logical_date": NOW + DAY},
            ]  # fmt: skip
            return p.Value(
                seq=0,
                data=[
                    r
                    for r in runs
                    if r["state"] in (q.states or [r["state"]])
                    and r["run_id"] in (q.run_ids or [r["run_id"]])
                    and r["logical_date"] in (q.logical_dates or [r["logical_date"]])
                ],
            )
        if isinstance(q, p.FindTaskInstances):
            return p.Value(
                seq=0,
                data=[
                    {"dag_id": "d", "run_id": r, "task_id": t, "map_index": -1, "state": "running"}
                    for r in (q.run_ids or ["r1", "r2"])
                    for t in ("a", "b")
                ],
            )
        if isinstance(q, p.GetDag):
            return p.Value(seq=0, data={"dag_id": "d", "is_paused": True, "is_active": True})
        return p.Value(seq=0, found=False)


@pytest.fixture(autouse=True)
def engine() -> Iterator[None]:
    before = asking.use(Engine())
    yield
    asking.use(before)


def a_dag(**more: Any) -> tuple[DAG, BashOperator, BashOperator]:
    with DAG("d", schedule=None, doc_md="words") as dag:
        first = BashOperator(task_id="a", bash_command="true", priority_weight=2, **more)
        second = BashOperator(task_id="b", bash_command="true", priority_weight=3)
        first >> second
    return dag, first, second


def test_a_dag_tells_of_its_runs() -> None:
    dag, first, _ = a_dag()

    assert dag.get_last_dagrun().run_id == "r1"  # type: ignore[union-attr]
    assert dag.get_last_dagrun(include_externally_triggered=True).run_id == "r2"  # type: ignore[union-attr]
    assert dag.get_dagrun(run_id="r1").duration == 86400.0  # type: ignore[union-attr]
    assert dag.get_dagrun(NOW + DAY).run_id == "r2"  # type: ignore[union-attr]
    assert (dag.latest_execution_date, dag.get_active_runs()) == (NOW + DAY, [NOW + DAY])
    assert (dag.get_num_active_runs(), dag.has_dag_runs(), dag.is_paused, dag.get_is_active()) == (
        1,
        True,
        True,
        True,
    )
    assert [(ti.run_id, ti.task_id) for ti in first.get_task_instances(end_date=NOW)] == [("r1", "a")]
    assert dag.get_num_task_instances("d", states=["running"]) == 4
    assert (dag.concurrency_reached, dag.subdags, dag.is_subdag, dag.get_doc_md()) == (
        False,
        [],
        False,
        "words",
    )


def test_a_dag_as_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    dag, _, _ = a_dag()

    dag.tree_view()

    assert capsys.readouterr().out == "<Task(BashOperator): a>\n    <Task(BashOperator): b>\n"


def test_a_task_tells_of_itself() -> None:
    _, first, second = a_dag(on_failure_callback=print, max_active_tis_per_dag=4)

    assert (first.priority_weight_total, second.priority_weight_total) == (5, 3)
    assert (first.has_on_failure_callback, first.has_on_success_callback, first.has_retry_policy) == (
        True,
        False,
        False,
    )
    assert first.task_concurrency == 4
    mapped = BashOperator.partial(task_id="m", on_retry_callback=print).expand(bash_command=["true"])
    assert (mapped.has_on_retry_callback, mapped.has_on_execute_callback) == (True, False)


def test_an_instance_tells_of_its_task() -> None:
    _, first, _ = a_dag(
        executor_config={"cpu": 2}, retry_delay=timedelta(minutes=1), retry_exponential_backoff=True
    )
    ti = TaskInstance(first, run_id="r1", try_number=3, end_date=NOW)

    assert (ti.operator_name, ti.executor_config, ti.executor, ti.run_as_user) == (
        "BashOperator",
        {"cpu": 2},
        None,
        None,
    )
    assert ti.next_retry_datetime() == NOW + timedelta(minutes=4)
    assert ti.get_rendered_template_fields()["bash_command"] == "true"
    ti.executor = "Other"
    assert ti.executor == "Other"
    ti.refresh_from_task(first, pool_override="p")
    assert (ti.pool, ti.priority_weight) == ("p", 2)
    with pytest.raises(UserError, match="needs the task"):
        TaskInstance(task_id="x", dag_id="d").next_retry_datetime()


def test_runs_are_found_by_id_and_named() -> None:
    assert [ti.task_id for ti in DagRun.fetch_task_instances("d", "none", ["a"])] == []
    assert DagRun.generate_run_id(DagRunType.MANUAL, NOW) == "manual__2024-03-05T00:00:00+00:00"
    with pytest.raises(TypeError, match="needs logical_date or run_after"):
        DagRun.generate_run_id("manual")


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda dag, ti, run: dag.clear(), r"DAG.clear is not possible .* `ostro tasks`"),
        (lambda dag, ti, run: dag.create_dagrun(), "use TriggerDagRunOperator"),
        (lambda dag, ti, run: dag.sync_to_db(), "reads DAG files by itself"),
        (lambda dag, ti, run: ti.run(), "ostro.testing"),
        (lambda dag, ti, run: ti.email_alert("x"), "EmailOperator"),
        (lambda dag, ti, run: run.verify_integrity(), "the engine decides"),
        (lambda dag, ti, run: ti.nonsense, "'TaskInstance' object has no attribute 'nonsense'"),
    ],
)
def test_what_has_no_place_names_what_to_use(ask: Any, words: str) -> None:
    dag, first, _ = a_dag()
    run = dag.get_dagrun(run_id="r1")

    with pytest.raises(AttributeError, match=words):
        ask(dag, TaskInstance(first), run)
    assert not hasattr(dag, "create_dagrun")


def test_a_task_is_not_run_or_cleared_by_its_file() -> None:
    _, first, _ = a_dag()

    with pytest.raises(UserError, match="`ostro tasks test`"):
        first.run(start_date=NOW)
    with pytest.raises(UserError, match="`ostro tasks clear`"):
        first.clear()

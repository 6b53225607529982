"""One attempt in a process of its own, against an engine that speaks the real protocol."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ostro.protocol import task as p
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.connection import Connection
from ostro.sdk.context import get_current_context
from ostro.sdk.dag import DAG
from ostro.sdk.exceptions import (
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
)
from ostro.sdk.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from ostro.sdk.sensors.python import PythonSensor
from ostro.sdk.variable import Variable

from .fake_engine import DATE, Attempts, run_info, run_task, task_order
from .made import dag_of, python, raising

# ---- results ---------------------------------------------------------------------------------------------------


def test_a_return_value_becomes_an_xcom(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda: {"a": (1, 2)}))

    assert ended.status == 0
    assert isinstance(ended.result, p.Succeeded)
    assert ended.value()["a"]["__data__"] == [1, 2]
    assert ended.result.xcoms[0].length == 1
    assert ended.events[0] == "Attempt started"
    assert ended.events[-1] == "Attempt ended: success"


@pytest.mark.parametrize("kwargs", [{"do_xcom_push": False}, {"python_callable": lambda: None}])
def test_nothing_is_pushed_without_a_value_or_when_told_so(
    attempts: Attempts, kwargs: dict[str, Any]
) -> None:
    ended = attempts.run(python(kwargs.pop("python_callable", lambda: 1), **kwargs))

    assert ended.result.xcoms == []


def test_multiple_outputs_are_pushed_one_by_one(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda: {"x": 1, "y": None}, multiple_outputs=True))

    assert {row.key: json.loads(row.value) for row in ended.result.xcoms} == {
        "x": 1,
        "y": None,
        "return_value": {"x": 1, "y": None},
    }


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (ValueError("no"), "exception", True),
        (AirflowFailException("no"), "exception", False),
        (AirflowSensorTimeout("no"), "exception", False),
        (AirflowTaskTimeout("no"), "timeout", True),
        (SystemExit(0), "exception", True),
        (KeyboardInterrupt(), "terminated", True),
    ],
)
def test_an_error_becomes_a_failure(
    attempts: Attempts, error: BaseException, kind: str, retryable: bool
) -> None:
    ended = attempts.run(python(raising(error)))

    assert isinstance(ended.result, p.Failed)
    assert (ended.result.kind, ended.result.retryable) == (kind, retryable)
    assert ended.result.text.startswith(type(error).__name__)
    failed = next(line for line in ended.lines if line["level"] == "error")
    assert failed["error_detail"][0]["exc_type"] == type(error).__name__
    assert "raise error" in failed["exception"]
    assert "runtime/run_task.py" not in failed["exception"]


def test_a_skip_is_no_failure(attempts: Attempts) -> None:
    ended = attempts.run(python(raising(AirflowSkipException("not today"))))

    assert isinstance(ended.result, p.Skipped)
    assert ended.result.text == "AirflowSkipException: not today"
    assert all(line["level"] != "error" for line in ended.lines)


def test_a_reschedule_carries_its_moment(attempts: Attempts) -> None:
    ended = attempts.run(python(raising(AirflowRescheduleException(DATE))))

    assert isinstance(ended.result, p.Rescheduled)
    assert ended.result.until == DATE


def test_a_value_that_has_no_json_form_fails_the_task(attempts: Attempts) -> None:
    ended = attempts.run(python(object))

    assert (ended.result.kind, ended.result.retryable) == ("xcom", True)
    assert "cannot serialize" in ended.result.text


def test_a_task_that_left_the_file_fails_with_a_sentence(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda: 1), "gone")

    assert isinstance(ended.result, p.Failed)
    assert "no task 'gone'" in ended.result.text


# ---- templates -------------------------------------------------------------------------------------------------


def test_templates_are_rendered_and_shown(attempts: Attempts) -> None:
    ended = attempts.run(
        python(lambda a, b: [a, b], op_args=["{{ ds }}"], op_kwargs={"b": "{{ params.n + 1 }}"}),
        run={"conf": {"n": 1}},
    )

    assert ended.value() == ["2024-03-05", "2"]
    assert json.loads(ended.result.rendered)["op_args"] == ["2024-03-05"]


def test_a_template_that_fails_names_its_field(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda a: a, op_args=["{{ nothing_like_this }}"]))

    assert ended.result.kind == "template"
    assert ended.result.text == "UndefinedError: 'nothing_like_this' is undefined"
    assert "op_args" in ended.said("template field")["exception"]


def test_rendered_fields_are_masked_and_cut(attempts: Attempts) -> None:
    dag = python(lambda **kw: None, op_kwargs={"password": "hunter22", "long": "x" * 5000})

    fields = json.loads(attempts.run(dag).result.rendered)["op_kwargs"]

    assert "hunter22" not in str(fields)
    assert "more characters were cut" in str(fields)


# ---- what user code sees ---------------------------------------------------------------------------------------


def test_the_environment_says_who_runs(attempts: Attempts) -> None:
    ended = attempts.run(
        python(lambda: {k: v for k, v in os.environ.items() if k.startswith("AIRFLOW_CTX_")})
    )

    assert ended.value() == {
        "AIRFLOW_CTX_DAG_ID": "d",
        "AIRFLOW_CTX_DAG_OWNER": "airflow",
        "AIRFLOW_CTX_DAG_RUN_ID": "conf_1",
        "AIRFLOW_CTX_LOGICAL_DATE": "2024-03-05T06:07:08+00:00",
        "AIRFLOW_CTX_TASK_ID": "t",
        "AIRFLOW_CTX_TRY_NUMBER": "1",
    }


def test_xcoms_variables_and_connections_come_from_the_engine(attempts: Attempts) -> None:
    engine = attempts.engine
    engine.xcoms["conf_1", "up", "return_value", -1] = b'"there"'
    engine.variables["v"] = '{"k": 1}'
    engine.connections["c"] = {"conn_id": "c", "conn_type": "http", "host": "h", "extra": '{"a": 1}'}

    def look(ti: Any) -> Any:
        ti.xcom_push("mine", [1])
        Variable.set("new", "value")
        connection = Connection.get("c")
        return [
            ti.xcom_pull(task_ids="up"),
            ti.xcom_pull(task_ids=["up", "none"]),
            ti.xcom_pull(key="mine"),
            Variable.get("v", deserialize_json=True)["k"],
            Variable.get("missing", default="d"),
            [connection.host, connection.extra_dejson],
        ]

    ended = attempts.run(python(look))

    assert ended.value() == ["there", ["there", None], [1], 1, "d", ["h", {"a": 1}]]
    assert engine.variables["new"] == "value"


def test_a_mapped_upstream_is_a_lazy_sequence(attempts: Attempts) -> None:
    dag = dag_of()
    up = PythonOperator.partial(task_id="up", python_callable=lambda v: v, dag=dag).expand(
        op_args=[[1], [2], [3]]
    )
    PythonOperator(
        task_id="t",
        python_callable=lambda vs: [len(vs), vs[-1], vs[0:2], list(vs)],
        op_args=[up.output],
        dag=dag,
    )
    for i in range(3):
        attempts.engine.xcoms["conf_1", "up", "return_value", i] = str(i * 10).encode()

    ended = attempts.run(dag)

    assert ended.value() == [3, 20, [0, 10], [0, 10, 20]]


def test_an_instance_of_a_mapped_task_gets_its_arguments(attempts: Attempts) -> None:
    dag = dag_of()
    PythonOperator.partial(
        task_id="t",
        python_callable=lambda a, ti: [a, ti.is_mapped],
        map_index_template="{{ task.op_args[0] }}!",
        dag=dag,
    ).expand(op_args=[["x"], ["y-{{ ds }}"]])

    ended = attempts.run(dag, map_index=1)

    assert ended.value() == ["y-2024-03-05", True]
    assert ended.result.rendered_map_index == "y-2024-03-05!"
    assert ended.result.xcoms[0].map_index == 1


@pytest.mark.parametrize("fails", [False, True])
def test_a_name_that_cannot_be_made_fails_a_task_that_went_well(attempts: Attempts, fails: bool) -> None:
    def work() -> None:
        if fails:
            raise ValueError("its own error")

    dag = dag_of()
    PythonOperator(task_id="t", python_callable=work, map_index_template="{{ nobody }}", dag=dag)

    ended = attempts.run(dag)

    assert isinstance(ended.result, p.Failed)
    assert ("its own error" if fails else "'nobody' is undefined") in ended.result.text


def test_pre_execute_comes_before_the_callbacks_of_execute(attempts: Attempts) -> None:
    def skip(context: Any) -> None:
        raise AirflowSkipException("not today")

    dag = dag_of()
    PythonOperator(
        task_id="t", python_callable=print, pre_execute=skip, dag=dag,
        on_execute_callback=lambda context: context["ti"].log.info("called"),
    )  # fmt: skip

    ended = attempts.run(dag)

    assert isinstance(ended.result, p.Skipped)
    assert not any(line["event"] == "called" for line in ended.lines)


@pytest.mark.parametrize("value", [5, "text", None, {1}, frozenset({1})])
def test_a_producer_fails_when_its_value_cannot_be_mapped_over(attempts: Attempts, value: Any) -> None:
    dag = dag_of()
    source = PythonOperator(task_id="t", python_callable=lambda: value, dag=dag)
    PythonOperator.partial(task_id="m", python_callable=lambda v: v, dag=dag).expand(op_args=source.output)

    ended = attempts.run(dag)

    assert ended.result.kind == "xcom"
    assert "mapped over" in ended.result.text or "return" in ended.result.text


def test_one_element_of_a_list_to_map_over_may_be_anything(attempts: Attempts) -> None:
    dag = dag_of()
    source = PythonOperator(task_id="t", python_callable=lambda: 5, dag=dag)
    PythonOperator.partial(task_id="m", python_callable=lambda v: v, dag=dag).expand(
        op_args=[[source.output]]
    )
    PythonOperator.partial(task_id="n", python_callable=lambda v: v, dag=dag).expand(
        op_args=[source.output, []]
    )

    assert attempts.run(dag).value() == 5


def test_context_of_2x_is_visible_in_2x_and_warned_of_in_3x(attempts: Attempts) -> None:
    def look(**context: Any) -> Any:
        current = get_current_context()
        return [
            "execution_date" in set(current),
            "execution_date" in context,
            current["execution_date"].isoformat(),
            current["yesterday_ds"],
        ]

    new = attempts.run(python(look))
    assert new.value() == [False, True, DATE.isoformat(), "2024-03-04"]
    assert "execution_date" in new.said("of Airflow 2")["event"]

    dag = python(look)
    dag.settle(2)

    def work(channel: Any, log: Any) -> None:
        run_task(task_order(log.path, run_info()), _Loaded({"d": dag}), channel, log)

    attempts.engine.results.clear()
    old = attempts.finish(*attempts.start(work))
    assert old.value() == [True, True, DATE.isoformat(), "2024-03-04"]
    assert not any("of Airflow 2" in event for event in old.events)


def test_a_file_that_can_only_be_of_3x_has_none_of_it(attempts: Attempts) -> None:
    def look(**context: Any) -> Any:
        return ["execution_date" in context, "conf" in get_current_context(), "ds" in context]

    def work(channel: Any, log: Any) -> None:
        loaded = _Loaded({"d": python(look)})
        loaded.dialect, loaded.strict = 3, True
        run_task(task_order(log.path, run_info()), loaded, channel, log)

    ended = attempts.finish(*attempts.start(work))

    assert ended.value() == [False, False, True]


class _Loaded:
    def __init__(self, dags: dict[str, DAG]) -> None:
        self.dags = dags
        self.dialect = 2


def test_values_that_cost_a_question_are_asked_for_when_used(attempts: Attempts) -> None:
    ended = attempts.run(python(lambda **context: str(context["prev_start_date_success"])))
    assert ended.value() == "None"
    assert sum(isinstance(q, p.FindRuns) for q in attempts.engine.asked) == 1

    attempts.engine.asked.clear()
    attempts.run(python(lambda **context: len(context) > 10))
    assert not any(isinstance(q, p.FindRuns) for q in attempts.engine.asked)


# ---- branches --------------------------------------------------------------------------------------------------


def test_a_branch_skips_what_it_does_not_follow(attempts: Attempts) -> None:
    dag = dag_of()
    t = BranchPythonOperator(task_id="t", python_callable=lambda: "a", dag=dag)
    a, b, join = (PythonOperator(task_id=i, python_callable=print, dag=dag) for i in ("a", "b", "join"))
    t >> [a, b, join]
    [a, b] >> join

    ended = attempts.run(dag)

    assert ended.result.skips == [p.Skips(task_ids=["b"], map_index=-1)]
    assert {r.key: json.loads(r.value) for r in ended.result.xcoms} == {
        "skipmixin_key": {"followed": ["a", "join"]}
    }


def test_a_branch_to_nowhere_fails(attempts: Attempts) -> None:
    dag = dag_of()
    BranchPythonOperator(task_id="t", python_callable=lambda: "nowhere", dag=dag)

    assert "Invalid tasks found: ['nowhere']" in attempts.run(dag).result.text


def test_a_short_circuit_skips_all_but_teardowns(attempts: Attempts) -> None:
    dag = dag_of()
    t = ShortCircuitOperator(task_id="t", python_callable=list, dag=dag)
    a, b, down = (PythonOperator(task_id=i, python_callable=print, dag=dag) for i in ("a", "b", "down"))
    t >> a >> b >> down.as_teardown()

    assert [sorted(s.task_ids) for s in attempts.run(dag).result.skips] == [["a", "b"]]


# ---- deferral --------------------------------------------------------------------------------------------------


class Trigger:
    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "my.Trigger", {"moment": DATE}


class Deferring(BaseOperator):
    def execute(self, context: Any) -> None:
        self.defer(trigger=Trigger(), method_name="go_on", kwargs={"at": DATE}, timeout=timedelta(minutes=2))

    def go_on(self, context: Any, at: datetime, event: Any = None) -> Any:
        return [at.isoformat(), event]


def test_a_task_defers_and_goes_on(attempts: Attempts) -> None:
    dag = dag_of()
    Deferring(task_id="t", dag=dag)

    deferred = attempts.run(dag).result
    assert isinstance(deferred, p.Deferred)
    assert (deferred.classpath, deferred.next_method, deferred.timeout) == ("my.Trigger", "go_on", 120.0)

    kwargs = {**deferred.next_kwargs, "event": {"x": 1}}
    ended = attempts.run(dag, next_method=deferred.next_method, next_kwargs=kwargs)
    assert ended.value() == [DATE.isoformat(), {"x": 1}]

    failed = attempts.run(dag, next_method="__fail__", next_kwargs={"error": "Trigger timeout"})
    assert failed.result.text.startswith("TaskDeferralTimeout")


def test_a_sensor_in_reschedule_mode_counts_its_timeout_from_the_first_check(attempts: Attempts) -> None:
    dag = dag_of()
    PythonSensor(
        task_id="t", python_callable=lambda: False, mode="reschedule", timeout=60, poke_interval=5, dag=dag
    )

    first = attempts.run(dag).result
    assert isinstance(first, p.Rescheduled)
    assert timedelta(seconds=3) < first.until - datetime.now(UTC) < timedelta(seconds=6)

    last = attempts.run(dag, reschedule_count=0, first_start_date=datetime.now(UTC) - timedelta(seconds=61))
    assert (last.result.retryable, last.result.text[:20]) == (False, "AirflowSensorTimeout")


# ---- callbacks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "state", "said"),
    [
        (None, "success", ["execute", "success"]),
        (ValueError("x"), "failed", ["execute", "failure ValueError('x')"]),
        (ValueError("x"), "up_for_retry", ["execute", "retry ValueError('x')"]),
        (AirflowSkipException("x"), "skipped", ["execute", "skipped"]),
    ],
)
def test_callbacks_follow_the_state(
    attempts: Attempts, error: BaseException | None, state: str, said: list[str]
) -> None:
    def call(word: str) -> Any:
        def function(context: Any) -> None:
            assert get_current_context() is context
            exception = context.get("exception")
            print("called", word, *([] if exception is None else [repr(exception)]))

        return function

    words = ("execute", "success", "failure", "retry", "skipped")
    dag = python(raising(error) if error else lambda: 1, **{f"on_{w}_callback": call(w) for w in words})
    attempts.engine.state_after = lambda result: state
    attempts.engine.callback_ids = [5]

    ended = attempts.run(dag)

    assert [e.removeprefix("called ") for e in ended.events if e.startswith("called")] == said
    assert [c.callback_ids for c in ended.engine.callbacks_ran] == [[5]]


def test_a_callback_that_raises_harms_nothing(attempts: Attempts) -> None:
    def broken(context: Any) -> None:
        raise RuntimeError("in the callback")

    attempts.engine.callback_ids = [5]
    ended = attempts.run(python(lambda: 1, on_success_callback=[broken, lambda c: print("second")]))

    assert ended.status == 0
    assert "second" in ended.events
    assert ended.engine.callbacks_ran[0].error == "RuntimeError: in the callback"


def test_a_callback_order_runs_those_of_the_dag(attempts: Attempts) -> None:
    dag = dag_of(
        on_failure_callback=lambda c: print("dag failed:", c["reason"], c["ti"].task_id, c["exception"])
    )
    PythonOperator(task_id="t", python_callable=print, dag=dag)

    ended = attempts.call_back(dag, "dag_failure", reason="task_failure", task_id="t", error="it died")

    assert "dag failed: task_failure t it died" in ended.events
    assert ended.engine.callbacks_ran[0].callback_ids == [7]

"""Callbacks, notifiers and mail in the process that runs them."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ostro.protocol import task as p
from ostro.sdk.callback import AsyncCallback, SyncCallback
from ostro.sdk.dag import DAG
from ostro.sdk.deadline import BaseDeadlineReference, DeadlineAlert, deadline_reference
from ostro.sdk.exceptions import AirflowSkipException
from ostro.sdk.notifier import BaseNotifier
from ostro.sdk.operators.python import PythonOperator
from support.mail import html_of, mail_server

from .fake_engine import DATE, Attempts
from .made import dag_of, python, raising


class Shouting(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def notify(self, context: Any) -> None:
        print("SHOUT", self.text)


class Whispering(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text = text

    async def async_notify(self, context: Any) -> None:
        print("WHISPER", self.text)


def hang(context: Any) -> None:
    time.sleep(60)


# ---- of a task -----------------------------------------------------------------------------------------------------


def test_a_notifier_renders_its_fields(attempts: Attempts) -> None:
    attempts.engine.callback_ids = [1]

    ended = attempts.run(
        python(raising(ValueError("no")), on_failure_callback=Shouting("{{ ti.task_id }}: {{ exception }}"))
    )

    assert "SHOUT t: no" in ended.events


def test_a_coroutine_function_is_waited_for(attempts: Attempts) -> None:
    async def later(context: Any) -> None:
        print("later", context["ti"].task_id)

    attempts.engine.callback_ids = [1]
    ended = attempts.run(python(lambda: 1, on_success_callback=later))

    assert "later t" in ended.events


def test_a_callback_that_ends_the_program_ends_only_itself(attempts: Attempts) -> None:
    attempts.engine.callback_ids = [1]

    ended = attempts.run(python(lambda: 1, on_success_callback=[raising_callback, lambda c: print("second")]))

    assert "second" in ended.events
    assert ended.engine.callbacks_ran[0].error == "SystemExit: 3"
    assert ended.status == 0


def raising_callback(context: Any) -> None:
    raise SystemExit(3)


def test_a_callback_that_hangs_is_interrupted_and_the_log_says_where(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts.engine.callback_ids = [1]
    done = p.Done
    monkeypatch.setattr(p, "Done", lambda **more: done(callback_timeout=0.2, **more))

    ended = attempts.run(python(lambda: 1, on_success_callback=hang))

    assert "longer than 0.2 s" in str(ended.engine.callbacks_ran[0].error)
    assert "in hang" in ended.said("took too long")["exception"]


def test_a_skip_has_its_callback(attempts: Attempts) -> None:
    attempts.engine.callback_ids = [1]

    ended = attempts.run(
        python(
            raising(AirflowSkipException("x")), on_skipped_callback=lambda c: print("skipped", c["ti"].state)
        )
    )

    assert "skipped skipped" in ended.events


def test_the_callback_of_a_killed_mapped_task_sees_its_arguments(attempts: Attempts) -> None:
    dag = DAG("d", schedule=None, start_date=datetime(2024, 1, 1))
    with dag:
        PythonOperator.partial(
            task_id="t",
            python_callable=print,
            on_failure_callback=lambda c: print(
                "failed with", c["task"].op_args, c["exception"], c["reason"]
            ),
        ).expand(op_args=[["a"], ["b"]])

    ended = attempts.call_back(
        dag, "task_failure", task_id="t", map_index=1, try_number=1, error="killed", reason="signal 9"
    )

    assert "failed with ['b'] killed signal 9" in ended.events


def test_an_order_that_hangs_is_interrupted(attempts: Attempts) -> None:
    ended = attempts.call_back(dag_of(on_failure_callback=hang), "dag_failure", timeout=0.2)

    assert "longer than 0.2 s" in str(ended.engine.callbacks_ran[0].error)


# ---- mail ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "sent"), [("failed", 1), ("up_for_retry", 0)])
def test_mail_goes_out_as_the_task_asks(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch, state: str, sent: int
) -> None:
    attempts.engine.callback_ids = [1]
    attempts.engine.state_after = lambda result: state
    with mail_server() as (server, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        ended = attempts.run(
            python(
                raising(ValueError("1 < 2")),
                email="a@example.com, b@example.com",
                email_on_retry=False,
            ),
            max_tries=2,
        )
    assert len(server.mails) == sent, ended.events
    if sent:
        assert server.recipients == [["a@example.com", "b@example.com"]]
        assert server.mails[0]["Subject"].startswith("Airflow alert: <TaskInstance: d.t")
        assert "1 &lt; 2" in html_of(server.mails[0])
        assert "Try 1 of 3" in html_of(server.mails[0])
        assert "Sent mail to a@example.com, b@example.com" in ended.events[-1]


def test_mail_about_a_killed_task_with_templates_of_ones_own(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "subject").write_text("late: {{ ti.task_id }}\n")
    (tmp_path / "text").write_text("{{ exception }} at {{ ds }}")
    monkeypatch.setenv("AIRFLOW__EMAIL__SUBJECT_TEMPLATE", str(tmp_path / "subject"))
    monkeypatch.setenv("AIRFLOW__EMAIL__HTML_CONTENT_TEMPLATE", str(tmp_path / "text"))
    with mail_server() as (server, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        attempts.call_back(
            python(lambda: 1, email=["c@example.com"]),
            "task_failure",
            task_id="t",
            try_number=1,
            error="killed by signal 9",
        )
    assert server.mails[0]["Subject"] == "late: t"
    assert html_of(server.mails[0]).strip() == "killed by signal 9 at 2024-03-05"


def test_a_mail_server_that_is_gone_is_said_in_the_log(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_PORT", "1")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_RETRY_LIMIT", "1")
    attempts.engine.callback_ids = [1]

    ended = attempts.run(python(raising(ValueError("no")), email="a@example.com"))

    assert "could not be sent" in ended.said("the mail to")["event"]
    assert ended.engine.callbacks_ran[0].error is not None


# ---- deadlines and SLAs ----------------------------------------------------------------------------------------------


def told(text: str, context: Any) -> None:
    print("TOLD", text, context["deadline"]["deadline_time"], context["dag_run"]["dag_run_id"])


async def told_later(text: str, **kwargs: Any) -> None:
    print("LATER", text, kwargs["context"]["dag_run"].dag_id)


def without_context(text: str) -> None:
    print("BARE", text)


def deadline(callback: Any) -> dict[str, Any]:
    data = callback.serialize()
    return {"id": 3, "deadline_time": DATE.isoformat(), "name": "slow", "reference": "x", "callback": data}


@pytest.mark.parametrize(
    ("callback", "said"),
    [
        (SyncCallback(told, {"text": "late"}), f"TOLD late {DATE.isoformat()} conf_1"),
        (AsyncCallback(told_later, {"text": "late"}), "LATER late d"),
        (SyncCallback(without_context, {"text": "late"}), "BARE late"),
        (SyncCallback(Shouting, {"text": "{{ deadline.id }} of {{ dag_run.dag_id }}"}), "SHOUT 3 of d"),
        (AsyncCallback(Whispering, {"text": "{{ dag_run.dag_run_id }}"}), "WHISPER conf_1"),
    ],
)
def test_the_callback_of_a_deadline(attempts: Attempts, callback: Any, said: str) -> None:
    ended = attempts.call_back(dag_of(), "deadline", details=deadline(callback))

    assert said in ended.events
    assert ended.engine.callbacks_ran[0].error is None


def test_a_deadline_whose_function_is_gone_says_so(attempts: Attempts) -> None:
    ended = attempts.call_back(dag_of(), "deadline", details=deadline(SyncCallback("no.such.function")))

    assert "no.such.function" in ended.said("the callback")["event"]
    assert ended.engine.callbacks_ran[0].error is not None


def test_the_sla_miss_callback_of_2x(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    def missed(dag: Any, task_list: str, blocking_task_list: str, slas: Any, blocking_tis: Any) -> None:
        print("MISSED", dag.dag_id, task_list, [s.task_id for s in slas], [ti.task_id for ti in blocking_tis])

    dag = dag_of(sla_miss_callback=missed)
    PythonOperator(
        task_id="t", python_callable=print, dag=dag, sla=timedelta(minutes=1), email="a@example.com"
    )
    details = {"tasks": ["t"], "blocking": [{"task_id": "t", "map_index": -1, "state": "running"}]}
    with mail_server() as (server, environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        ended = attempts.call_back(dag, "sla_miss", details=details)

    assert f"MISSED d t on {DATE.isoformat()} ['t'] ['t']" in ended.events
    assert server.mails[0]["Subject"] == "[airflow] SLA miss on DAG=d"


@deadline_reference()
class NextHour(BaseDeadlineReference):
    """A reference of an author."""

    def _evaluate_with(self, *, session: Any, **kwargs: Any) -> datetime | None:
        return kwargs["run_after"] + timedelta(hours=1)


class Broken(NextHour):
    def _evaluate_with(self, *, session: Any, **kwargs: Any) -> datetime | None:
        raise KeyError("base")


def test_a_reference_of_an_author_tells_the_engine(attempts: Attempts) -> None:
    alerts = [
        DeadlineAlert(reference, timedelta(minutes=1), SyncCallback(told))
        for reference in (NextHour(), Broken())
    ]
    ended = attempts.call_back(dag_of(deadline=alerts), "deadline_reference", details={"number": 0})

    (put,) = [m for m in ended.engine.asked if isinstance(m, p.PutDeadline)]
    assert (put.run_id, put.number, put.base_at) == ("conf_1", 0, DATE + timedelta(hours=1))
    ended = attempts.call_back(dag_of(deadline=alerts), "deadline_reference", details={"number": 1})
    assert "the reference of deadline 1 raised" in ended.said("raised")["event"]

"""Callbacks, mail, deadlines, retry policies and kept state through the real standalone, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from support.deadline import wait_for
from support.mail import MailServer, html_of, mail_server
from support.services import database
from support.standalone import Standalone

FILE = """
import os
import signal
import time
from datetime import datetime, timedelta

from airflow.sdk import DAG, BaseNotifier, BaseOperator, ResumableJobMixin, task
from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback, AsyncCallback
from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

START = datetime(2024, 1, 1)


class Shout(BaseNotifier):
    template_fields = ("text",)

    def __init__(self, text, **kwargs):
        super().__init__(**kwargs)
        self.text = text

    def notify(self, context):
        print("SHOUT", self.text)


def told(context):
    print("TOLD", context["reason"], context["ti"].task_id, context["ti"].state)


def hangs(context):
    time.sleep(300)


def late(text, context):
    print("LATE", text, context["dag_run"]["dag_run_id"])


async def later(text, **kwargs):
    print("LATER", text, kwargs["context"]["deadline"]["id"] is not None)


with DAG("killed", schedule=None, start_date=START, on_failure_callback=[told, Shout("{{ dag.dag_id }} {{ reason }}")]):

    @task(email="ops@example.com", on_failure_callback=Shout("{{ ti.task_id }} died: {{ exception }}"))
    def dies():
        os.kill(os.getpid(), signal.SIGKILL)

    dies()

with DAG("hanging", schedule=None, start_date=START):

    @task(on_success_callback=hangs)
    def quick():
        return 1

    quick()

with DAG(
    "slow",
    schedule=None,
    start_date=START,
    deadline=[
        DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(seconds=1), SyncCallback(late, {"text": "one"})),
        DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(seconds=1), AsyncCallback(later, {"text": "two"})),
        DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(hours=1), SyncCallback(late, {"text": "no"})),
    ],
):

    @task
    def waits():
        time.sleep(2.5)

    waits()

policy = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=ConnectionError, retry_delay=timedelta(seconds=0.1)),
        RetryRule(exception="builtins.KeyError", action=RetryAction.FAIL, reason="hopeless"),
    ]
)


class Job(ResumableJobMixin, BaseOperator):
    def execute(self, context):
        return self.execute_resumable(context)

    def submit_job(self, context):
        return "job-" + str(context["ti"].try_number)

    def get_job_status(self, external_id, context):
        return "RUNNING"

    def is_job_active(self, status):
        return True

    def is_job_succeeded(self, status):
        return False

    def poll_until_complete(self, external_id, context):
        if context["ti"].try_number == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    def get_job_result(self, external_id, context):
        return external_id


with DAG("tries", schedule=None, start_date=START):

    @task(retries=5, retry_delay=timedelta(hours=1), retry_policy=policy, on_retry_callback=told)
    def comes_back(ti=None):
        if ti.try_number < 3:
            raise ConnectionError("not yet")
        return ti.try_number

    @task(retries=5, retry_policy=policy)
    def hopeless():
        raise KeyError("x")

    comes_back()
    hopeless()
    Job(task_id="job", retries=1, retry_delay=timedelta(seconds=0.1))
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Standalone, MailServer]]:
    folder = tmp_path_factory.mktemp("callbacks")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "callbacks.py").write_text(FILE)
    with database(request.param, folder) as url, mail_server() as (server, environment):
        url_given = url if request.param == "postgresql" else None
        env = {**environment, "OSTRO__SCHEDULER__CALLBACK_TIMEOUT": "1"}
        with Standalone(folder / "home", dags, database_url=url_given, env=env) as ostro:
            ostro.wait_dag("tries")
            yield ostro, server


def log(ostro: Standalone, dag_id: str, run_id: str, task_id: str, number: int = 1) -> str:
    path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{number}"
    return str(ostro.get(path)["content"])


def wait_log(ostro: Standalone, where: tuple[Any, ...], *texts: str) -> None:
    def all_there() -> bool:
        found = log(ostro, *where)
        return all(text in found for text in texts)

    wait_for(all_there, seconds=30, what=lambda: f"{texts} in {log(ostro, *where)}")


def test_a_killed_task_has_its_callbacks_and_mail_and_its_log_shows_them(
    world: tuple[Standalone, MailServer],
) -> None:
    ostro, server = world
    run = ostro.trigger("killed")
    assert ostro.wait_run("killed", run)["state"] == "failed"
    wait_log(
        ostro,
        ("killed", run, "dies"),
        "SHOUT dies died: ended by SIGKILL",
        "TOLD task_failure dies failed",
        "SHOUT killed task_failure",
        "Sent mail to ops@example.com",
    )
    (mail,) = server.mails
    assert "SIGKILL" in html_of(mail)
    assert f"/dags/killed/runs/{quote(run)}/tasks/dies" in html_of(mail)


def test_a_callback_that_hangs_is_ended_and_said_so(world: tuple[Standalone, MailServer]) -> None:
    ostro, _ = world
    run = ostro.trigger("hanging")
    assert ostro.wait_run("hanging", run)["state"] == "success"
    wait_log(ostro, ("hanging", run, "quick"), "took too long", "in hangs")


def test_deadlines_call_back_while_the_run_goes_on(world: tuple[Standalone, MailServer]) -> None:
    ostro, _ = world
    run = ostro.trigger("slow")

    def missed() -> Any:
        return ostro.get("/eventLogs", dag_id="slow", event="deadline_missed")["event_logs"]

    wait_for(lambda: len(missed()) == 2, seconds=30, what="two missed deadlines")
    assert ostro.wait_run("slow", run)["state"] == "success"
    said = next(ostro.home.glob("logs/**/callbacks.log")).read_text
    wait_for(
        lambda: f"LATE one {run}" in said() and "LATER two True" in said(), seconds=30, what=lambda: said()
    )
    assert "LATE no" not in said()


def test_retry_policies_and_jobs_that_outlive_a_try(world: tuple[Standalone, MailServer]) -> None:
    ostro, _ = world
    run = ostro.trigger("tries")
    assert ostro.wait_run("tries", run)["state"] == "failed"
    assert ostro.task_states("tries", run) == {
        "comes_back": ["success"],
        "hopeless": ["failed"],
        "job": ["success"],
    }
    assert ostro.xcom("tries", run, "comes_back") == 3
    assert ostro.xcom("tries", run, "job") == "job-1"
    wait_log(ostro, ("tries", run, "hopeless"), "retry policy: fail, hopeless")
    state = ostro.get(f"/dags/tries/dagRuns/{run}/taskInstances/job/state-store/remote_job_id")
    assert state["value"] == "job-1"

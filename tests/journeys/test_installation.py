"""What an installation adds, through the real command: plugins, listeners, policies, an XCom backend, 2.x queries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.deadline import wait_for
from support.logs import entries
from support.standalone import Standalone

PLUGIN = """
import json, os
from airflow.listeners import hookimpl
from airflow.models.baseoperator import BaseOperatorLink
from airflow.plugins_manager import AirflowPlugin


def note(*words):
    with open(os.environ["HEARD"], "a") as file:
        file.write(json.dumps(words) + "\\n")


class Hears:
    @hookimpl
    def on_starting(self, component):
        note("starting", type(component).__name__)

    @hookimpl
    def before_stopping(self, component):
        note("stopping")

    @hookimpl
    def on_task_instance_success(self, previous_state, task_instance):
        note("task", task_instance.task_id)

    @hookimpl
    def on_dag_run_running(self, dag_run, msg):
        note("running", dag_run.run_id, dag_run.state)

    @hookimpl
    def on_dag_run_success(self, dag_run, msg):
        tis = sorted(ti.task_id for ti in dag_run.get_task_instances())
        note("success", dag_run.run_id, dag_run.state, tis)

    @hookimpl
    def on_asset_changed(self, asset):
        note("asset", asset.uri)

    @hookimpl
    def on_new_dag_import_error(self, filename, stacktrace):
        note("broken", filename, stacktrace)


class Page(BaseOperatorLink):
    name = "Page"

    def get_link(self, operator, *, ti_key):
        return f"https://page/{ti_key.run_id}"


def shout(text):
    return text.upper()


class MinePlugin(AirflowPlugin):
    name = "mine"
    macros = [shout]
    listeners = [Hears()]
    global_operator_extra_links = [Page()]
"""
BACKEND = """
import json, os, uuid
from airflow.models.xcom import BaseXCom


class Files(BaseXCom):
    @staticmethod
    def serialize_value(value, **kwargs):
        path = os.path.join(os.environ["VALUES"], uuid.uuid4().hex)
        with open(path, "w") as file:
            json.dump(value, file)
        return BaseXCom.serialize_value("file:" + path)

    @staticmethod
    def deserialize_value(result):
        path = BaseXCom.deserialize_value(result).removeprefix("file:")
        with open(path) as file:
            return json.load(file)

    @staticmethod
    def purge(xcom, *args):
        os.unlink(BaseXCom.deserialize_value(xcom).removeprefix("file:"))
"""
SETTINGS = """
from airflow.exceptions import AirflowClusterPolicyViolation


def task_policy(task):
    if task.owner == "nobody":
        raise AirflowClusterPolicyViolation("a task needs an owner")
    task.owner = task.owner + "-team"
"""
DAGS = """
from datetime import datetime
from airflow import DAG
from airflow.datasets import Dataset
from airflow.models import DagRun, Pool, TaskInstance, XCom
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator
from airflow.utils.session import create_session, provide_session
from sqlalchemy import or_

COMMON = {"start_date": datetime(2024, 1, 1), "schedule_interval": None}


@provide_session
def ask(session=None, **context):
    run = session.query(DagRun).filter(DagRun.dag_id == "asks").order_by(DagRun.execution_date.desc()).first()
    done = session.query(TaskInstance).filter(
        TaskInstance.dag_id == "asks",
        TaskInstance.run_id == context["run_id"],
        or_(TaskInstance.state == "success", TaskInstance.state == "failed"),
    ).all()
    with create_session() as other:
        xcoms = other.query(XCom).filter(XCom.dag_id == "asks", XCom.key == "return_value").all()
        values = [x.value for x in xcoms]
        deleted = other.query(XCom).filter(XCom.dag_id == "asks", XCom.task_id == "first").delete()
    return [run.run_id == context["run_id"], [t.task_id for t in done], values, deleted,
            Pool.get_pool("default_pool").running_slots() >= 1]


with DAG("asks", **COMMON):
    first = BashOperator(task_id="first", bash_command="echo {{ macros.mine.shout(task.owner) }}", owner="me",
                         outlets=[Dataset("s3://b/k")])
    first >> PythonOperator(task_id="asks", python_callable=ask)

with DAG("refused", **COMMON):
    BashOperator(task_id="t", bash_command="true", owner="nobody")
"""


@pytest.fixture(scope="module")
def ostro(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("installation")
    home, dags = folder / "home", folder / "dags"
    for path in (home / "plugins", home / "config", dags, folder / "values"):
        path.mkdir(parents=True)
    (home / "plugins" / "mine.py").write_text(PLUGIN)
    (home / "plugins" / "backend.py").write_text(BACKEND)
    (home / "plugins" / "broken.py").write_text("Plugin = 1 / 0")
    (home / "config" / "airflow_local_settings.py").write_text(SETTINGS)
    (dags / "dags.py").write_text(DAGS)
    env = {
        "HEARD": str(folder / "heard"),
        "VALUES": str(folder / "values"),
        "AIRFLOW__CORE__XCOM_BACKEND": "backend.Files",
    }
    with Standalone(home, dags, env=env) as ostro:
        ostro.wait_dag("asks")
        yield ostro


def heard(ostro: Standalone) -> list[Any]:
    return entries(Path(ostro.extra_env["HEARD"]))


def test_everything_at_once(ostro: Standalone) -> None:
    run = ostro.wait_run("asks", ostro.trigger("asks"))

    run_id = run["dag_run_id"]
    assert run["state"] == "success", ostro.tail()
    # The macro, the policy, the backend that reads what it wrote, the queries.
    assert_value = json.loads(Path(stored(ostro, run_id, "asks")).read_text())
    assert assert_value == [True, ["first"], ["ME-TEAM"], 2, True]
    # A value that a task deletes is purged by the task.
    values = Path(ostro.extra_env["VALUES"])
    assert [str(p) for p in values.iterdir()] == [stored(ostro, run_id, "asks")]
    links = ostro.get(f"/dags/asks/dagRuns/{run_id}/taskInstances/asks/links")
    assert links["extra_links"] == {"Page": f"https://page/{run_id}"}

    told = wait_for(
        lambda: [w for w in heard(ostro) if w[0] == "success"], seconds=20, what="the listener of the run"
    )
    assert told == [["success", run_id, "success", ["asks", "first"]]]
    others = heard(ostro)
    for words in (
        ["starting", "EngineMarker"],
        ["running", run_id, "running"],
        ["task", "first"],
        ["asset", "s3://b/k"],
    ):
        assert words in others


def stored(ostro: Standalone, run_id: str, task_id: str) -> str:
    """The path that the backend gave, as the API shows it."""
    return str(ostro.xcom("asks", run_id, task_id)).removeprefix("file:")


def test_a_policy_that_refuses_is_an_import_error(ostro: Standalone) -> None:
    (error,) = wait_for(
        lambda: ostro.get("/importErrors")["import_errors"], seconds=20, what="the refusal of the policy"
    )

    assert "a task needs an owner" in error["stack_trace"]
    wait_for(lambda: [w for w in heard(ostro) if w[0] == "broken"], seconds=20, what="the listener of it")


def test_a_broken_plugin_is_told(ostro: Standalone) -> None:
    (error,) = ostro.get("/plugins/importErrors")["import_errors"]
    assert error == {"source": "broken.py", "error": "ZeroDivisionError: division by zero (line 1)"}
    (plugin,) = ostro.get("/plugins")["plugins"]
    assert (plugin["name"], plugin["source"], plugin["macros"]) == ("mine", "mine.py", ["mine.shout"])
    wait_for(
        lambda: "the plugin broken.py cannot be used" in ostro.output.read_text(),
        seconds=20,
        what="the warning",
    )


def test_what_a_deleted_run_leaves_is_purged(ostro: Standalone) -> None:
    run_id = ostro.wait_run("asks", ostro.trigger("asks"))["dag_run_id"]
    path = Path(stored(ostro, run_id, "asks"))
    assert path.exists()

    assert ostro.client is not None
    ostro.client.delete(f"/api/v2/dags/asks/dagRuns/{run_id}").raise_for_status()

    wait_for(lambda: not path.exists(), seconds=20, what="the value of the deleted run to go")


def test_the_end_is_told(ostro: Standalone) -> None:
    assert ostro.stop() == 0
    assert heard(ostro)[-1] == ["stopping"]

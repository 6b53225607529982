"""Operators and sensors of the standard provider on the real engine: other DAGs, moments, files, environments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.deadline import wait_for
from support.standalone import Standalone

DAGS = """
import datetime as dt
import sys

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.providers.standard.sensors.external_task import ExternalTaskMarker, ExternalTaskSensor
from airflow.providers.standard.sensors.filesystem import FileSensor
from airflow.providers.standard.sensors.time_delta import TimeDeltaSensorAsync
from airflow.sdk import DAG, dag, task, task_group

START = pendulum.datetime(2024, 1, 1)


@dag(schedule=None, start_date=START)
def target():
    @task
    def work(dag_run=None):
        if dag_run.conf.get("fail"):
            raise ValueError("told so")
        return dag_run.conf

    @task_group
    def group():
        EmptyOperator(task_id="one") >> EmptyOperator(task_id="two")

    work() >> group()


target()

with DAG("starter", schedule=None, start_date=START):
    fast = dict(trigger_dag_id="target", poke_interval=0.1)
    first = TriggerDagRunOperator(
        task_id="waits", trigger_run_id="mine_{{ run_id }}", conf={"x": "{{ run_id }}"}, wait_for_completion=True, **fast
    )
    again = TriggerDagRunOperator(task_id="exists", trigger_run_id="mine_{{ run_id }}", **fast)
    skips = TriggerDagRunOperator(
        task_id="skips", trigger_run_id="mine_{{ run_id }}", skip_when_already_exists=True, **fast
    )
    resets = TriggerDagRunOperator(
        task_id="resets", trigger_run_id="mine_{{ run_id }}", reset_dag_run=True, wait_for_completion=True,
        deferrable=True, trigger_rule="all_done", **fast
    )
    first >> [again, skips] >> resets
    TriggerDagRunOperator(
        task_id="fails", conf={"fail": True}, logical_date=None, wait_for_completion=True, deferrable=True, **fast
    )
    TriggerDagRunOperator(task_id="unknown", trigger_dag_id="no_such_dag")

with DAG("watcher", schedule=None, start_date=START):
    fast = dict(external_dag_id="target", poke_interval=0.1, timeout=60)
    ExternalTaskSensor(task_id="run", **fast)
    ExternalTaskSensor(task_id="tasks", external_task_ids=["work", "group.two"], check_existence=True, **fast)
    ExternalTaskSensor(task_id="group", external_task_group_id="group", mode="reschedule", **fast)
    ExternalTaskSensor(task_id="deferred", external_task_id="work", deferrable=True, **fast)
    ExternalTaskSensor(task_id="missing", external_task_id="nothing", check_existence=True, **fast)

with DAG("moments", schedule=None, start_date=START):
    DateTimeSensorAsync(task_id="rendered", target_time="{{ dag.start_date }}")
    DateTimeSensorAsync(task_id="no_process", target_time=START, start_from_trigger=True, end_from_trigger=True)
    TimeDeltaSensorAsync(task_id="delta", delta=dt.timedelta(seconds=0.3))
    FileSensor(task_id="file", filepath="FOLDER/{{ dag.dag_id }}.txt", deferrable=True, poke_interval=0.1)
    FileSensor(
        task_id="file_no_process", filepath="FOLDER/moments.txt", deferrable=True, poke_interval=0.1, start_from_trigger=True
    )

with DAG("elsewhere", schedule=None, start_date=START):

    @task.external_python(python=sys.executable)
    def outside(x, ds=None, params=None):
        import os
        return {"pid": os.getpid(), "x": x, "ds": ds, "params": params}

    @task.virtualenv(requirements=["FOLDER/thing-1.0-py3-none-any.whl"], pip_install_options=["--no-index", "--no-deps"])
    def inside(n):
        import thing
        import jinja2
        return [thing.NAME, n]

    @task.branch_external_python(python=sys.executable)
    def choose(value):
        return "left" if value == ["thing", 3] else "right"

    branch = choose(inside.override(task_id="inside")(3))
    outside.expand(x=[1, 2])
    branch >> [EmptyOperator(task_id="left"), EmptyOperator(task_id="right")]

with DAG("upstream", schedule=None, start_date=START):
    EmptyOperator(task_id="begin") >> ExternalTaskMarker(
        task_id="marker", external_dag_id="target", external_task_id="work"
    )
"""


def wheel(folder: Path) -> None:
    """A package without an index."""
    import zipfile

    info = "thing-1.0.dist-info"
    files = {
        "thing.py": "NAME = 'thing'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"thing.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    with zipfile.ZipFile(folder / "thing-1.0-py3-none-any.whl", "w") as made:
        for name, text in files.items():
            made.writestr(name, text)


@pytest.fixture(scope="module")
def ostro(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("standard")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "all.py").write_text(DAGS.replace("FOLDER", str(folder)))
    wheel(folder)
    with Standalone(folder / "home", dags) as started:
        for dag_id in ("target", "starter", "watcher", "moments", "elsewhere", "upstream"):
            started.wait_dag(dag_id)
        yield started


def test_runs_are_started_waited_for_skipped_and_reset(ostro: Standalone) -> None:
    run_id = ostro.trigger("starter", dag_run_id="s1")
    ostro.wait_run("starter", run_id)

    assert ostro.task_states("starter", run_id) == {
        "waits": ["success"],
        "exists": ["failed"],
        "skips": ["skipped"],
        "resets": ["success"],
        "fails": ["failed"],
        "unknown": ["failed"],
    }
    assert ostro.xcom("starter", run_id, "waits", "trigger_run_id") == "mine_s1"
    assert ostro.xcom("target", "mine_s1", "work") == {"x": "s1"}
    run = ostro.get("/dags/target/dagRuns/mine_s1")
    assert run["run_type"] == "operator_triggered" and run["triggered_by"] == "operator"
    link = ostro.get(f"/dags/starter/dagRuns/{run_id}/taskInstances/waits/links")["extra_links"]
    assert str(link["Triggered DAG"]).endswith("/dags/target/runs/mine_s1")


def test_sensors_wait_for_the_same_date_of_another_dag(ostro: Standalone) -> None:
    date = "2024-05-06T00:00:00Z"
    run_id = ostro.trigger("watcher", logical_date=date)
    wait_for(
        lambda: ostro.task_states("watcher", run_id).get("deferred") == ["deferred"],
        seconds=30,
        what="a deferral",
    )
    other = ostro.trigger("target", logical_date="2024-05-07T00:00:00Z")
    ostro.wait_run("target", other)
    assert ostro.get(f"/dags/watcher/dagRuns/{run_id}")["state"] == "running"
    ostro.trigger("target", logical_date=date)
    ostro.wait_run("watcher", run_id)

    assert ostro.task_states("watcher", run_id) == {
        "run": ["success"],
        "tasks": ["success"],
        "group": ["success"],
        "deferred": ["success"],
        "missing": ["failed"],
    }


def test_moments_and_files_with_and_without_processes(ostro: Standalone) -> None:
    run_id = ostro.trigger("moments")
    wait_for(
        lambda: ostro.task_states("moments", run_id).get("file_no_process") == ["deferred"],
        seconds=30,
        what="a deferral without a process",
    )
    (ostro.dags.parent / "moments.txt").write_text("")
    run = ostro.wait_run("moments", run_id)

    assert run["state"] == "success"
    (ostro.dags.parent / "moments.txt").unlink()


def test_functions_run_in_other_interpreters(ostro: Standalone) -> None:
    run_id = ostro.trigger("elsewhere", logical_date="2024-05-06T00:00:00Z")
    run = ostro.wait_run("elsewhere", run_id, seconds=120)

    assert run["state"] == "success", ostro.tail()
    assert ostro.xcom("elsewhere", run_id, "inside") == ["thing", 3]
    states = ostro.task_states("elsewhere", run_id)
    assert (states["left"], states["right"]) == (["success"], ["skipped"])
    found: list[Any] = [ostro.xcom("elsewhere", run_id, "outside", map_index=i) for i in (0, 1)]
    assert [f["x"] for f in found] == [1, 2] and found[0]["ds"] == "2024-05-06"
    assert len(list((ostro.home / "venvs").glob("venv-*/pyvenv.cfg"))) == 1


def test_clearing_a_marker_runs_the_task_of_the_other_dag_again(ostro: Standalone) -> None:
    date = "2024-06-07T00:00:00Z"
    other = ostro.trigger("target", logical_date=date)
    run_id = ostro.trigger("upstream", logical_date=date)
    ostro.wait_run("target", other)
    ostro.wait_run("upstream", run_id)
    body = {"dry_run": False, "dag_run_id": run_id, "task_ids": ["begin"], "include_downstream": True}
    ostro.post("/dags/upstream/clearTaskInstances", {**body, "only_failed": False})
    ostro.wait_run("upstream", run_id)
    ostro.wait_run("target", other)

    work = ostro.get(f"/dags/target/dagRuns/{other}/taskInstances/work")
    assert (work["state"], work["try_number"]) == ("success", 2)

"""Provider packages from PyPI, unmodified: all modules import, and real operators do real work on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.deadline import wait_for
from support.services import ADMIN_URL
from support.standalone import Standalone

from .conftest import BUCKET, Web

DAG = """
from airflow.providers.amazon.aws.operators.s3 import S3CreateObjectOperator, S3ListOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLExecuteQueryOperator
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor
from airflow.providers.postgres.hooks.postgres import PostgresHook
from airflow.sdk import dag, task


@dag(schedule=None)
def real_operators():
    SQLExecuteQueryOperator(task_id="postgres", conn_id="pg", sql="select 6 * {{ params.by }}", params={"by": 7})
    SQLExecuteQueryOperator(task_id="sqlite", conn_id="lite", sql=["create table t(x)", "insert into t values (1)", "select x from t"])
    SQLCheckOperator(task_id="check", conn_id="pg", sql="select 1")
    HttpOperator(task_id="http", http_conn_id="web", endpoint="{{ dag.dag_id }}", method="GET", response_filter=lambda r: r.json()["hello"])
    HttpOperator(task_id="http_deferred", http_conn_id="web", endpoint="later", method="GET", deferrable=True)
    HttpSensor(task_id="sensor", http_conn_id="web", endpoint="x", poke_interval=0.1, timeout=20)
    HttpSensor(task_id="sensor_deferred", http_conn_id="web", endpoint="third", poke_interval=0.1, timeout=20, deferrable=True)
    put = S3CreateObjectOperator(task_id="put", s3_bucket="BUCKET", s3_key="there/a.txt", data="text")
    wait = S3KeySensor(task_id="wait", bucket_name="BUCKET", bucket_key="there/*.txt", wildcard_match=True, deferrable=True, poke_interval=0.1)
    put >> wait >> S3ListOperator(task_id="keys", bucket="BUCKET", prefix="there")

    @task
    def hook():
        return PostgresHook("pg").get_first("select current_database()")[0]

    @task.sql(conn_id="pg")
    def by_decorator():
        return "select 5"

    hook()
    by_decorator()


real_operators()
"""


DECORATORS = """
from airflow.sdk import DAG, task
from ostro.sdk.freeze import freeze

with DAG("d") as dag:
    @task.docker(image="python:3.12")
    def boxed(x):
        return x

    @task.sql(conn_id="pg")
    def asked():
        return "select 1"

    boxed.expand(x=[1, 2])
    asked()

tasks = freeze(dag).tasks
assert {t.task_id: t.operator for t in tasks} == {"boxed": "_DockerDecoratedOperator", "asked": "_SQLDecoratedOperator"}
assert dag.dialect == 3, dag.dialect
"""


@pytest.fixture(scope="module")
def standalone(
    python: str, web: Web, s3: str, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("real")
    dags = folder / "dags"
    (dags / "utils").mkdir(parents=True)
    blog = shared / "dags" / "blog"
    for name in ("slack_alert.py", "frames_in_s3.py", "utils/__init__.py", "utils/slack_notifier.py"):
        (dags / name).write_text((blog / name).read_text())
    (dags / "real_operators.py").write_text(DAG.replace("BUCKET", BUCKET))
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "s3_xcom.py").write_text((blog / "plugins" / "s3_xcom.py").read_text())
    aws = {"endpoint_url": s3, "region_name": "us-east-1"}
    connections: dict[str, Any] = {
        "MY_WEBHOOK": {"conn_type": "slackwebhook", "host": f"{web.url}/services", "password": "T/B/secret"},
        "AWS_DEFAULT": {"conn_type": "aws", "login": "x", "password": "yyyyyyyy", "extra": aws},
        "LITE": {"conn_type": "sqlite", "host": str(folder / "lite.db")},
        "WEB": {"conn_type": "http", "host": web.url},
    }
    env = {f"AIRFLOW_CONN_{name}": json.dumps(value) for name, value in connections.items()}
    env |= {
        "AIRFLOW_CONN_PG": ADMIN_URL,
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__XCOM_BACKEND": "s3_xcom.S3XComBackend",
        "S3_XCOM_BUCKET_NAME": BUCKET,
    }
    with Standalone(folder / "home", dags, env=env, python=python) as ostro:
        yield ostro


def ended(ostro: Standalone, dag_id: str, **body: Any) -> tuple[str, dict[str, Any]]:
    ostro.wait_dag(dag_id, seconds=60)
    run_id = ostro.trigger(dag_id, **body)
    return run_id, ostro.wait_run(dag_id, run_id, seconds=90)


def test_every_module_imports_but_those_of_airflows_own_processes(python: str) -> None:
    """What does not import belongs to executors, log stores, the web server or `airflow` commands, or lacks a package."""
    own = re.compile(r"\.(executors|log|auth_manager|cli|bundles|auth_backend|kubernetes_executor)(\.|$)")
    lacks = re.compile(
        r"No module named '(airflow\.providers\.\w|bson|datafusion|fastapi)|provider to be installed|OptionalProviderFeature"
    )
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [python, "-m", "support.provider_imports"],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(done.stdout)

    broken = {
        module: error
        for found in report.values()
        for module, error in found["failed"].items()
        if not own.search(module) and not lacks.search(error)
    }
    assert broken == {}
    assert sum(found["modules"] for found in report.values()) > 300


def test_decorators_of_providers_make_their_operators(python: str) -> None:
    done = subprocess.run(
        [python, "-W", "ignore", "-"], input=DECORATORS, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_real_operators_do_their_work(standalone: Standalone) -> None:
    run_id, run = ended(standalone, "real_operators")

    states = standalone.task_states("real_operators", run_id)
    assert {task: state for task, state in states.items() if state != ["success"]} == {}
    assert run["state"] == "success"

    def value(task_id: str) -> Any:
        return standalone.xcom("real_operators", run_id, task_id)

    assert (value("hook"), value("http"), value("http_deferred")) == (
        "postgres",
        "real_operators",
        '{"hello": "later"}',
    )
    assert "42" in json.dumps(value("postgres")) and "5" in json.dumps(value("by_decorator"))
    assert value("keys") == ["there/a.txt"]


@pytest.mark.parametrize("date", ["2024-01-02T00:30:00Z", None])
def test_a_failing_run_tells_a_slack_channel_once(standalone: Standalone, web: Web, date: str | None) -> None:
    """Without a date, too: the present is after the tasks' end_date, but somebody asks for the run now."""
    web.posted.clear()
    run_id, run = ended(standalone, "slack_alert", logical_date=date)

    assert run["state"] == "failed"
    assert standalone.task_states("slack_alert", run_id) == {"fail_and_tell": ["failed"]}
    posted = wait_for(lambda: web.posted, seconds=30, what="a message to Slack")
    assert len(posted) == 1
    path, body = posted[0]
    assert path == "/services/T/B/secret"
    assert "fail_and_tell" in body["text"] and "slack_alert" in body["text"]


def test_a_data_frame_travels_through_s3(standalone: Standalone) -> None:
    run_id, run = ended(standalone, "frames_in_s3")

    assert run["state"] == "success"
    assert standalone.xcom("frames_in_s3", run_id, "total") == 6
    kept = standalone.xcom("frames_in_s3", run_id, "make")
    assert f"xcom_s3://{BUCKET}/" in str(kept)

"""A folder of DAGs with tests of them, run by a pytest of its own as users do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DAGS = """
from datetime import datetime, timedelta, timezone

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseHook, Param, Variable, task
from airflow.sdk.timezone import utcnow
from airflow.timetables.base import DataInterval, Timetable

with DAG("numbers", schedule=None, params={"factor": Param(2, type="integer")}):

    @task
    def numbers(params=None):
        print("making numbers")
        return [1, 2, 3 * params["factor"]]

    @task(map_index_template="{{ n }}")
    def double(n):
        return n * 2

    @task
    def total(found):
        return sum(found)

    shell = BashOperator(task_id="shell", bash_command="echo {{ run_id }} {{ params.factor }}")
    total(double.expand(n=numbers())) >> shell

with DAG("values", schedule=None):

    @task
    def read(ti=None):
        connection = BaseHook.get_connection("my_db")
        ti.xcom_push("host", connection.host)
        return Variable.get("limit", default="none")

    read()

with DAG(f"named_{Variable.get('suffix', default='plain')}", schedule=None):

    @task
    def nothing():
        raise AirflowSkipException("nothing to do")

    nothing()

with DAG("late", schedule=None):

    @task(retries=3, retry_delay=timedelta(hours=5))
    def flaky(ti=None):
        if ti.try_number < 3:
            raise ValueError(f"try {ti.try_number}")
        return utcnow().isoformat()

    @task.sensor(poke_interval=3600, mode="reschedule", timeout=86400)
    def after_six():
        return utcnow() >= datetime(2026, 2, 3, 6, tzinfo=timezone.utc)

    flaky() >> after_six()


class Weeks(Timetable):
    # The week that ends with the day.

    def infer_manual_data_interval(self, *, run_after):
        if run_after.year < 2000:
            raise ValueError("before the first week")
        return DataInterval(run_after - timedelta(days=7), run_after)

    def next_dagrun_info(self, *, last_automated_data_interval, restriction):
        return None

    def generate_run_id(self, *, run_type, run_after, data_interval, **_):
        return f"week_until_{data_interval.end.date()}" if data_interval else f"week_{run_after.year}"


with DAG("weekly", schedule=Weeks()) as weekly:

    @task
    def length(data_interval_start=None, data_interval_end=None, run_id=None):
        return [(data_interval_end - data_interval_start).days, run_id]

    length()
"""


@pytest.fixture
def project(tmp_path: Path):
    """Writes the tests of a user and runs them; gives what pytest said."""
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "some.py").write_text(DAGS)

    def run(tests: str, *args: str) -> str:
        (tmp_path / "test_dags.py").write_text(tests)
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "OSTRO_", "AIRFLOW_"))}
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "ostro.testing.plugin",
                "-p",
                "no:cacheprovider",
                "-q",
                *args,
            ],
            env={**environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
        )
        return done.stdout + done.stderr

    return run

"""A DAG file that is started by hand: `python my_dag.py` with `dag.test()` or `dag.cli()` in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ostro.cli.by_hand import RUNNER, _entries
from ostro.errors import BadRequest
from ostro.sdk import runner

SOURCE = """
import json
import sys
from datetime import datetime

from airflow.sdk import DAG, BaseHook, Variable, task

with DAG("mine", start_date=datetime(2026, 1, 1)) as dag:

    @task
    def number():
        return int(Variable.get("number"))

    @task
    def broken():
        raise ValueError("broken on purpose")

    @task(trigger_rule="all_done")
    def told(n, **context):
        host = BaseHook.get_connection("my_db").host
        return {"n": n, "host": host, "ds": context["ds"], "conf": context["dag_run"].conf}

    broken() >> told(number())

if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].endswith("}"):
        dag.cli()
    else:
        run = dag.test(**json.loads(sys.argv[1] if sys.argv[1:] else "{}"))
        told = run.get_task_instance("told")
        states = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
        print(json.dumps([str(run.state), states, told.xcom_pull("told")]))
"""


@pytest.fixture
def by_hand(tmp_path: Path):
    """Runs the file with arguments, in an environment without settings of the machine."""
    (tmp_path / "my_dag.py").write_text(SOURCE)
    (tmp_path / "connections.json").write_text('{"my_db": {"conn_type": "http", "host": "there"}}')
    (tmp_path / "variables.env").write_text("# of the test\nnumber=20\n")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(tmp_path / "my_dag.py"), *args],
            env={"PATH": os.environ["PATH"], "OSTRO_HOME": str(tmp_path / "home")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_the_package_names_the_runner() -> None:
    assert runner._find() is RUNNER


def test_a_run_with_files_conf_and_a_task_taken_as_done(by_hand) -> None:
    options = {
        "run_conf": {"a": 1},
        "conn_file_path": "connections.json",
        "variable_file_path": "variables.env",
        "mark_success_pattern": "brok",
    }
    done = by_hand(json.dumps(options))
    assert done.returncode == 0, done.stderr
    state, states, told = json.loads(done.stdout.splitlines()[-1])
    assert (state, set(states.values())) == ("success", {"success"})
    assert (told["n"], told["host"], told["conf"]) == (20, "there", {"a": 1})
    assert told["ds"] is not None
    assert "broken on purpose" not in done.stdout


def test_cli_runs_the_dag_and_shows_the_traceback(by_hand) -> None:
    done = by_hand("test", "2026-02-03")
    assert done.returncode == 1
    assert "ValueError: broken on purpose" in done.stdout
    assert "mine manual__2026-02-03T00:00:00+00:00: failed" in done.stdout


def test_cli_passes_commands_on_for_this_dag(by_hand) -> None:
    done = by_hand("tasks", "test", "broken")
    assert done.returncode == 1
    assert "mine.broken: failed" in done.stdout


@pytest.mark.parametrize(("args", "status"), [(["--help"], 0), (["paint"], 2), (["test", "now", "then"], 2)])
def test_cli_says_how_to_use_it(by_hand, args: list[str], status: int) -> None:
    done = by_hand(*args)
    assert done.returncode == status
    assert "usage: python my_dag.py test" in (done.stderr if status else done.stdout)


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    file = tmp_path / "v.env"
    file.write_text("a=1\nnothing\n")
    with pytest.raises(BadRequest, match="line 2: NAME=VALUE"):
        list(_entries(str(file)))


def test_only_the_asked_run_is_made(tmp_path: Path) -> None:
    """The runs that the schedule would catch up, and other DAGs of the file, are nobody's wish here."""
    (tmp_path / "daily.py").write_text(
        """
from datetime import datetime

from airflow.sdk import DAG, task

for name in ("daily", "other"):
    with DAG(name, start_date=datetime(2026, 2, 1), schedule="@daily", catchup=True):

        @task
        def told(dag_run=None):
            print("ran", dag_run.dag_id, dag_run.run_id.split("T")[0])

        told()
"""
    )

    def by_hand(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ostro.cli.main", *words, "--dags", str(tmp_path)],
            env={"PATH": os.environ["PATH"], "OSTRO_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    for words in (["dags", "test", "daily"], ["tasks", "test", "daily", "told"]):
        said = by_hand(*words, "2026-02-03")
        assert said.count("ran ") == 1
        assert "ran daily manual__2026-02-03" in said
    assert "no task ran: all have a start_date after 2026-01-31" in by_hand(
        "dags", "test", "daily", "2026-01-31"
    )


WAITS = """
import asyncio
from datetime import datetime
from airflow.sdk import DAG, BaseOperator, Variable
from airflow.triggers.base import BaseTrigger, TriggerEvent

class Soon(BaseTrigger):
    def serialize(self):
        return f"{type(self).__module__}.Soon", {}
    async def run(self):
        await asyncio.sleep(0.05)
        yield TriggerEvent(await asyncio.to_thread(Variable.get, "said", "nothing"))

class Waits(BaseOperator):
    def execute(self, context):
        self.defer(trigger=Soon(), method_name="resume")
    def resume(self, context, event):
        print(f"the trigger said {event}")

with DAG("waits", schedule=None, start_date=datetime(2024, 1, 1)):
    Waits(task_id="one")
"""


def test_a_task_that_defers_waits_for_its_trigger(tmp_path: Path) -> None:
    (tmp_path / "waits.py").write_text(WAITS)
    done = subprocess.run(
        [sys.executable, "-m", "ostro.cli.main", "dags", "test", "waits", "--dags", str(tmp_path)],
        env={"PATH": os.environ["PATH"], "OSTRO_HOME": str(tmp_path / "home"), "AIRFLOW_VAR_SAID": "hello"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the trigger said hello" in done.stdout


ASKS = """
from datetime import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLEntryOperator

with DAG("asks", schedule=None, start_date=datetime(2024, 1, 1)):
    ApprovalOperator(task_id="ask", subject="Release it?")
with DAG("defaults", schedule=None, start_date=datetime(2024, 1, 1)):
    HITLEntryOperator(task_id="ask", subject="?", response_timeout=0.2)
"""


@pytest.mark.parametrize(
    ("dag_id", "status", "words"),
    [("asks", 1, "nobody is here to answer"), ("defaults", 0, "success")],
)
def test_a_question_that_nobody_can_answer_does_not_wait_for_ever(
    tmp_path: Path, dag_id: str, status: int, words: str
) -> None:
    (tmp_path / "asks.py").write_text(ASKS)
    done = subprocess.run(
        [sys.executable, "-m", "ostro.cli.main", "dags", "test", dag_id, "--dags", str(tmp_path)],
        env={"PATH": os.environ["PATH"], "OSTRO_HOME": str(tmp_path / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert words in done.stdout + done.stderr

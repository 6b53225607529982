"""`ostro config`, `jobs`, `dags clear` and its like, `db reset` and `shell`, `cheat-sheet`, what providers bring."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.cli import jobs_drain
from ostro.cli.main import main
from ostro.sdk.providers import ProviderInfo, ProvidersManager
from ostro.states import TaskState
from ostro.store import EngineRecord, Store, engines, instances, programs, runs, transitions
from ostro.store import tables as t
from ostro.store.clock import db_now
from store import made

from .conftest import Shell, task

CANARY = "swordfish-swordfish-swordfish-7f3a"


class TestConfig:
    def test_a_value_by_both_names(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "7")
        assert shell.run("config", "get-value", "core", "parallelism") == "7\n"
        assert shell.run("config", "get-value", "webserver", "base_url").startswith("http://")
        assert "there is no setting [core] nonsense" in shell.fails("config", "get-value", "core", "nonsense")

    def test_secrets_are_hidden_until_they_are_asked_for(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OSTRO__SECRETS__TOKEN_KEY", CANARY)
        assert CANARY not in shell.run("config", "list")
        assert CANARY not in shell.run("config", "list", "--show-values", "--hide-sensitive")
        assert f"token_key = {CANARY}" in shell.run("config", "list", "--section", "secrets", "--show-values")
        assert CANARY in shell.run("config", "get-value", "secrets", "token_key")

    def test_a_list_can_be_used_as_a_file(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "7")
        shown = shell.run("config", "list", "-d", "-s", "-V", "-e", "--section", "core")
        assert (
            "# From AIRFLOW__CORE__PARALLELISM." in shown and "# Variable: OSTRO__CORE__PARALLELISM" in shown
        )
        assert "\nparallelism = 7\n" in shown
        assert "\n# parallelism = 32\n" in shell.run("config", "list", "-c", "-a", "--section", "core")
        assert "no section" in shell.fails("config", "list", "--section", "nonsense")
        (shell.home / "ostro.cfg").write_text(shell.run("config", "list"))
        assert shell.run("config", "lint") == "No issues found in the settings.\n"

    def test_update_brings_airflow_cfg_over(
        self, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert shell.run("config", "update") == "No updates needed.\n"
        old = tmp_path / "airflow.cfg"
        old.write_text(
            "[core]\nparallelism = 7\nplugins_folder = mine\n[scheduler]\nparsing_processes = 3\n"
            "[smtp]\nsmtp_host = h\n[database]\nsql_alchemy_conn_cmd = echo no\n"
        )
        monkeypatch.setenv("AIRFLOW_CONFIG", str(old))
        monkeypatch.setenv("AIRFLOW__CORE__DEFAULT_TIMEZONE", "Asia/Seoul")
        said = shell.run("config", "update")
        assert f"{old}, [core] parallelism -> [core] parallelism = 7" in said and "[loader]" in said
        assert not (shell.home / "ostro.cfg").exists()
        assert "may be called OSTRO__CORE__DEFAULT_TIMEZONE" in shell.run(
            "config", "update", "--all-recommendations"
        )
        assert "1 settings" in shell.run("config", "update", "--option", "parallelism")
        (shell.home / "ostro.cfg").write_text("# mine\n[core]\ndefault_task_retries = 2\n")
        before = shell.run("config", "list")
        assert "3 settings written" in shell.run("config", "update", "--fix")
        text = (shell.home / "ostro.cfg").read_text()
        assert text.startswith("# mine\n[core]\nplugins_folder = ")
        assert "\nparallelism = 7\ndefault_task_retries = 2\n\n[loader]\n" in text
        assert (shell.home / "ostro.cfg").stat().st_mode & 0o777 == 0o600
        assert "# mine\n[core]\ndefault_task_retries" in (shell.home / "ostro.cfg.bak").read_text()
        # Without airflow.cfg everything is as it was with it.
        monkeypatch.delenv("AIRFLOW_CONFIG")
        assert shell.run("config", "list") == before
        assert shell.run("config", "update") == "No updates needed.\n"

    def test_lint(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        assert shell.run("config", "lint") == "No issues found in the settings.\n"
        monkeypatch.setenv("OSTRO__CORE__PARALELISM", "7")
        said = shell.run("config", "lint")
        assert "did you mean parallelism?" in said and "1 issues found" in said
        assert "1 issues" in shell.run("config", "lint", "--section", "core")
        assert "No issues" in shell.run("config", "lint", "--section", "api")
        assert "No issues" in shell.run("config", "lint", "--ignore-option", "paralelism")


class TestJobs:
    def put(self, shell: Shell, name: str, host: str = "h") -> None:
        with shell.store.begin() as tx:
            now = db_now(tx)
            engines.register(
                tx,
                EngineRecord(
                    id=name, kind="scheduler", hostname=host, pid=1, started_at=now, heartbeat_at=now
                ),
            )

    def test_check(self, shell: Shell) -> None:
        assert "no alive jobs" in shell.fails("jobs", "check")
        self.put(shell, "a")
        assert shell.run("jobs", "check", "--job-type", "SchedulerJob") == "Found one alive job.\n"
        assert "no alive jobs" in shell.fails("jobs", "check", "--hostname", "elsewhere")
        assert "no alive jobs" in shell.fails("jobs", "check", "--local")
        self.put(shell, "b", "g")
        assert shell.run("jobs", "check") == "Found one alive job.\n"
        assert "more than one" in shell.fails("jobs", "check", "--limit", "0")
        assert shell.run("jobs", "check", "--limit", "0", "--allow-multiple") == "Found 2 alive jobs.\n"
        assert "--limit" in shell.fails("jobs", "check", "--allow-multiple")
        assert "exclude" in shell.fails("jobs", "check", "--local", "--hostname", "h")

    def test_the_dead_do_not_count(self, shell: Shell) -> None:
        self.put(shell, "a")
        with shell.store.begin() as tx:
            engines.stop(tx, "a", db_now(tx) + timedelta(seconds=1))
        shell.fails("jobs", "check")
        (row,) = shell.json("dags", "list-jobs", "--state", "success")
        assert row["job_type"] == "SchedulerJob" and row["dag_id"] is None
        assert shell.json("dags", "list-jobs", "--state", "running") == []
        assert shell.json("dags", "list-jobs", "--dag-id", "d") == []


class TestDrain:
    """`A`: an engine with the path of its home in its name, as all have it."""

    A = "h:/srv/home"

    def beats(self, shell: Shell, name: str = A, **more: Any) -> None:
        with shell.store.begin() as tx:
            engines.beat(tx, name, db_now(tx), hostname=name.partition(":")[0], parallelism=32, **more)

    def runs(self, shell: Shell, number: int) -> None:
        """So many tasks of the engine run."""
        with shell.store.begin() as tx:
            rows = instances.load_instances(tx, [run.id for run in runs.live_runs(tx)])
            running = [row for row in rows if row.state == TaskState.RUNNING]
            idle = [row for row in rows if row.state == TaskState.NONE]
            for row in idle[: max(0, number - len(running))]:
                starts = made.start(row.id, f"attempt-{row.id}", engine=self.A)
                assert transitions.apply_moves(tx, [starts], made.NOW) == [True]
            for row in running[number:]:
                ends = made.move(row.id, TaskState.RUNNING, TaskState.SUCCESS, end_date=made.NOW)
                assert transitions.apply_moves(tx, [ends], made.NOW) == [True]

    def row(self, shell: Shell, name: str = A) -> Any:
        return {row["id"]: row for row in shell.json("jobs", "list")}[name]

    def test_load_and_drain_are_listed(self, shell: Shell) -> None:
        assert shell.run("jobs", "list") == "No data found\n"
        shell.dag(task("a"), task("b"))
        shell.start()
        self.beats(shell)
        self.runs(shell, 2)
        row = self.row(shell)
        assert (row["health"], row["running"], row["parallelism"], row["drain"]) == ("healthy", 2, 32, None)
        assert shell.run("jobs", "drain") == f"{self.A} is told to drain: 2 tasks still run\n"
        assert self.row(shell)["drain"] == "asked"
        self.beats(shell)
        assert self.row(shell)["drain"] == "draining"
        assert shell.run("jobs", "drain", "h") == f"{self.A} drains: 2 tasks still run\n"
        self.runs(shell, 0)
        assert shell.run("jobs", "drain", self.A) == f"{self.A} is drained: it may be stopped\n"
        assert shell.run("jobs", "resume") == f"{self.A} starts tasks\n"
        assert self.row(shell)["drain"] is None
        assert shell.run("audit", "verify").startswith("4 rows hold")

    def test_which_one_is_said(self, shell: Shell) -> None:
        assert "no engine lives" in shell.fails("jobs", "drain")
        assert "no engine drains" in shell.fails("jobs", "resume")
        self.beats(shell)
        self.beats(shell, "t:/x", kind="triggerer")
        assert "is a triggerer" in shell.fails("jobs", "drain", "t:/x")
        assert f"there are: {self.A}" in shell.fails("jobs", "drain", "elsewhere")
        assert "on such a machine" in shell.fails("jobs", "drain", "--local")
        assert "exclude" in shell.fails("jobs", "drain", "--local", "h")
        self.beats(shell, "g:/srv/home")
        assert f"say which engine: g:/srv/home, {self.A}" in shell.fails("jobs", "drain")
        shell.run("jobs", "drain", "g")
        # The only one that drains.
        assert shell.run("jobs", "resume") == "g:/srv/home starts tasks\n"
        with shell.store.begin() as tx:
            engines.stop(tx, self.A, db_now(tx))
        assert "has ended" in shell.fails("jobs", "drain", self.A)
        assert shell.run("jobs", "drain").startswith("g:/srv/home ")

    def test_callbacks_of_the_last_task_are_waited_for(self) -> None:
        row = {"id": "e", "health": "healthy", "drain": "draining", "running": 0, "queued": 0}
        assert jobs_drain._said(row) == "e drains: its last callbacks run"

    def test_waiting_until_nothing_runs(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        shell.dag(task("a"), task("b"))
        shell.start()
        self.beats(shell)
        self.runs(shell, 2)
        meanwhile: list[Callable[[], object]] = [
            lambda: self.beats(shell),
            lambda: self.runs(shell, 1),
            lambda: self.runs(shell, 0),
        ]
        monkeypatch.setattr(jobs_drain, "pause", lambda: meanwhile.pop(0)())
        assert shell.run("jobs", "drain", "--wait", "--timeout", "60").splitlines() == [
            f"{self.A} is told to drain: 2 tasks still run",
            f"{self.A} drains: 2 tasks still run",
            f"{self.A} drains: 1 task still runs",
            f"{self.A} is drained: it may be stopped",
        ]

    def test_waiting_ends_when_it_cannot_be_drained(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shell.dag(task("a"))
        shell.start()
        self.beats(shell)
        self.runs(shell, 1)
        assert "give both" in shell.fails("jobs", "drain", "--timeout", "5")

        def waits(then: Callable[[], object], *args: str, status: int = 1) -> str:
            monkeypatch.setattr(jobs_drain, "pause", then)
            shell.run("jobs", "drain", "--wait", *args, status=status)
            return shell.errors

        def nobody() -> None:
            raise AssertionError

        assert "not drained after 0 s; it goes on draining" in waits(nobody, "--timeout", "0")
        assert "somebody ended the drain" in waits(lambda: main(["jobs", "resume"]))

        def interrupted() -> None:
            raise KeyboardInterrupt

        assert f"ostro jobs resume {self.A}" in waits(interrupted, status=130)

        def dies() -> None:
            with shell.store.begin() as tx:
                gone = db_now(tx) - timedelta(minutes=5)
                tx.execute(sa.update(t.engine).values(heartbeat_at=gone))

        assert "gives no sign of life" in waits(dies)

        def ends() -> None:
            with shell.store.begin() as tx:
                engines.stop(tx, self.A, db_now(tx))

        self.beats(shell)
        assert waits(ends, status=0) == ""


class TestDags:
    def test_clear_a_run(self, shell: Shell) -> None:
        shell.dag(task("a"))
        run = shell.start(run_id="one")
        with shell.store.begin() as tx:
            (found,) = instances.load_instances(tx, [run.id])
            assert transitions.apply_moves(tx, [made.start(found.id)], made.NOW) == [True]
            ends = made.move(found.id, TaskState.RUNNING, TaskState.SUCCESS, end_date=made.NOW)
            assert transitions.apply_moves(tx, [ends], made.NOW) == [True]
        assert "d: nothing to clear" in shell.run(
            "dags", "clear", "d", "--run-id", "one", "--only-failed", "-y"
        )
        assert "1 task instances cleared" in shell.run("dags", "clear", "d", "-r", "one", "-y")
        assert "one of these" in shell.fails("dags", "clear", "d", "-y")
        assert "not found" in shell.fails("dags", "clear", "d", "-r", "none", "-y")

    def test_report(self, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "files"
        folder.mkdir()
        (folder / "one.py").write_text(
            "from airflow.sdk import DAG\nfrom airflow.operators.empty import EmptyOperator\n"
            "with DAG('one'):\n    EmptyOperator(task_id='a')\n"
        )
        monkeypatch.setenv("OSTRO__CORE__DAGS_FOLDER", str(folder))
        (row,) = shell.json("dags", "report")
        assert (row["file"], row["dag_num"], row["task_num"], row["dags"]) == ("one.py", 1, 1, "one")
        assert row["duration"] > 0
        assert shell.json("dags", "report", "-B", "none") == []

    def test_dependencies(self, shell: Shell, tmp_path: Path) -> None:
        assert shell.run("dags", "show-dependencies").startswith("digraph dependencies {")
        file = tmp_path / "x.dot"
        assert "saved" in shell.run("dags", "show-dependencies", "--save", str(file))
        assert file.read_text().startswith("digraph")
        assert ".dot" in shell.fails("dags", "show-dependencies", "--save", str(tmp_path / "x.png"))


class TestDatabase:
    def test_reset(self, shell: Shell) -> None:
        shell.run("variables", "set", "k", "v")
        shell.run("variables", "set", "k", "w")
        assert shell.run("audit", "verify").startswith("2 rows hold")
        TestJobs().put(shell, "a")
        assert "stop it first" in shell.fails("db", "reset", "--yes")
        with shell.store.begin() as tx:
            engines.stop(tx, "a", db_now(tx))
        shell.store.dispose()
        assert "made anew" in shell.run("db", "reset", "--yes")
        assert shell.json("variables", "list") == []
        # Nobody misses the rows of the log that was deleted with them.
        assert shell.run("audit", "verify").startswith("0 rows hold")
        assert "deleted" in shell.run("db", "reset", "-y", "--skip-init")
        assert "ostro db migrate" in shell.fails("variables", "list")
        assert "made anew" in shell.run("db", "reset", "-y")
        assert "Connection successful" in shell.run("db", "check-migrations", "-t", "0")

    def test_shell_says_what_is_missing(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        assert "sqlite3 is not installed" in shell.fails("db", "shell")

    def test_no_password_on_the_command_line_of_psql(self) -> None:
        command, more = programs.client(Store.open(f"postgresql://me:{CANARY}@host:5/base"))
        assert command == ["psql"]
        assert more == {
            "PGHOST": "host", "PGPORT": "5", "PGUSER": "me", "PGPASSWORD": CANARY, "PGDATABASE": "base",
        }  # fmt: skip


def test_default_connections(shell: Shell) -> None:
    assert "connections made" in shell.run("connections", "create-default-connections")
    assert shell.run("connections", "create-default-connections") == "0 connections made\n"


def test_cheat_sheet(shell: Shell) -> None:
    lines = shell.run("cheat-sheet").splitlines()
    assert any(line.startswith("ostro dags trigger ") for line in lines) and all(
        " | " in line for line in lines
    )


def test_info_without_names(shell: Shell) -> None:
    assert str(shell.home) in shell.run("info")
    assert str(shell.home) not in shell.run("info", "--anonymize")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("links", {"extra_link_class_name": "m.Link"}),
        ("hooks", {"connection_type": "thing", "class": "m.Hook", "hook_name": "Thing"}),
        ("widgets", {"connection_type": "thing", "class": "m.Hook", "fields": {"f": {}}}),
        ("behaviours", {"connection_type": "thing", "field_behaviours": {"hidden-fields": ["port"]}}),
        ("triggers", {"integration_name": "Thing", "modules": ["m.t"]}),
        ("secrets", {"class_name": "m.Backend"}),
        ("notifications", {"class_name": "m.Notifier"}),
        ("configs", {"sections": "thing"}),
    ],
)
def test_what_providers_bring(
    command: str, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch, shell: Shell
) -> None:
    kind = {
        "connection-type": "thing", "hook-class-name": "m.Hook", "hook-name": "Thing", "conn-fields": {"f": {}},
        "ui-field-behaviour": {"hidden-fields": ["port"]},
    }  # fmt: skip
    data = {
        "extra-links": ["m.Link"],
        "connection-types": [kind],
        "triggers": [{"integration-name": "Thing", "python-modules": ["m.t"]}],
        "secrets-backends": ["m.Backend"],
        "notifications": ["m.Notifier"],
        "config": {"thing": {}},
    }
    monkeypatch.setattr(ProvidersManager, "_shared", {"providers": {"p": ProviderInfo("1", data)}})
    assert json.loads(shell.run("providers", command, "-o", "json")) == [{"package_name": "p", **expected}]
    assert json.loads(shell.run("providers", "executors", "-o", "json")) == []

"""The command line as such: start, refusals, forms of output."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

import ostro
from ostro.cli import elsewhere
from ostro.cli import main as cli

from .conftest import Shell, task


def test_version_loads_next_to_nothing() -> None:
    code = "import sys; from ostro.cli.main import main; main(['version']); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    version, modules = out.splitlines()
    assert version == f"{ostro.__version__} (Airflow 3.3.2)"
    assert not {"typer", "rich", "sqlalchemy", "fastapi", "msgspec", "pydantic"} & set(modules.split())


@pytest.mark.parametrize("rival", ["apache-airflow", "apache-airflow-core"])
def test_it_refuses_to_start_beside_airflow(
    rival: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(name: str) -> object:
        if name != rival:
            raise metadata.PackageNotFoundError(name)
        return object()

    monkeypatch.setattr(cli, "distribution", found)
    assert cli.main(["version"]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert rival in err and "pip uninstall" in err


def test_providers_are_no_rivals(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "site" / "apache_airflow_providers_http-5.0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: apache-airflow-providers-http\nVersion: 5.0.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert metadata.distribution("apache-airflow-providers-http")
    assert shell.run("version").startswith(ostro.__version__)


def test_help_names_every_group(shell: Shell) -> None:
    out = shell.run("--help")
    assert all(name in out for name in cli.GROUPS)


@pytest.mark.parametrize("group", list(cli.GROUPS))
def test_every_group_has_help(shell: Shell, group: str) -> None:
    assert "Usage: ostro " + group in shell.run(group, "--help")


def test_a_wrong_word_is_a_usage_error(shell: Shell) -> None:
    shell.run("nonsense", status=2)
    shell.run("dags", "nonsense", status=2)
    shell.run("dags", "trigger", status=2)


@pytest.mark.parametrize("words", [*elsewhere.COMMANDS, "celery worker", "db init --help"])
def test_a_command_of_airflow_that_is_not_here_tells_what_to_do(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("ostro: there is no command '") and err.count("\n") == 1


def test_commands_that_are_here_are_not_sent_away(shell: Shell) -> None:
    for words in elsewhere.COMMANDS:
        group, *name = words.split()
        if name:
            assert f"  {name[0]} " not in shell.run(group, "--help")
        else:
            assert group not in cli.GROUPS


def test_without_tables_it_says_what_to_do(shell: Shell) -> None:
    (shell.home / "ostro.db").unlink()
    assert "ostro db migrate" in shell.fails("dags", "list")


def test_a_wrong_setting_is_one_sentence(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTRO__API__PORT", "many")
    assert "port" in shell.fails("dags", "list").lower()


class TestOutput:
    @pytest.fixture(autouse=True)
    def dags(self, shell: Shell) -> None:
        shell.dag(task("a"), dag_id="one", tags=("x",))
        shell.dag(task("a", owner="eve"), dag_id="two [bold]")

    def test_json(self, shell: Shell) -> None:
        found = json.loads(shell.run("dags", "list", "-o", "json"))
        assert found[0] == {
            "dag_id": "one", "fileloc": "/dags/one.py", "owners": "airflow", "is_paused": True,
            "bundle_name": "dags-folder", "bundle_version": None,
        }  # fmt: skip

    def test_yaml(self, shell: Shell) -> None:
        found = yaml.safe_load(shell.run("dags", "list", "--output", "yaml"))
        assert [d["dag_id"] for d in found] == ["one", "two [bold]"]

    def test_plain(self, shell: Shell) -> None:
        lines = shell.run("dags", "list", "--output", "plain", "--columns", "dag_id,owners").splitlines()
        assert lines == ["dag_id     owners", "one        airflow", "two [bold] eve"]

    def test_table(self, shell: Shell) -> None:
        out = shell.run("dags", "list")
        assert "two [bold]" in out
        assert "|" in out

    def test_columns_that_do_not_exist(self, shell: Shell) -> None:
        assert "colour" in shell.fails("dags", "list", "--columns", "colour")


def test_info_tells_no_secrets(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTRO__SECRETS__TOKEN_KEY", "canary" * 8)
    monkeypatch.setenv("OSTRO__DATABASE__URL", f"sqlite:///{shell.home}/ostro.db")
    out = shell.run("info", "--all")
    assert "canary" not in out
    assert str(shell.home) in out
    assert "ready" in out


class TestDb:
    def test_migrate_makes_what_is_missing(self, shell: Shell) -> None:
        (shell.home / "ostro.db").unlink()
        assert "migrated" in shell.run("db", "migrate")
        assert "already" in shell.run("db", "migrate")
        assert "successful" in shell.run("db", "check")

    def test_check_refuses(self, shell: Shell) -> None:
        (shell.home / "ostro.db").unlink()
        shell.fails("db", "check")
        shell.fails("db", "check", "--retry", "1", "--retry-delay", "0")

    def test_clean(self, shell: Shell) -> None:
        from datetime import timedelta

        from ostro.states import RunState
        from ostro.store import RunMove, runs
        from ostro.store import tables as t
        from store.made import NOW

        shell.dag(task("a"))
        for n in range(3):
            run = shell.start(run_id=f"r{n}", run_after=NOW + timedelta(days=n))
            with shell.store.begin() as tx:
                move = RunMove(
                    id=run.id,
                    before=RunState.RUNNING,
                    after=RunState.SUCCESS,
                    end_date=NOW + timedelta(days=n),
                )
                assert all(runs.move_runs(tx, [move], NOW))
        before = (NOW + timedelta(days=9)).isoformat()
        shell.run("db", "clean", "--clean-before-timestamp", before, "--tables", "dag_run", "--dry-run")
        assert len(shell.json("dags", "list-runs", "d")) == 3
        shell.run("db", "clean", "--clean-before-timestamp", before, "-t", "dag_run", "--dag-ids", "d", "-y")
        assert [r["run_id"] for r in shell.json("dags", "list-runs", "d")] == ["r2"]
        assert "is no folder" in shell.fails("db", "export-archived", "--output-path", "/nowhere")
        out = shell.run(
            "db",
            "export-archived",
            "--output-path",
            str(shell.home),
            "--tables",
            "dag_run",
            "--drop-archives",
            "-y",
        )
        assert "2 rows of _ostro_deleted__dag_run__" in out and "1 archive tables exported and deleted" in out
        (file,) = shell.home.glob("_ostro_deleted__dag_run__*.csv")
        assert file.read_text().count("\n") == 3
        # Of what goes with runs only the instances had rows.
        assert shell.run("db", "drop-archived", "--yes") == "1 archive tables deleted\n"
        with shell.store.read() as tx:
            noted = tx.execute(sa.select(t.event_log.c.extra).where(t.event_log.c.event == "db_clean")).all()
        assert [(row.extra["dag_ids"], row.extra["archived"]) for row in noted] == [(["d"], True)]
        assert shell.run("db", "drop-archived", "--yes") == "0 archive tables deleted\n"
        shell.fails("db", "clean", "--clean-before-timestamp", before, "--tables", "nonsense", "--yes")
        shell.fails("db", "clean", "--clean-before-timestamp", "whenever", "--yes")


class TestUsers:
    def test_life_of_one(self, shell: Shell) -> None:
        made = shell.run("users", "create", "-u", "ann", "-p", "long enough")
        assert made == "User ann with the role Admin made\n"
        out = shell.run("users", "create", "-u", "eve")
        password = out.split("password: ")[1].split()[0]
        assert len(password) >= 20
        eve = {"username": "eve", "email": None, "full_name": None, "roles": "Admin", "active": True}
        assert shell.json("users", "list")[1] == eve
        shell.fails("users", "create", "-u", "eve")
        assert (
            shell.run("users", "reset-password", "eve", "--password", "long enough")
            == "User eve has a new password\n"
        )
        shell.fails("users", "reset-password", "eve", "--password", "short")
        shell.fails("users", "reset-password", "nobody")
        shell.run("users", "delete", "-u", "eve")
        assert [user["username"] for user in shell.json("users", "list")] == ["ann"]
        assert "another Admin" in shell.fails("users", "delete", "-u", "ann")

    def test_the_words_of_airflow(self, shell: Shell) -> None:
        words = ("-f", "Ada", "-l", "Byron", "-e", "ada@example.org", "-p", "long enough")
        shell.run("users", "create", "-u", "ada", "-r", "Admin", *words)
        assert shell.json("users", "list")[0]["full_name"] == "Ada Byron"
        there = "there is no role 'Boss'; the roles are Admin, Op, User, Viewer"
        assert there in shell.fails("users", "create", "-u", "bob", "--role", "Boss")
        both = ("--use-random-password", "-p", "long enough")
        assert "not both" in shell.fails("users", "create", "-u", "bob", *both)
        made = shell.run("users", "create", "-u", "bob", "-r", "viewer", "--use-random-password")
        assert "to be changed at the first login" in made
        shell.run("users", "add-role", "-u", "bob", "-r", "Op")
        assert "already" in shell.fails("users", "add-role", "-u", "bob", "-r", "op")
        assert shell.json("users", "list")[1]["roles"] == "Op, Viewer"
        shell.run("users", "remove-role", "-u", "bob", "-r", "viewer")
        shell.fails("users", "remove-role", "-u", "bob", "-r", "viewer")
        assert "another Admin" in shell.fails("users", "remove-role", "-e", "ADA@example.org", "-r", "Admin")
        shell.run("users", "disable", "-u", "bob")
        assert shell.json("users", "list")[1]["active"] is False

    def test_export_and_import(self, shell: Shell, tmp_path: Path) -> None:
        shell.run("users", "create", "-u", "ada", "-r", "Admin", "-e", "a@b.c", "-p", "long enough")
        file = tmp_path / "users.json"
        shell.run("users", "export", str(file))
        assert "long enough" not in file.read_text()
        assert "hash" not in file.read_text()
        rows = json.loads(file.read_text())
        rows.append({"username": "bob", "roles": ["Viewer"], "firstname": "Bob", "lastname": "Ross"})
        file.write_text(json.dumps(rows))
        out = shell.run("users", "import", str(file))
        assert "User ada updated" in out
        assert "User bob, password: " in out
        assert shell.json("users", "list")[1]["full_name"] == "Bob Ross"
        file.write_text('[{"username": "carl", "roles": ["Boss"]}]')
        assert "user 'carl': there is no role 'Boss'" in shell.fails("users", "import", str(file))


class TestRoles:
    def test_life_of_one(self, shell: Shell, tmp_path: Path) -> None:
        assert [r["name"] for r in shell.json("roles", "list")] == ["Admin", "Op", "User", "Viewer"]
        shell.run("roles", "create", "team", "other")
        assert "already" in shell.fails("roles", "create", "team")
        assert "already" in shell.fails("roles", "create", "Viewer")
        shell.run(
            "roles", "add-perms", "team", "-a", "can_read", "-a", "can_edit", "-r", "DAG:mine", "-r", "Pools"
        )
        assert "no action 'can_fly'" in shell.fails(
            "roles", "add-perms", "team", "-a", "can_fly", "-r", "Pools"
        )
        assert "no resource" in shell.fails("roles", "add-perms", "team", "-a", "can_read", "-r", "Ponds")
        assert "standard role" in shell.fails("roles", "add-perms", "Viewer", "-a", "can_edit", "-r", "Pools")
        shell.run("roles", "del-perms", "team", "-a", "can_edit", "-r", "Pools")
        listed = [r for r in shell.json("roles", "list", "-p") if r["name"] == "team"]
        assert listed == [
            {"name": "team", "resource": "DAG:mine", "action": "can_edit,can_read"},
            {"name": "team", "resource": "Pools", "action": "can_read"},
        ]
        file = tmp_path / "roles.json"
        shell.run("roles", "export", str(file), "--pretty")
        shell.run("roles", "delete", "team")
        assert "no role 'team'" in shell.fails("roles", "delete", "team")
        shell.run("roles", "import", str(file))
        assert [r for r in shell.json("roles", "list", "-p") if r["name"] == "team"] == listed

    def test_what_is_done_stands_in_the_audit_log(self, shell: Shell) -> None:
        shell.run("roles", "create", "team")
        assert shell.run("audit", "verify").startswith("1 rows hold")


class TestDoctor:
    def test_security(self, shell: Shell) -> None:
        found = {f["about"]: f["level"] for f in shell.json("doctor", "security", status=1)}
        assert found["administrators"] == "fail"
        assert found["network"] == "pass"
        shell.run("users", "create", "-u", "ann", "-p", "long enough")
        found = {f["about"]: f["level"] for f in shell.json("doctor", "security")}
        assert set(found.values()) <= {"pass", "warn"}
        key = shell.home / "keys" / "token"
        key.parent.mkdir(exist_ok=True)
        key.write_text("k" * 40)
        key.chmod(0o644)
        assert "chmod" in shell.run("doctor", "security", status=1)

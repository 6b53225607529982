"""Every command that is done over the network, and on the server's machine, against the same data: the same words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ostro.cli import main as cli
from ostro.cli import remote
from ostro.logfiles import log_path
from ostro.spec import TaskSpec
from ostro.states import TaskState
from ostro.store import accounts, assets, engines, instances, runs, transitions
from ostro.store.clock import db_now
from ostro.timetable import CronTriggerTimetable, encode
from store import made
from store.made import NOW

from .conftest import Shell, task
from .servers import Both, both, out_there, server

__all__ = ["both", "out_there", "server"]

ROOT = get_command(cli.application())
DAILY = encode(CronTriggerTimetable("@daily", timezone="UTC"))
DATES = ("--dag-id", "daily", "--from-date", "2024-01-01", "--to-date", "2024-01-03")

#: Commands that change nothing: they print the same here and there.
LOOKS = [
    "dags list", "dags list --columns dag_id,tags", "dags details chain", "dags details daily", "dags list-runs chain",
    "dags state chain r", "dags state chain none", "dags list-import-errors", "dags list-jobs", "dags show-dependencies",
    "tasks list chain", "tasks list chain --tree", "tasks state chain a r", "tasks states-for-dag-run chain r",
    "tasks failed-deps chain b r", "tasks failed-deps chain a r", "tasks logs chain a r", "tasks logs chain a r2 -t 1",
    "assets list", "assets list --alias", "assets details --name data", "assets details --alias --name other",
    "pools list", "pools get default_pool", "connections list", "connections get c",
    "connections get c --show-values --hide-sensitive", "variables list --show-values --hide-sensitive", "variables get k",
    "users list", "roles list", "roles list --permission", "plugins", "jobs check", "jobs list",
]  # fmt: skip
#: Ways in which they end with status 1, on both sides.
REFUSALS = [
    "dags details none", "dags state none r", "dags next-execution none", "dags next-execution chain",
    "dags clear none --run-id r --yes", "dags pause none", "dags delete none --yes", "tasks list none",
    "tasks state chain none r", "tasks render chain a r", "tasks clear chain -t zzz --yes", "tasks logs none a r",
    "tasks logs chain a none", "tasks logs chain none r", "tasks logs chain a r --try-number 2", "pools get none",
    "pools delete none", "variables get none", "variables delete none", "connections get none", "connections delete none",
    "connections test none", "connections add c --conn-type http", "assets details --name none", "assets details",
    "assets materialize --name none", "backfill pause 999999", "backfill create --dag-id none --from-date 2024-01-01 --to-date 2024-01-02",
    "users delete -u none", "users reset-password none", "users add-role -u admin -r Admin",
    "users create -u admin", "roles create Admin", "roles delete none", "jobs drain", "jobs drain none",
    "jobs resume", "jobs drain e --local", "roles add-perms none -a can_read -r Pools",
]  # fmt: skip


@pytest.fixture
def filled(both: Both) -> Both:
    """A server with something of everything."""
    store = both.shell.store
    with store.read() as tx:
        there = accounts.find_user(tx, "ann") is not None
    if there:
        return both
    data = {"type": "asset", "name": "data", "uri": "s3://data", "group": "asset"}
    both.shell.dag(
        TaskSpec(task_id="a", operator="PythonOperator", outlets=(data,)),
        task("b", "a", owner="eve"),
        dag_id="chain",
        tags=("x", "y"),
        description="A chain [bold]",
    )
    both.shell.dag(task("t"), dag_id="daily", timetable=DAILY, max_active_runs=2, start_date=NOW.isoformat())
    runs = [both.shell.start("chain", run_id, logical_date=None).id for run_id in ("r", "r2")]
    with store.begin() as tx:
        rows = [row for row in instances.load_instances(tx, runs) if row.task_id == "a"]
        moves = [made.move(row.id, TaskState.NONE, TaskState.SCHEDULED) for row in rows]
        assert all(transitions.apply_moves(tx, moves, NOW))
        assets.record_event(tx, name="data", uri="s3://data", at=NOW, aliases=["other"])
    path = log_path(both.server.home / "logs", "chain", "r", "a", -1, 1)
    path.parent.mkdir(parents=True)
    path.write_text('{"timestamp": "2026-01-01T00:00:00Z", "level": "error", "event": "one [bold]"}\nplain\n')
    both.here("variables", "set", "k", "v", "--description", "d")
    both.here("connections", "add", "c", "--conn-uri", "http://me:swordfish@h:80/s?token=t")
    both.here("users", "create", "-u", "ann", "-p", "long enough", "-r", "Viewer", "-e", "a@b.c")
    both.here("roles", "create", "Crew")
    both.here("roles", "add-perms", "Crew", "-a", "can_read", "-r", "Pools")
    return both


@pytest.fixture
def alive(filled: Both) -> Both:
    """An engine has just given a sign of life."""
    with filled.shell.store.begin() as tx:
        now = db_now(tx)
        engines.register(
            tx,
            engines.EngineRecord(
                id="e1", kind="scheduler", hostname="h", pid=1, started_at=now, heartbeat_at=now
            ),
        )
    return filled


def _has_output(words: str) -> bool:
    command: Any = ROOT
    for word in words.split():
        command = getattr(command, "commands", {}).get(word, command)
    return any("--output" in p.opts for p in command.params)


@pytest.mark.parametrize(
    "words",
    [
        *LOOKS,
        *(f"{words} -o {o}" for words in LOOKS if _has_output(words) for o in ("json", "yaml", "plain")),
    ],
)
def test_it_looks_the_same(filled: Both, words: str) -> None:
    status = int(words == "jobs check")
    here = filled.here(*words.split(), status=status)
    said = filled.shell.errors
    there = filled.there(*words.split(), status=status)
    assert (there, filled.shell.errors) == (here, said)
    assert "swordfish" not in there


@pytest.mark.parametrize("words", REFUSALS)
def test_it_refuses_alike(filled: Both, words: str) -> None:
    for side in (filled.here, filled.there):
        assert side(*words.split(), status=1) == ""
        assert filled.shell.errors.startswith("ostro: ") and filled.shell.errors.count("\n") == 1


def test_deeds_from_afar(filled: Both, tmp_path: Path) -> None:
    there, here = filled.there, filled.here
    assert there("dags", "clear", "chain", "-r", "r2", "--yes") == "chain: 1 task instances cleared\n"
    assert here("tasks", "state", "chain", "a", "r") == "scheduled\n"
    assert there("tasks", "clear", "chain", "-t", "^a$", "--yes") == "chain: 1 task instances cleared\n"
    assert there("tasks", "clear", "chain", "--yes") == "chain: nothing to clear\n"
    assert here("tasks", "state", "chain", "a", "r2") == "none\n"
    there("dags", "clear", "chain", "--partition-key", "k", status=1)
    assert "--run-id" in filled.shell.errors
    for command in ("get", "export"):
        here("variables", "set", "inner", '{"password": "swordfish"}')
        there("variables", command, "inner" if command == "get" else str(tmp_path / "v.json"), status=1)
        assert "on its machine" in filled.shell.errors
    assert not (tmp_path / "v.json").exists()
    here("variables", "delete", "inner")
    (made,) = json.loads(there("assets", "materialize", "--uri", "s3://data", "-o", "json"))
    assert made["run_type"] == "asset_materialization"

    for command in ("pools", "variables"):
        file = tmp_path / f"{command}.json"
        there(command, "export", str(file))
        copy = tmp_path / "here.json"
        here(command, "export", str(copy))
        assert file.read_text() == copy.read_text()
        there(command, "import", str(file))
        here(command, "export", str(copy))
        assert file.read_text() == copy.read_text()

    there(
        "connections", "add", "far", "--conn-type", "http", "--conn-host", "h", "--conn-password", "swordfish"
    )
    assert "swordfish" in here("connections", "get", "far", "--show-values")
    assert "swordfish" not in there("connections", "get", "far", "--show-values")
    file = tmp_path / "c.json"
    file.write_text('{"far": "http://other"}')
    assert "already exists" in there("connections", "import", str(file))
    assert "Imported" in there("connections", "import", str(file), "--overwrite")
    assert "other" in here("connections", "get", "far")
    file.write_text('{"far": {"conn_type": "http", "host": "third", "extra": "[1]"}}')
    there("connections", "import", str(file), "--overwrite", status=1)
    assert "other" in here("connections", "get", "far")
    there("connections", "test", "far", status=1)
    assert "[core] test_connection" in filled.shell.errors
    there("connections", "delete", "far")
    here("connections", "get", "far", status=1)
    made_here = there("connections", "create-default-connections")
    assert "connections made: " in made_here
    assert there("connections", "create-default-connections") == "0 connections made\n"


def test_a_log_is_followed_until_its_try_is_over(filled: Both) -> None:
    wanted = "[2026-01-01T00:00:00Z] ERROR one [bold]\nINFO plain\n"
    assert filled.same("tasks", "logs", "chain", "a", "r") == wanted
    with filled.shell.store.begin() as tx:
        run = runs.find_run(tx, "chain", "r")
        assert run is not None
        (row,) = [row for row in instances.load_instances(tx, [run.id]) if row.task_id == "a"]
        moves = [
            made.start(row.id, "followed-1", row.state),
            made.move(row.id, TaskState.RUNNING, TaskState.SUCCESS, end_date=NOW),
        ]
        for move in moves:
            assert all(transitions.apply_moves(tx, [move], NOW))
    assert filled.same("tasks", "logs", "chain", "a", "r", "--follow") == wanted


def test_backfills_from_afar(filled: Both) -> None:
    rows = json.loads(filled.there("backfill", "create", *DATES, "--dry-run", "-o", "json"))
    assert [row["logical_date"][:10] for row in rows] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    told = "Dates before the start_date of daily"
    assert told in filled.shell.errors
    filled.there("backfill", "create", *DATES, "--unpause")
    assert told in filled.shell.errors
    (row,) = json.loads(filled.there("backfill", "list", "--dag-id", "daily", "-o", "json"))
    (same,) = json.loads(filled.here("backfill", "list", "--dag-id", "daily", "-o", "json"))
    assert row == {name: same[name] for name in row}
    number = str(row["id"])
    for deed in ("pause", "unpause"):
        assert filled.there("backfill", deed, number) == f"Backfill {number} of daily is {deed}d.\n"
    assert "is cancelled" in filled.there("backfill", "cancel", number)
    filled.there("backfill", "list", status=1)
    filled.there("backfill", "create", *DATES, "--wait", status=1)


def test_people_from_afar(filled: Both, tmp_path: Path) -> None:
    there, here = filled.there, filled.here
    assert there("users", "create", "-u", "bob", "-p", "long enough", "-r", "Op", "-f", "Bob") == (
        "User bob with the role Op made\n"
    )
    assert "password: " in there("users", "reset-password", "bob")
    there("users", "add-role", "-u", "bob", "-r", "Crew")
    there("users", "remove-role", "-u", "bob", "-r", "op")
    there("users", "disable", "-u", "bob")
    (row,) = [u for u in json.loads(here("users", "list", "-o", "json")) if u["username"] == "bob"]
    assert (row["roles"], row["active"], row["full_name"]) == ("Crew", False, "Bob")
    there("users", "enable", "-u", "bob")
    there("users", "delete", "-u", "bob")
    there("roles", "create", "Far")
    args = ("Far", "-a", "can_read", "-a", "can_edit", "-r", "Pools")
    assert there("roles", "add-perms", *args) == "Far: Pools.can_edit added\nFar: Pools.can_read added\n"
    assert there("roles", "add-perms", *args) == ""
    assert (
        there("roles", "del-perms", "Far", "-a", "can_edit", "-r", "Pools") == "Far: Pools.can_edit removed\n"
    )
    assert "Far" in here("roles", "list", "--permission")
    for side in (there, here):
        side("roles", "export", str(tmp_path / "roles.json"))
        assert '"Far"' in (tmp_path / "roles.json").read_text()
    there("roles", "delete", "Far")
    assert "Far" not in here("roles", "list")


def test_an_engine_lives(alive: Both) -> None:
    assert alive.same("jobs", "check") == "Found one alive job.\n"
    assert json.loads(alive.same("jobs", "list", "-o", "json"))[0]["drain"] is None
    assert alive.there("jobs", "drain", "e1") == "e1 is told to drain\n"
    alive.there("jobs", "drain", "h", "--wait", "--timeout", "0", status=1)
    assert "not drained after 0 s" in alive.shell.errors
    with alive.shell.store.begin() as tx:
        assert engines.beat(tx, "e1", db_now(tx))
    assert alive.there("jobs", "drain", "--wait") == "e1 is drained: it may be stopped\n"
    assert alive.there("jobs", "resume") == "e1 starts tasks\n"
    assert json.loads(alive.here("jobs", "list", "-o", "json"))[0]["drain"] is None
    assert '"SchedulerJob"' in alive.same("dags", "list-jobs", "-o", "json")


def test_facts_of_the_server(filled: Both) -> None:
    from ostro import __version__

    assert filled.there("version") == f"{__version__}\n"
    assert "package_name" in filled.there("providers", "list", "-o", "plain")
    # `[api] expose_config` is off: the server's sentence.
    for words in ("config list", "config get-value core parallelism"):
        filled.there(*words.split(), status=1)
        assert filled.shell.errors.count("\n") == 1
    filled.there("dags", "list", "--local", status=1)
    filled.there("dags", "list-import-errors", "--local", status=1)


def test_every_word_is_compared() -> None:
    text = Path(__file__).read_text() + Path(__file__).with_name("test_remote.py").read_text()
    quoted = text.replace('", "', " ")
    missing = [w for w in remote.WORDS if w not in quoted and not any(v.startswith(w) for v in LOOKS)]
    loops = {
        "pools export",
        "pools import",
        "variables export",
        "variables import",
        "backfill pause",
        "backfill unpause",
    }
    assert set(missing) <= loops


def test_a_word_of_no_group_names_the_groups(shell: Shell) -> None:
    shell.run("--server", "https://nowhere", "db", "migrate", status=2)
    assert "commands of assets, backfill" in shell.errors
    shell.run("--server", "https://nowhere", "tasks", "test", "d", "t", status=2)
    assert "tasks clear, tasks failed-deps" in shell.errors

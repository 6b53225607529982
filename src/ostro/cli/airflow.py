"""`airflow`: the words of Airflow 1.10, 2 and 3 for scripts that were written for it; all of it is done by `ostro`.

Each old command is turned into today's words, and refused in the sentence of `ostro.cli.elsewhere` where there is none.
It comes with Ostro under Airflow's name and so never beside a real Airflow: `main` refuses to start there, as `ostro` does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ostro import AIRFLOW_VERSION
from ostro.cli.main import main as ostro_main

#: Words at the beginning, and those that take their place; the longest that fit count.
ALIASES: dict[tuple[str, ...], tuple[str, ...]] = {
    # 2.x
    ("webserver",): ("api-server",),
    ("db", "init"): ("db", "migrate"),
    ("db", "upgrade"): ("db", "migrate"),
    # 1.10
    ("initdb",): ("db", "migrate"),
    ("upgradedb",): ("db", "migrate"),
    ("resetdb",): ("db", "reset"),
    ("checkdb",): ("db", "check"),
    ("shell",): ("db", "shell"),
    ("list_dags",): ("dags", "list"),
    ("list_dag_runs",): ("dags", "list-runs"),
    ("dag_state",): ("dags", "state"),
    ("show_dag",): ("dags", "show"),
    ("trigger_dag",): ("dags", "trigger"),
    ("delete_dag",): ("dags", "delete"),
    ("next_execution",): ("dags", "next-execution"),
    ("backfill",): ("dags", "backfill"),
    ("pause",): ("dags", "pause"),
    ("unpause",): ("dags", "unpause"),
    ("list_tasks",): ("tasks", "list"),
    ("task_state",): ("tasks", "state"),
    ("task_failed_deps",): ("tasks", "failed-deps"),
    ("render",): ("tasks", "render"),
    ("test",): ("tasks", "test"),
    ("clear",): ("tasks", "clear"),
    ("run",): ("tasks", "run"),
    ("pool",): ("pools",),
    ("create_user",): ("users", "create"),
    ("delete_user",): ("users", "delete"),
    ("list_users",): ("users", "list"),
    ("sync_perm",): ("sync-perm",),
    ("rotate_fernet_key",): ("rotate-fernet-key",),
    ("worker",): ("celery", "worker"),
    ("flower",): ("celery", "flower"),
}
#: Commands of 1.10 whose deed was an option: group, option, command; what follows are its arguments.
DEEDS: dict[str, dict[str, str]] = {
    "variables": {
        "-g": "get", "--get": "get", "-s": "set", "--set": "set", "-x": "delete", "--delete": "delete",
        "-i": "import", "--import": "import", "-e": "export", "--export": "export",
    },
    "connections": {
        "-l": "list", "--list": "list", "-a": "add", "--add": "add", "-d": "delete", "--delete": "delete",
    },
    "pools": {
        "-g": "get", "--get": "get", "-s": "set", "--set": "set", "-x": "delete", "--delete": "delete",
        "-i": "import", "--import": "import", "-e": "export", "--export": "export",
    },
}  # fmt: skip
#: Names of options of 1.10 by command.
OPTIONS: dict[str, dict[str, str]] = {
    "connections": {
        "--conn_uri": "--conn-uri", "--conn_type": "--conn-type", "--conn_host": "--conn-host",
        "--conn_login": "--conn-login", "--conn_password": "--conn-password", "--conn_schema": "--conn-schema",
        "--conn_port": "--conn-port", "--conn_extra": "--conn-extra",
    },
    "dags": {"--exec_date": "--exec-date", "--run_id": "--run-id"},
    "tasks": {"--task_regex": "--task-regex", "--start_date": "--start-date", "--end_date": "--end-date"},
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command of Airflow; returns the exit status."""
    # Scripts compare what `airflow version` prints with releases of Airflow.
    args = translated(list(sys.argv[1:] if argv is None else argv))
    return ostro_main(args, name="airflow", version=AIRFLOW_VERSION)


def translated(args: Sequence[str]) -> list[str]:
    """The words of `ostro` for those of any Airflow."""
    for length in (2, 1):
        found = ALIASES.get(tuple(args[:length]))
        if found is not None:
            args = [*found, *args[length:]]
            break
    group = args[0] if args else ""
    if group in DEEDS and len(args) > 1 and args[1] in DEEDS[group]:
        args = [group, DEEDS[group][args[1]], *args[2:]]
        args = _named(args) if group == "connections" else args
    names = OPTIONS.get(group, {})
    return [_renamed(arg, names) for arg in args]


def _named(args: Sequence[str]) -> list[str]:
    """The connection's id, an option in 1.10, in its place."""
    args = list(args)
    for option in ("--conn_id", "--conn-id"):
        if option in args and args.index(option) + 1 < len(args):
            at = args.index(option)
            return [*args[:2], args[at + 1], *args[2:at], *args[at + 2 :]]
    return args


def _renamed(arg: str, names: dict[str, str]) -> str:
    name, equals, value = arg.partition("=")
    return names[name] + equals + value if name in names else arg


if __name__ == "__main__":
    sys.exit(main())

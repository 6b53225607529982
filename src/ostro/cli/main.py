"""`ostro`: finds the command that is meant and loads only that.

Errors for people (`OstroError`) are one sentence on stderr and exit status 1, never a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING

import ostro
from ostro.cli import elsewhere, remote

if TYPE_CHECKING:
    import typer

#: Command or group, its module, what it is. A module has `app` (a group), or `command` (one command).
GROUPS: dict[str, tuple[str, str]] = {
    "standalone": ("standalone", "Run everything: scheduler, workers, web page."),
    "scheduler": ("scheduler", "Run the engine alone."),
    "api-server": ("api_server", "Run the web page and the REST API alone."),
    "dags": ("dags", "DAGs: list, trigger, pause, test …"),
    "backfill": ("backfill", "Backfills: make up for runs of a time that has passed."),
    "partitions": ("partitions", "Partitions of runs: clear."),
    "assets": ("assets", "Assets: list, details, materialize."),
    "tasks": ("tasks", "Task instances: state, test, clear …"),
    "connections": ("connections", "Connections to other systems."),
    "variables": ("variables", "Variables."),
    "pools": ("pools", "Pools."),
    "providers": ("providers", "Packages of operators and hooks: install, list, what they bring."),
    "state-store": ("state_store", "What tasks keep between their tries: clean."),
    "users": ("users", "People who may sign in."),
    "roles": ("roles", "What people may do, role by role."),
    "audit": ("audit", "The log of what people did: verify."),
    "doctor": ("doctor", "Whether the installation is set up well: security."),
    "db": ("db", "The database: migrate, check, clean, reset, shell."),
    "rotate-fernet-key": ("rotate_fernet_key", "Encrypt all secrets with the newest key."),
    "config": ("config", "Settings: list, get-value, lint."),
    "login": ("login", "Sign in at a server elsewhere, for ostro --server."),
    "logout": ("logout", "Forget the login at a server elsewhere."),
    "jobs": ("jobs", "Processes of the installation: check, list, drain, resume."),
    "cheat-sheet": ("cheat_sheet", "All commands on one page."),
    "plugins": ("plugins", "Plugins of the installation."),
    "info": ("info", "What is installed and how it is set up."),
}
#: Distributions whose `airflow` package would stand in the way of ours.
RIVALS = ("apache-airflow", "apache-airflow-core")


#: What `ostro version` prints.
VERSION = f"{ostro.__version__} (Airflow {ostro.AIRFLOW_VERSION})"


def main(argv: Sequence[str] | None = None, *, name: str = "ostro", version: str = VERSION) -> int:
    """Run the command line; returns the exit status. `name`, `version`: what the command calls itself and its version."""
    args = list(sys.argv[1:] if argv is None else argv)
    rival = _rival()
    if rival is not None:
        print(
            f"{name}: {rival} is installed in this environment and has the same import name (airflow); use an environment "
            f"of its own for Ostro, or: pip uninstall {rival}, then pip install --force-reinstall --no-deps ostro",
            file=sys.stderr,
        )
        return 1
    server, args = remote.split(args, os.environ.get("OSTRO_SERVER"))
    if args[:1] == ["--version"] or (args[:1] == ["version"] and server is None):
        print(version)
        return 0
    already = elsewhere.done(args)
    if already is not None:
        print(f"{name}: {already}", file=sys.stderr)
        return 0
    instead = elsewhere.sentence(args) or (remote.refusal(args) if server else None)
    if instead is not None:
        print(f"{name}: {instead}", file=sys.stderr)
        return 2
    before = remote.SERVER.set(server)
    try:
        return _run(args, name)
    finally:
        remote.SERVER.reset(before)


def application(only: str | None = None) -> typer.Typer:
    """All commands, or those of one name in `GROUPS`."""
    import typer

    app = typer.Typer(
        name="ostro",
        help="Runs Apache Airflow DAG files on an engine of its own.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.command("version", help="Show the version, and that of Airflow whose words it has.")(_version)
    for name, (module_name, text) in GROUPS.items():
        if only in (None, name):
            module = import_module(f"ostro.cli.{module_name}")
            if hasattr(module, "app"):
                app.add_typer(module.app, name=name, help=text)
            else:
                app.command(name, help=text)(module.command)
    return app


def _version() -> None:
    from ostro.cli.context import Context

    there = Context().remote
    if there is None:
        print(VERSION)
        return
    from ostro.cli.remote import facts

    print(facts.version(there))


def _run(args: list[str], name: str) -> int:
    from ostro.errors import OstroError

    app = application(args[0] if args and args[0] in GROUPS else None)
    try:
        app(args=args, prog_name=name)
    except OstroError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough. What is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _rival() -> str | None:
    for name in RIVALS:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        # A placeholder has no files; see ostro.cli.placeholders.
        if not str(getattr(found, "version", "")).endswith("+ostro"):
            return name
    return None


if __name__ == "__main__":
    sys.exit(main())

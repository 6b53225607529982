"""`ostro providers`: packages of operators and hooks that others publish for Airflow."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ostro.cli import placeholders
from ostro.cli.context import Context
from ostro.cli.output import ColorOption, Output, OutputOption, VerboseOption, show, show_one
from ostro.cli.remote import facts
from ostro.errors import BadRequest, NotAllowed, NotFound, UserError

app = typer.Typer(no_args_is_help=True)

PREFIX = "apache-airflow-providers-"
#: A name with optional extras, and an optional version: slack, common.sql, slack[http]==8.6.0.
_WANTED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*([<>=!~].*)?")


@app.command("install")
def install(
    names: Annotated[
        list[str],
        typer.Argument(help="Providers: slack, common-sql, slack[http]==8.6.0 …", show_default=False),
    ],
    upgrade: Annotated[bool, typer.Option("--upgrade", "-U", help="Take newer versions.")] = False,
    constraint: Annotated[
        list[str] | None,
        typer.Option("--constraint", "-c", help="Constraints file of pip.", show_default=False),
    ] = None,
) -> None:
    """Install provider packages and what they need, without Airflow itself."""
    wanted = [requirement(name) for name in names]
    own = [name for name in wanted if re.match(rf"{PREFIX}standard\b", name)]
    if own:
        print("The standard provider is part of Ostro.")
    options = [
        *(["--upgrade"] if upgrade else ()),
        *(w for c in constraint or () for w in ("--constraint", c)),
    ]
    _pip_install([name for name in wanted if name not in own], options)
    importlib.invalidate_caches()
    rows = [_row(name, info) for name, info in _providers().items()]
    show(rows, Output.TABLE, ["package_name", "version"])


@app.command("prepare")
def prepare() -> None:
    """Make this environment ready for provider packages: after it `pip install apache-airflow-providers-…` works, too."""
    _pip_install([], [])
    print("pip may install provider packages here; it takes Airflow itself for installed.")


@app.command("list")
def list_providers(output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """List the provider packages that are installed."""
    there = Context().remote
    if there is not None:
        show(facts.providers(there), output, ("package_name", "version", "description"))
        return
    show([_row(name, info) for name, info in _providers().items()], output)


@app.command("get")
def get(
    provider: str,
    full: Annotated[bool, typer.Option("--full", "-f", help="All that it says of itself.")] = False,
    color: ColorOption = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Show one provider package."""
    name = re.split(r"[\[<>=!~]", requirement(provider))[0]
    found = _providers().get(name)
    if found is None:
        raise NotFound(
            f"the provider package {name} is not installed; run: ostro providers install {provider}"
        )
    show_one(found.data if full else _row(name, found), output)


#: What providers bring: command, key of what they say of themselves, its columns by field, what it is.
BRINGS: dict[str, tuple[str, dict[str, str], str]] = {
    "links": ("extra-links", {"extra_link_class_name": ""}, "links of operators"),
    "hooks": (
        "connection-types",
        {"connection_type": "connection-type", "class": "hook-class-name", "hook_name": "hook-name"},
        "hooks, by type of connection",
    ),
    "widgets": (
        "connection-types",
        {"connection_type": "connection-type", "class": "hook-class-name", "fields": "conn-fields"},
        "fields of their own that connections have",
    ),
    "behaviours": (
        "connection-types",
        {"connection_type": "connection-type", "field_behaviours": "ui-field-behaviour"},
        "what forms of connections hide and rename",
    ),
    "triggers": (
        "triggers",
        {"integration_name": "integration-name", "modules": "python-modules"},
        "modules with triggers",
    ),
    "logging": (
        "logging",
        {"class_name": ""},
        "handlers of logs; Ostro keeps logs itself and uses none of them",
    ),
    "secrets": ("secrets-backends", {"class_name": ""}, "secrets backends, for [secrets] backend"),
    "executors": ("executors", {"class_name": ""}, "executors; Ostro has its own and uses none of them"),
    "queues": ("queues", {"class_name": ""}, "message queues, for MessageQueueTrigger"),
    "notifications": ("notifications", {"class_name": ""}, "notifiers"),
    "auth-managers": (
        "auth-managers",
        {"class_name": ""},
        "auth managers; Ostro has its own and uses none of them",
    ),
}
#: Columns that a row must have something in to be shown.
_TELLING = {"widgets": "fields", "behaviours": "field_behaviours"}


def _add_listing(name: str) -> None:
    key, columns, words = BRINGS[name]

    def listing(output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
        rows = [
            {"package_name": package, **{column: _field(entry, field) for column, field in columns.items()}}
            for package, info in _providers().items()
            for entry in info.data.get(key) or ()
        ]
        telling = _TELLING.get(name)
        show([r for r in rows if telling is None or r[telling]], output, ["package_name", *columns])

    app.command(name, help=f"List what the installed providers bring: {words}.")(listing)


for _name in BRINGS:
    _add_listing(_name)


@app.command("configs")
def configs(output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """List the sections of settings that the installed providers read."""
    rows = [
        {"package_name": package, "sections": ", ".join(info.data["config"])}
        for package, info in _providers().items()
        if info.data.get("config")
    ]
    show(rows, output, ["package_name", "sections"])


def _field(entry: Any, field: str) -> Any:
    """A field of an entry; entries are objects, or class paths alone."""
    if not field:
        return entry if isinstance(entry, str) else entry.get("name") or entry.get("class-name") or entry
    return entry.get(field) if isinstance(entry, dict) else None


def requirement(name: str) -> str:
    """The requirement that a short name stands for. Raises BadRequest."""
    match = _WANTED.fullmatch(name.strip())
    if match is None:
        raise BadRequest(
            f"{name!r} is no name of a provider; write for example: ostro providers install slack"
        )
    base, extras, version = match.groups()
    base = re.sub(r"[._-]+", "-", base).lower()
    # Packages of others, airflow-provider-…, are published under their own names.
    if not base.startswith((PREFIX, "airflow-provider-")):
        base = PREFIX + base
    return f"{base}{extras or ''}{(version or '').replace(' ', '')}"


def _providers() -> dict[str, Any]:
    from ostro.sdk.providers import ProvidersManager

    return ProvidersManager().providers


def _row(name: str, info: Any) -> dict[str, Any]:
    description = str(info.data.get("description") or "").strip()
    return {
        "package_name": name,
        "version": info.version,
        "description": re.sub(r"`([^`<]*?)\s*<[^>]*>`_*", r"\1", description).splitlines()[0]
        if description
        else "",
        "connection_types": ", ".join(c["connection-type"] for c in info.data.get("connection-types") or ()),
        "task_decorators": ", ".join(d["name"] for d in info.data.get("task-decorators") or ()),
    }


def _pip_install(wanted: Sequence[str], options: Sequence[str]) -> None:
    """Install with the placeholders that are missing, all in one go, so that versions fit together."""
    rivals = placeholders.real()
    if rivals:
        raise NotAllowed(
            f"Airflow itself is installed in this environment ({', '.join(rivals)}), with the same import names as Ostro; "
            "make a new environment for Ostro"
        )
    with tempfile.TemporaryDirectory(prefix="ostro-placeholders") as folder:
        wheels = [str(path) for path in placeholders.build(Path(folder), placeholders.missing())]
        if not wheels and not wanted:
            return
        done = subprocess.run([*_installer(), *options, *wheels, *wanted], check=False)
    if done.returncode:
        raise UserError(
            f"pip could not install {', '.join(wanted) or 'the placeholders'}; its words are above"
        )


def _installer() -> list[str]:
    """pip of this environment, or uv where an environment has no pip."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise UserError(f"{sys.prefix} has no pip and there is no uv; install one of them")
    return [uv, "pip", "install", "--quiet", "--python", sys.executable]

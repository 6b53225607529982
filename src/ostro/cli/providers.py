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
from ostro.cli.output import Output, OutputOption, VerboseOption, show, show_one
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
    show([_row(name, info) for name, info in _providers().items()], output)


@app.command("get")
def get(
    provider: str,
    full: Annotated[bool, typer.Option("--full", "-f", help="All that it says of itself.")] = False,
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

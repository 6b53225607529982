"""`ostro scheduler`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.output import VerboseOption


def command(
    dags: Annotated[Path | None, typer.Option("--dags", "-S", help="Folder with the DAG files.")] = None,
    database_url: Annotated[str | None, typer.Option("--database-url", help="Where the database is.")] = None,
    unpause_new: Annotated[bool, typer.Option("--unpause-new", help="New DAGs start unpaused.")] = False,
    skip_serve_logs: Annotated[bool, typer.Option("--skip-serve-logs", hidden=True)] = False,
    dev: Annotated[bool, typer.Option("--dev", hidden=True)] = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the engine until Ctrl-C: it parses DAG files, schedules runs and executes tasks."""
    overrides = {
        "core.dags_folder": None if dags is None else str(dags.absolute()),
        "database.url": database_url,
    }
    settings = Context(overrides, starts=True).settings
    from ostro.assembly import engine

    settings.home.ensure()
    raise typer.Exit(
        engine.run(settings, unpause_new, lambda _facts: print("The engine is ready.", flush=True))
    )

"""`ostro standalone`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ostro.cli.context import Context


def command(
    dags: Annotated[Path | None, typer.Option("--dags", help="Folder with the DAG files.")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address of the web page.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of the web page.", show_default="8080")] = None,
    database_url: Annotated[
        str | None, typer.Option("--database-url", help="postgresql://… in place of the SQLite file.")
    ] = None,
    unpause_new: Annotated[bool, typer.Option("--unpause-new", help="New DAGs start unpaused.")] = False,
) -> None:
    """Run everything until Ctrl-C: scheduler, workers, web page."""
    overrides = {
        "core.dags_folder": None if dags is None else str(dags.absolute()),
        "api.host": host,
        "api.port": None if port is None else str(port),
        "database.url": database_url,
    }
    context = Context(overrides, starts=True)
    # Wrong settings are refused here, in good time.
    _ = context.settings
    start = json.dumps({"overrides": context.overrides, "unpause_new": unpause_new})
    sys.stdout.flush()
    # The same process goes on, a third of the size: it lives as long as the installation.
    os.execv(sys.executable, [sys.executable, "-m", "ostro.cli.supervise", start])

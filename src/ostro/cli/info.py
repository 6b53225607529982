"""`ostro info`: what is installed and how it is set up, without secrets."""

from __future__ import annotations

import platform
import sys
from typing import Annotated

import typer

import ostro
from ostro.cli.context import Context
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.errors import StoreError
from ostro.settings import OPTIONS


def command(
    output: OutputOption = Output.PLAIN,
    all_settings: Annotated[bool, typer.Option("--all", help="Also settings at their defaults.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Version, paths, database and settings that differ from the defaults."""
    context = Context()
    settings = context.settings
    rows = [
        ("ostro", "version", ostro.__version__),
        ("ostro", "home", settings.home.path),
        ("ostro", "dags_folder", settings.core.dags_folder),
        ("ostro", "logs", settings.logging.base_log_folder),
        ("system", "python", f"{platform.python_version()} ({sys.executable})"),
        ("system", "platform", platform.platform()),
        *_database(context),
    ]
    for section, options in OPTIONS.items():
        for option in options:
            origin = settings.origins.get(option.name)
            if all_settings or origin is not None:
                rows.append((section, option.key, settings.shown(option)))
    rows += [("warning", "", text) for text in settings.warnings]
    show([{"group": g, "key": k, "value": str(v)} for g, k, v in rows], output)


def _database(context: Context) -> list[tuple[str, str, object]]:
    from ostro.assembly import parts

    store = parts.make_store(context.settings)
    try:
        store.check()
        state = "ready"
    except StoreError as error:
        state = str(error)
    found: list[tuple[str, str, object]] = [("database", "url", store.url), ("database", "state", state)]
    store.dispose()
    return found

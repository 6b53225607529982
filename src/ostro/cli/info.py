"""`ostro info`: what is installed and how it is set up, without secrets."""

from __future__ import annotations

import platform
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

import ostro
from ostro.cli.context import Context
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.errors import StoreError
from ostro.settings import OPTIONS, Settings


def command(
    output: OutputOption = Output.PLAIN,
    all_settings: Annotated[bool, typer.Option("--all", help="Also settings at their defaults.")] = False,
    anonymize: Annotated[
        bool, typer.Option("--anonymize", help="Without names of people, machines and folders.")
    ] = False,
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
    hide = _anonymous(settings) if anonymize else str
    show([{"group": g, "key": k, "value": hide(str(v))} for g, k, v in rows], output)


def _anonymous(settings: Settings) -> Callable[[str], str]:
    """Takes out of a text what tells who runs this and where."""
    names = {
        str(settings.home.path): "${OSTRO_HOME}",
        str(Path.home()): "${HOME}",
        socket.gethostname(): "${HOST}",
    }

    def hide(text: str) -> str:
        for name, mark in names.items():
            text = text.replace(name, mark)
        return re.sub(r"//[^/@\s]*@", "//...@", text)

    return hide


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

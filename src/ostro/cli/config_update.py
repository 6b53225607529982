"""`ostro config update`: settings under Airflow's names brought over to ostro.cfg, under their own."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.output import VerboseOption
from ostro.errors import UserError
from ostro.settings import Option, Settings

Names = list[str] | None
#: A section, an option, a text.
Line = tuple[str, str, str]


def command(
    section: Annotated[Names, typer.Option("--section", help="Only of this section.")] = None,
    option: Annotated[Names, typer.Option("--option", help="Only of this option.")] = None,
    ignore_section: Annotated[Names, typer.Option("--ignore-section", help="Not of this section.")] = None,
    ignore_option: Annotated[Names, typer.Option("--ignore-option", help="Not of this option.")] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write them into ostro.cfg; the old file is kept as ostro.cfg.bak.")
    ] = False,
    all_recommendations: Annotated[
        bool,
        typer.Option(
            "--all-recommendations", help="Variables of the environment, too; they are never changed."
        ),
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Say which settings come from airflow.cfg, and what they are called here; nothing is written without --fix."""
    settings = Context().settings
    lines: list[Line] = []
    for one, origin in settings.of_airflow():
        wanted = (not section or one.section in section) and (not option or one.key in option)
        if not wanted or one.section in (ignore_section or ()) or one.key in (ignore_option or ()):
            continue
        if origin.startswith("AIRFLOW__"):
            if all_recommendations:
                print(f"- {origin}: may be called {one.variable}")
        elif _is_for_hands(settings, one, origin):
            print(f"- {origin}: bring it over by hand, as [{one.section}] {one.key}")
        else:
            print(f"- {origin} -> [{one.section}] {one.key} = {settings.shown(one)}")
            lines.append((one.section, one.key, settings.text(one)))
    path = settings.home.config_file
    if not lines:
        print("No updates needed.")
    elif fix:
        settings.home.ensure()
        _write(path, lines)
        print(f"{len(lines)} settings written to {path}")
    else:
        print(f"{len(lines)} settings can be written to {path}: ostro config update --fix")


def _is_for_hands(settings: Settings, option: Option, origin: str) -> bool:
    """A command stays a command, and a text with $ would be read as one with variables."""
    return origin.endswith("_cmd") or "$" in settings.text(option) or "\n" in settings.text(option)


def _write(path: Path, lines: Sequence[Line]) -> None:
    """Put lines into their sections, all else as it was. Raises UserError when the file cannot be written."""
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if before:
            _replace(path.with_name(f"{path.name}.bak"), before)
        _replace(path, with_lines(before, lines))
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None


def with_lines(text: str, lines: Sequence[Line]) -> str:
    """The text of an ini file with more options, each at the head of its section."""
    for section, key, value in reversed(lines):
        line = f"{key} = {value}\n"
        head = re.search(rf"(?mi)^\[{re.escape(section)}\][^\n]*(\n|\Z)", text)
        if head is None:
            text = f"{text.rstrip()}\n\n[{section}]\n{line}".lstrip()
        else:
            end = "" if head.group(1) else "\n"
            text = text[: head.end()] + end + line + text[head.end() :]
    return text


def _replace(path: Path, text: str) -> None:
    # mkstemp makes it 0600: there may be secrets in it. Nobody ever sees half of it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(name, path)

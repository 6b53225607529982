"""`ostro cheat-sheet`: all commands, a line each."""

from __future__ import annotations

from typing import Any

from ostro.cli.output import VerboseOption


def command(verbose: VerboseOption = False) -> None:
    """Print all commands with what they do, one a line."""
    from typer.main import get_command

    from ostro.cli.main import application

    lines: list[tuple[str, str]] = []
    _collect("ostro", get_command(application()), lines)
    width = max(len(path) for path, _ in lines)
    for path, text in lines:
        print(f"{path.ljust(width)} | {text}")


def _collect(path: str, command: Any, lines: list[tuple[str, str]]) -> None:
    members = getattr(command, "commands", None)
    if members is None:
        lines.append((path, command.get_short_help_str(limit=100)))
        return
    for name, member in members.items():
        if not member.hidden:
            _collect(f"{path} {name}", member, lines)

"""`python -m ostro.cli.describe` prints docs/reference/cli.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from ostro.cli.main import application

HEAD = """\
# Command line

Generated from the commands; `python -m ostro.cli.describe` writes it. `ostro COMMAND --help` shows the same.
"""


def reference_page() -> str:
    """Text of docs/reference/cli.md."""
    parts = [HEAD]
    for name, command in get_command(application()).commands.items():  # type: ignore[attr-defined]
        if command.hidden:
            continue
        members = getattr(command, "commands", None)
        if members is None:
            parts.append("\n".join(_command(f"ostro {name}", command, "##")))
            continue
        parts.append(f"## ostro {name}\n\n{_text(command.help)}\n")
        for verb, member in members.items():
            if not member.hidden:
                parts.append("\n".join(_command(f"ostro {name} {verb}", member, "###")))
    return "\n".join(parts)


def _command(path: str, command: Any, level: str) -> Iterator[str]:
    shown = [p for p in command.params if not getattr(p, "hidden", False) and p.name != "help"]
    arguments = [p for p in shown if p.param_type_name == "argument"]
    options = [p for p in shown if p.param_type_name == "option"]
    usage = [path, *("[options]" for _ in options[:1]), *map(_argument, arguments)]
    yield f"{level} {path}\n"
    yield f"{_text(command.help)}\n"
    yield f"`{' '.join(usage)}`\n"
    rows = [(f"`{_argument(a)}`", a) for a in arguments] + [(_names(o), o) for o in options]
    if rows:
        yield "| | |\n|---|---|"
        yield from (f"| {name} | {_meaning(p)} |" for name, p in rows)
        yield ""


def _argument(argument: Any) -> str:
    name = argument.name.upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _names(option: Any) -> str:
    return ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])


def _meaning(parameter: Any) -> str:
    words = [_text(getattr(parameter, "help", None))]
    default = parameter.default
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        words.append(f"Default: `{default}`.")
    if parameter.param_type_name == "option" and parameter.required:
        words.append("Must be given.")
    return " ".join(w for w in words if w).replace("|", "\\|")


def _text(help_: str | None) -> str:
    return " ".join((help_ or "").split())


if __name__ == "__main__":
    sys.stdout.write(reference_page())

"""Tables for people, JSON and YAML for programs, plain text for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer


class Output(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    PLAIN = "plain"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]
#: Accepted everywhere, as by Airflow; there is nothing more to say than is said anyway.
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", hidden=True)]
#: The same; nothing is coloured that is not for a terminal.
ColorOption = Annotated[str | None, typer.Option("--color", hidden=True)]

#: Columns of a table that does not go to a terminal.
WIDE = 10_000


def show(rows: Sequence[Mapping[str, Any]], output: Output, columns: Sequence[str] | None = None) -> None:
    """Print rows. `columns`: which, in this order; all of the first row when None."""
    names = list(columns or (rows[0] if rows else ()))
    picked = [{name: row.get(name) for name in names} for row in rows]
    if output is Output.JSON:
        print(json.dumps([_plain(row) for row in picked], indent=None if not sys.stdout.isatty() else 2))
    elif output is Output.YAML:
        import yaml

        print(yaml.safe_dump([_plain(row) for row in picked], sort_keys=False, allow_unicode=True), end="")
    elif output is Output.PLAIN:
        _show_plain(names, picked)
    else:
        _show_table(names, picked)


def show_one(record: Mapping[str, Any], output: Output) -> None:
    """Print the fields of one thing: one row for programs, one line per field for people."""
    if output in (Output.JSON, Output.YAML):
        show([record], output)
    else:
        show([{"property_name": k, "property_value": v} for k, v in record.items()], output)


def text(value: Any) -> str:
    """A value in one cell."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(_plain(value))
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _show_plain(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    cells = [list(names), *[[text(row[name]) for name in names] for row in rows]]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    for line in cells:
        print(" ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _show_table(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.box import ASCII_DOUBLE_HEAD
    from rich.console import Console
    from rich.table import Table

    if not rows:
        print("No data found")
        return
    table = Table(box=ASCII_DOUBLE_HEAD, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*[_escaped(row[name]) for name in names])
    terminal = sys.stdout.isatty()
    Console(width=None if terminal else WIDE, highlight=False).print(table)


def _escaped(value: Any) -> str:
    from rich.markup import escape

    return escape(text(value))

"""`ostro variables`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.files import read_json_object, write
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.cli.remote import values as remote
from ostro.errors import BadRequest, NotAllowed, NotFound

app = typer.Typer(no_args_is_help=True)


class OnExisting(StrEnum):
    """What an import does with a key that exists."""

    OVERWRITE = "overwrite"
    FAIL = "fail"
    SKIP = "skip"


@app.command("list")
def list_variables(
    show_values: Annotated[bool, typer.Option("--show-values", help="With the values.")] = False,
    hide_sensitive: Annotated[
        bool, typer.Option("--hide-sensitive", help="Mask what its name says is a secret.")
    ] = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List all variables; values only when they are asked for."""
    from ostro.api.masking import shown
    from ostro.store import variables

    context = Context()
    if context.remote is not None:
        listed = remote.variables(context.remote)
        show(listed, output, ("key", "value", "description") if show_values else ("key",))
        return
    with context.store.read() as tx:
        if not show_values:
            show([{"key": key} for key in variables.keys(tx)], output, ("key",))
            return
        found = variables.list_all(tx, context.cipher)
    rows = [
        {
            "key": v.key,
            "value": shown(v.key, v.value, context.sensitive_names) if hide_sensitive else v.value,
            "description": v.description,
        }
        for v in found
    ]
    show(rows, output, ("key", "value", "description"))


@app.command("get")
def get(
    key: str,
    as_json: Annotated[bool, typer.Option("--json", "-j", help="The value is JSON.")] = False,
    default: Annotated[
        str | None, typer.Option("--default", "-d", help="Printed when there is no such variable.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Print the value of a variable."""
    from ostro.api.masking import is_masked
    from ostro.store import variables

    context = Context()
    if context.remote is not None:
        value = (remote.variable(context.remote, key) or {}).get("value")
        if value is not None and is_masked(value):
            raise NotAllowed(f"the server shows the value of {key!r} to nobody; run this on its machine")
    else:
        with context.store.read() as tx:
            value = variables.get_value(tx, key, context.cipher)
    if value is None:
        if default is None:
            raise NotFound(f"there is no variable {key!r}")
        value = default
    if as_json:
        try:
            value = json.dumps(json.loads(value), indent=2)
        except ValueError:
            raise BadRequest(f"the value of {key!r} is no JSON") from None
    print(value)


@app.command("set")
def set_(
    key: str,
    value: str,
    description: Annotated[str | None, typer.Option("--description", help="What it is for.")] = None,
    as_json: Annotated[bool, typer.Option("--json", "-j", help="The value is JSON; it is checked.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Make a variable, or change it."""
    if as_json:
        try:
            json.loads(value)
        except ValueError as error:
            raise BadRequest(f"the value is no JSON: {error}") from None
    context = Context()
    _save(context, {key: (value, description)})
    print(f"Variable {key} created")


@app.command("delete")
def delete(key: str, verbose: VerboseOption = False) -> None:
    """Delete a variable."""
    from ostro import commands

    context = Context()
    if context.remote is not None:
        remote.delete_variable(context.remote, key)
    else:
        with context.acting() as act:
            if commands.delete_variables_in(act.tx, keys=[key]) == 0:
                raise NotFound(f"there is no variable {key!r}")
            act.note("delete_variable", extra={"key": key})
    print(f"Variable {key} deleted")


@app.command("import")
def import_(
    file: Path,
    action_on_existing_key: Annotated[
        OnExisting, typer.Option("--action-on-existing-key", "-a")
    ] = OnExisting.OVERWRITE,
    verbose: VerboseOption = False,
) -> None:
    """Make or change variables from a JSON or YAML file: {"key": value} or {"key": {"value": …, "description": …}}."""
    from ostro.store import variables

    context = Context()
    found = read_json_object(file)
    if context.remote is not None:
        known = {row["key"] for row in remote.variables(context.remote)}
    else:
        with context.store.read() as tx:
            known = set(variables.keys(tx))
    there = sorted(known & found.keys())
    if there and action_on_existing_key is OnExisting.FAIL:
        raise BadRequest(f"these variables exist already: {', '.join(there)}")
    taken = {
        k: v for k, v in found.items() if k not in known or action_on_existing_key is not OnExisting.SKIP
    }
    _save(context, {key: _value_of(value) for key, value in taken.items()})
    words = {
        "new": len(taken.keys() - known),
        "replaced": len(taken.keys() & known),
        "left as it was": len(found) - len(taken),
    }
    counts = ", ".join(f"{count} {word}" for word, count in words.items() if count)
    print(f"{len(taken)} of {len(found)} variables imported" + (f" ({counts})." if counts else "."))


def _value_of(value: Any) -> tuple[str, str | None]:
    description = None
    if isinstance(value, dict) and "value" in value and set(value) <= {"value", "description"}:
        value, description = value["value"], value.get("description")
    return (value if isinstance(value, str) else json.dumps(value)), description


@app.command("export")
def export(file: Path, verbose: VerboseOption = False) -> None:
    """Write all variables with their values to a JSON file; "-" is the terminal."""
    found = _all(Context())
    document: dict[str, Any] = {}
    for key, text, description in found:
        value = _decoded(text)
        document[key] = {"value": value, "description": description} if description else value
    write(file, json.dumps(document, indent=4, sort_keys=True) + "\n")
    if str(file) != "-":
        print(f"{len(found)} variables successfully exported to {file}")


def _all(context: Context) -> list[tuple[str, str, str | None]]:
    """Key, value and description of all variables. Raises NotAllowed when a server elsewhere keeps one to itself."""
    from ostro.api.masking import is_masked
    from ostro.store import variables

    if context.remote is None:
        with context.store.read() as tx:
            return [(v.key, v.value, v.description) for v in variables.list_all(tx, context.cipher)]
    rows = remote.variables(context.remote)
    hidden = [row["key"] for row in rows if is_masked(row["value"])]
    if hidden:
        # A file with *** in it would be taken for the values by an import.
        raise NotAllowed(
            f"the server shows the value of {', '.join(hidden)} to nobody; run this on its machine"
        )
    return [(row["key"], row["value"], row["description"]) for row in rows]


def _decoded(value: str) -> Any:
    try:
        found = json.loads(value)
    except ValueError:
        return value
    # Only what an import writes back as the same text.
    return found if isinstance(found, dict | list) and json.dumps(found) == value else value


def _save(context: Context, given: dict[str, tuple[str, str | None]]) -> None:
    """Write variables: key to value and description. All or none, but at a server elsewhere one after the other."""
    from ostro import commands
    from ostro.store import Variable

    if context.remote is not None:
        for key, (value, description) in given.items():
            remote.set_variable(context.remote, key, value, description)
        return
    with context.acting() as act:
        for key, (value, description) in given.items():
            variable = Variable(key=key, value=value, description=description)
            commands.set_variable_in(act.tx, act.clock, variable=variable, cipher=context.cipher)
            act.note("set_variable", extra={"key": key})

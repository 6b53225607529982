"""`ostro connections`."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.files import read, read_json_object, write
from ostro.cli.output import ColorOption, Output, OutputOption, VerboseOption, show
from ostro.cli.remote import connections as remote
from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound, UserError

if TYPE_CHECKING:
    from ostro.cli.remote.client import Client
    from ostro.store import ConnectionRecord

app = typer.Typer(no_args_is_help=True)

FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
PUBLIC = ("conn_id", "conn_type", "description", "host", "schema", "login", "port")


class FileFormat(StrEnum):
    """How connections stand in a file."""

    JSON = "json"
    YAML = "yaml"
    ENV = "env"


class Serialization(StrEnum):
    """How one connection stands in a line of an env file."""

    URI = "uri"
    JSON = "json"


ShowValues = Annotated[bool, typer.Option("--show-values", help="With passwords and extras.")]
HideSensitive = Annotated[bool, typer.Option("--hide-sensitive", help="Mask passwords and extras.")]


def _row(context: Context, record: ConnectionRecord, *, values: bool, masked: bool) -> dict[str, Any]:
    from ostro.api.masking import MASK, mask_json

    row = {name: getattr(record, name) for name in PUBLIC}
    if values:
        password, extra = record.password, record.extra
        row["password"] = MASK if masked and password else password
        row["extra"] = mask_json(extra, context.sensitive_names) if masked and extra else extra
        row["get_uri"] = MASK if masked else uri_of(record)
    return row


@app.command("list")
def list_connections(
    show_values: ShowValues = False,
    hide_sensitive: HideSensitive = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List all connections; passwords only when they are asked for."""
    from ostro.store import connections

    context = Context()
    if context.remote is not None:
        rows = [_row_there(row, values=show_values) for row in remote.connections(context.remote)]
    else:
        with context.store.read() as tx:
            found = connections.list_all(tx, context.cipher)
        rows = [_row(context, r, values=show_values, masked=hide_sensitive) for r in found]
    show(rows, output, None if rows else PUBLIC)


def _row_there(row: dict[str, Any], *, values: bool) -> dict[str, Any]:
    """A connection of a server elsewhere: as with --hide-sensitive, for secrets do not leave it."""
    from ostro.api.masking import MASK

    shown = {name: row[name] for name in PUBLIC}
    return {**shown, "password": row["password"], "extra": row["extra"], "get_uri": MASK} if values else shown


@app.command("get")
def get(
    conn_id: str,
    show_values: ShowValues = False,
    hide_sensitive: HideSensitive = False,
    color: ColorOption = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Show one connection; its password only when it is asked for."""
    context = Context()
    if context.remote is not None:
        there = remote.connection(context.remote, conn_id)
        show([_row_there(there, values=show_values)], output)
        return
    record = _get(context, conn_id)
    show([_row(context, record, values=show_values, masked=hide_sensitive)], output)


@app.command("add")
def add(
    conn_id: str,
    conn_uri: Annotated[str | None, typer.Option("--conn-uri", help="All of it as a URI.")] = None,
    conn_json: Annotated[str | None, typer.Option("--conn-json", help="All of it as a JSON object.")] = None,
    conn_type: Annotated[str | None, typer.Option("--conn-type")] = None,
    conn_description: Annotated[str | None, typer.Option("--conn-description")] = None,
    conn_host: Annotated[str | None, typer.Option("--conn-host")] = None,
    conn_login: Annotated[str | None, typer.Option("--conn-login")] = None,
    conn_password: Annotated[str | None, typer.Option("--conn-password")] = None,
    conn_schema: Annotated[str | None, typer.Option("--conn-schema")] = None,
    conn_port: Annotated[int | None, typer.Option("--conn-port")] = None,
    conn_extra: Annotated[str | None, typer.Option("--conn-extra", help="JSON object.")] = None,
    verbose: VerboseOption = False,
) -> None:
    """Make a connection."""
    from ostro import commands

    parts = {
        "conn_type": conn_type,
        "description": conn_description,
        "host": conn_host,
        "login": conn_login,
        "password": conn_password,
        "schema": conn_schema,
        "port": conn_port,
        "extra": conn_extra,
    }
    given = {name: value for name, value in parts.items() if value is not None}
    if sum((conn_uri is not None, conn_json is not None, conn_type is not None)) != 1:
        raise BadRequest("give exactly one of --conn-uri, --conn-json and --conn-type")
    if conn_uri is not None:
        if set(given) - {"description", "extra"}:
            raise BadRequest("--conn-uri says everything; leave the other --conn-… options out")
        record = from_uri(conn_id, conn_uri, given)
    elif conn_json is not None:
        if given:
            raise BadRequest("--conn-json says everything; leave the other --conn-… options out")
        record = from_value(conn_id, _json(conn_json, "--conn-json"))
    else:
        record = from_value(conn_id, given)
    context = Context()
    if context.remote is not None:
        remote.create(context.remote, record)
    else:
        with context.acting() as act:
            commands.create_connection_in(act.tx, act.clock, connection=record, cipher=context.cipher)
            act.note("post_connection", extra={"connection_id": conn_id})
    print(f"Successfully added `conn_id`={conn_id} : {record.conn_type}://{record.host or ''}")


@app.command("delete")
def delete(conn_id: str, color: ColorOption = None, verbose: VerboseOption = False) -> None:
    """Delete a connection."""
    from ostro import commands

    context = Context()
    if context.remote is not None:
        remote.delete(context.remote, conn_id)
    else:
        with context.acting() as act:
            if commands.delete_connections_in(act.tx, conn_ids=[conn_id]) == 0:
                raise NotFound(f"there is no connection {conn_id!r}")
            act.note("delete_connection", extra={"connection_id": conn_id})
    print(f"Successfully deleted connection with `conn_id`={conn_id}")


@app.command("test")
def try_out(conn_id: str, verbose: VerboseOption = False) -> None:
    """Try a connection by its hook, where `[core] test_connection` is Enabled; exit status 1 when it does not work."""
    from ostro.assembly.connection_test import try_connection

    context = Context()
    if context.remote is not None:
        worked, text = remote.attempt(context.remote, conn_id)
    else:
        record = _get(context, conn_id)
        if context.settings.core.test_connection != "Enabled":
            # The same setting as for the page and the API: who is careful with it is so everywhere.
            raise NotAllowed(
                "testing connections is off; an administrator turns it on by [core] test_connection = Enabled"
            )
        worked, text = try_connection(context.settings, record)
    if not worked:
        raise UserError(f"connection failed: {text}")
    print(f"Connection success! {text}".rstrip())


@app.command("import")
def import_(
    file: Path,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace those that exist.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Make connections from a .json, .yaml or .env file; those that exist stay unless --overwrite is given."""
    from ostro import commands

    context = Context()
    found = {name: from_value(name, value) for name, value in _entries(file).items()}
    if context.remote is not None:
        for record in found.values():
            print(_import_there(context.remote, record, overwrite=overwrite))
        return
    lines = []
    with context.acting() as act:
        for conn_id, record in found.items():
            if overwrite:
                commands.set_connection_in(act.tx, act.clock, connection=record, cipher=context.cipher)
            else:
                try:
                    commands.create_connection_in(act.tx, act.clock, connection=record, cipher=context.cipher)
                except AlreadyExists:
                    lines.append(f"Could not import connection {conn_id}: connection already exists.")
                    continue
            act.note("import_connection", extra={"connection_id": conn_id})
            lines.append(f"Imported connection {conn_id}")
    print("\n".join(lines))


def _import_there(client: Client, record: ConnectionRecord, *, overwrite: bool) -> str:
    try:
        if overwrite:
            remote.replace(client, record)
        else:
            remote.create(client, record)
    except AlreadyExists:
        return f"Could not import connection {record.conn_id}: connection already exists."
    return f"Imported connection {record.conn_id}"


@app.command("export")
def export(
    file: Path,
    file_format: Annotated[FileFormat | None, typer.Option("--file-format", "--format")] = None,
    serialization_format: Annotated[
        Serialization, typer.Option("--serialization-format")
    ] = Serialization.URI,
    verbose: VerboseOption = False,
) -> None:
    """Write all connections with their passwords to a file; "-" is the terminal."""
    from ostro.store import connections

    kind = file_format or _kind(file)
    context = Context()
    with context.store.read() as tx:
        found = connections.list_all(tx, context.cipher)
    if kind is FileFormat.ENV:
        lines = [
            f"{r.conn_id}={uri_of(r) if serialization_format is Serialization.URI else json.dumps(_fields(r))}\n"
            for r in found
        ]
        write(file, "".join(lines))
    else:
        document = {r.conn_id: _fields(r) for r in found}
        if kind is FileFormat.YAML:
            import yaml

            write(file, yaml.safe_dump(document, sort_keys=True, allow_unicode=True))
        else:
            write(file, json.dumps(document, indent=2, sort_keys=True) + "\n")
    if str(file) != "-":
        print(f"Connections successfully exported to {file}.")


@app.command("create-default-connections")
def create_default_connections(verbose: VerboseOption = False) -> None:
    """Make the connections that a new Airflow has; those that exist stay as they are."""
    from ostro import commands

    context = Context()
    if context.remote is not None:
        before = {row["conn_id"] for row in remote.connections(context.remote)}
        remote.create_defaults(context.remote)
        made = [row["conn_id"] for row in remote.connections(context.remote) if row["conn_id"] not in before]
    else:
        cipher = context.cipher
        with context.acting() as act:
            made = commands.create_default_connections_in(act.tx, act.clock, cipher=cipher)
            act.note("create_default_connections", extra={"connection_ids": made})
    print(f"{len(made)} connections made" + (f": {', '.join(made)}" if made else ""))


# ---- forms of a connection -------------------------------------------------------------------------------------------


def from_uri(conn_id: str, uri: str, more: dict[str, Any] | None = None) -> ConnectionRecord:
    """The connection of a URI. Raises BadRequest."""
    from ostro.sdk.connection import Connection
    from ostro.sdk.exceptions import AirflowException
    from ostro.store import ConnectionRecord

    try:
        made = Connection(conn_id=conn_id, uri=uri)
    except (AirflowException, ValueError) as error:
        raise BadRequest(f"the URI of connection {conn_id!r} cannot be read: {error}") from None
    if not made.conn_type:
        raise BadRequest(f"the URI of connection {conn_id!r} must begin with its type, like postgres://")
    # A URI cannot tell "empty" from "not there".
    fields: dict[str, Any] = {name: getattr(made, name) or None for name in FIELDS} | (more or {})
    return ConnectionRecord(conn_id=conn_id, **fields)


def from_value(conn_id: str, value: Any) -> ConnectionRecord:
    """The connection of a value in a file: a URI, or an object with its fields. Raises BadRequest."""
    from ostro.store import ConnectionRecord

    if isinstance(value, str):
        text = value.strip()
        return from_value(conn_id, _json(text, conn_id)) if text.startswith("{") else from_uri(conn_id, text)
    if not isinstance(value, dict):
        raise BadRequest(f"connection {conn_id!r} must be a URI or an object with its fields")
    names = {"uri", "conn_id", "connection_id", "is_encrypted", "is_extra_encrypted", "team_name", *FIELDS}
    unknown = sorted(set(value) - names)
    if unknown:
        raise BadRequest(f"connection {conn_id!r} has fields that no connection has: {', '.join(unknown)}")
    if value.get("uri"):
        return from_uri(conn_id, str(value["uri"]))
    if not value.get("conn_type"):
        raise BadRequest(f"connection {conn_id!r} has no conn_type")
    fields: dict[str, Any] = {name: value.get(name) for name in FIELDS}
    if isinstance(fields["extra"], dict):
        fields["extra"] = json.dumps(fields["extra"])
    try:
        fields["port"] = None if fields["port"] in (None, "") else int(fields["port"])
    except (TypeError, ValueError):
        raise BadRequest(f"connection {conn_id!r}: the port must be a number") from None
    return ConnectionRecord(conn_id=conn_id, **fields)


def uri_of(record: ConnectionRecord) -> str:
    """The connection as a URI."""
    from ostro.sdk.connection import Connection

    return Connection(conn_id=record.conn_id, **{name: getattr(record, name) for name in FIELDS}).get_uri()


def _fields(record: ConnectionRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in FIELDS}


def _get(context: Context, conn_id: str) -> ConnectionRecord:
    from ostro.store import connections

    with context.store.read() as tx:
        record = connections.get(tx, conn_id, context.cipher)
    if record is None:
        raise NotFound(f"there is no connection {conn_id!r}")
    return record


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadRequest(f"{where} is no JSON: {error}") from None


def _kind(file: Path) -> FileFormat:
    kinds = {
        ".json": FileFormat.JSON,
        ".yaml": FileFormat.YAML,
        ".yml": FileFormat.YAML,
        ".env": FileFormat.ENV,
    }
    found = kinds.get(file.suffix, FileFormat.JSON if str(file) == "-" else None)
    if found is None:
        raise BadRequest(
            f"{file}: the file must end in .json, .yaml or .env, or --file-format must say what it is"
        )
    return found


def _entries(file: Path) -> dict[str, Any]:
    if _kind(file) is not FileFormat.ENV:
        return read_json_object(file)
    found: dict[str, Any] = {}
    for number, line in enumerate(read(file).splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, separator, value = stripped.partition("=")
        if not separator or not name.strip():
            raise BadRequest(f"{file}, line {number}: must be conn_id=uri")
        found[name.strip()] = value.strip()
    return found

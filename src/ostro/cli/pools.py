"""`ostro pools`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.files import read_json_object, write
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.cli.remote import values as remote
from ostro.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from ostro.store import Pool

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("pool", "slots", "description", "include_deferred")


def _rows(context: Context) -> dict[str, dict[str, Any]]:
    from ostro.store import pools

    if context.remote is not None:
        return remote.pools(context.remote)
    with context.store.read() as tx:
        found = pools.sizes(tx)
    return {name: _fields(pool) for name, pool in found.items()}


def _fields(pool: Pool) -> dict[str, Any]:
    return {
        "pool": pool.name,
        "slots": pool.slots,
        "description": pool.description,
        "include_deferred": pool.include_deferred,
    }


@app.command("list")
def list_pools(output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """List all pools."""
    show(list(_rows(Context()).values()), output, COLUMNS)


@app.command("get")
def get(pool: str, output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """Show one pool."""
    rows = _rows(Context())
    if pool not in rows:
        raise NotFound(f"there is no pool {pool!r}")
    show([rows[pool]], output, COLUMNS)


@app.command("set")
def set_(
    pool: str,
    slots: int,
    description: str,
    include_deferred: Annotated[
        bool, typer.Option("--include-deferred", help="Deferred tasks take slots, too.")
    ] = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Make a pool, or change it; slots -1 = without limit."""
    context = Context()
    _save(
        context,
        [{"pool": pool, "slots": slots, "description": description, "include_deferred": include_deferred}],
    )
    show([_rows(context)[pool]], output, COLUMNS)


@app.command("delete")
def delete(pool: str, output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """Delete a pool."""
    from ostro import commands

    context = Context()
    row = _rows(context).get(pool)
    if row is None:
        raise NotFound(f"there is no pool {pool!r}")
    if context.remote is not None:
        remote.delete_pool(context.remote, pool)
    else:
        with context.acting() as act:
            commands.delete_pools_in(act.tx, names=[pool])
            act.dags.append("")
            act.note("delete_pool", extra={"pool": pool})
    show([row], output, COLUMNS)


@app.command("import")
def import_(file: Path, verbose: VerboseOption = False) -> None:
    """Make or change pools from a JSON file: {"name": {"slots": 4, "description": "…"}}."""
    found = read_json_object(file)
    rows = []
    for name, fields in found.items():
        if not isinstance(fields, dict) or not isinstance(fields.get("slots"), int):
            raise BadRequest(f"pool {name!r} in {file} needs a number of slots")
        rows.append({"pool": name, **fields})
    _save(Context(), rows)
    print(f"Uploaded {len(rows)} pool(s)")


@app.command("export")
def export(file: Path, verbose: VerboseOption = False) -> None:
    """Write all pools to a JSON file."""
    rows = _rows(Context())
    found = {name: {k: v for k, v in fields.items() if k != "pool"} for name, fields in rows.items()}
    write(file, json.dumps(found, indent=4, sort_keys=True) + "\n")
    print(f"Exported {len(rows)} pools to {file}")


def _save(context: Context, rows: list[dict[str, Any]]) -> None:
    from ostro import commands
    from ostro.store import Pool

    if context.remote is not None:
        for row in rows:
            remote.set_pool(context.remote, row)
        return
    with context.acting() as act:
        for row in rows:
            pool = Pool(
                name=row["pool"],
                slots=row["slots"],
                description=str(row.get("description") or ""),
                include_deferred=bool(row.get("include_deferred", False)),
            )
            commands.set_pool_in(act.tx, pool=pool)
            act.note("set_pool", extra={"pool": pool.name, "slots": pool.slots})
        act.dags.append("")

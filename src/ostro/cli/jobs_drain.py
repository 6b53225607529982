"""`ostro jobs list`, `drain` and `resume`: the load of the engines, and none on one that is to be stopped."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.last_line import LastLine
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.cli.remote import facts
from ostro.errors import BadRequest, NotFound, UserError

COLUMNS = (
    "id",
    "kind",
    "hostname",
    "health",
    "running",
    "queued",
    "parallelism",
    "drain",
    "heartbeat_at",
    "started_at",
)
#: Seconds between two looks at an engine that drains.
EVERY = 0.5

EngineName = Annotated[
    str | None, typer.Argument(help="Which: its id, or its machine when one engine runs there.")
]
LocalOption = Annotated[bool, typer.Option("--local", help="The one on this machine, where I am.")]
#: A row of the page of processes.
Row = dict[str, Any]


def add_to(app: typer.Typer) -> None:
    """Put the commands into the group."""
    app.command("list")(list_)
    app.command("drain")(drain)
    app.command("resume")(resume)


def list_(output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """List engines and other processes: whether they work, how many tasks they run, how far they drain."""
    show(_rows(Context()), output, COLUMNS)


def drain(
    engine: EngineName = None,
    local: LocalOption = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until no task of it runs; exit status 0 then.")
    ] = False,
    timeout: Annotated[
        float | None, typer.Option("--timeout", help="Seconds to wait at most; exit status 1 then.", min=0)
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Let an engine start no more tasks: what it runs ends. Without a name: the only one that lives.

    It lasts until it is ended (jobs resume), or until the engine is stopped and started.
    """
    if timeout is not None and not wait:
        raise BadRequest("--timeout says how long --wait waits; give both")
    context = Context()
    found = _chosen(
        _rows(context), engine, local=local, among=_lives, none="no engine lives: nothing to drain"
    )
    row = _ask(context, found["id"], drain=True)
    if wait:
        raise typer.Exit(_wait(context, row["id"], timeout))
    print(_said(row))


def resume(engine: EngineName = None, local: LocalOption = False, verbose: VerboseOption = False) -> None:
    """End the drain of an engine: it starts tasks again. Without a name: the only one that drains."""
    context = Context()
    row = _chosen(_rows(context), engine, local=local, among=_drains, none="no engine drains")
    _ask(context, row["id"], drain=False)
    print(f"{row['id']} starts tasks")


def _lives(row: Row) -> bool:
    return row["health"] in ("healthy", "stalled")


def _drains(row: Row) -> bool:
    return row["drain"] is not None


def _chosen(
    rows: Sequence[Row], name: str | None, *, local: bool, among: Callable[[Row], bool], none: str
) -> Row:
    """The engine that is meant. Raises NotFound and BadRequest, naming the choices."""
    if name is not None and local:
        raise BadRequest("--local and the name of an engine exclude each other")
    named = [row for row in rows if row["id"] == name]
    if named:
        return named[0]
    where = socket.gethostname() if local else name
    engines = [row for row in rows if row["kind"] == "scheduler" and among(row)]
    found = [row for row in engines if where in (None, row["hostname"])]
    if len(found) == 1:
        return found[0]
    names = ", ".join(row["id"] for row in found or engines)
    if found:
        raise BadRequest(f"say which engine: {names}")
    if where is None or not engines:
        raise NotFound(none)
    raise NotFound(f"no engine is called {where!r}, or the only one on such a machine; there are: {names}")


def _wait(context: Context, engine_id: str, timeout: float | None) -> int:
    """Show what still runs until nothing does. Returns 0; 130 after Ctrl-C, which ends the waiting alone."""
    line = LastLine()
    until = None if timeout is None else context.clock.monotonic() + timeout
    try:
        while True:
            (row,) = [one for one in _rows(context) if one["id"] == engine_id]
            if row["health"] != "stopped" and row["drain"] is None:
                raise UserError(f"somebody ended the drain of {engine_id} meanwhile")
            line.show(_said(row))
            if row["health"] == "stopped" or row["drain"] == "drained":
                return 0
            if not _lives(row):
                raise UserError(f"{engine_id} gives no sign of life any more")
            if until is not None and context.clock.monotonic() >= until:
                raise UserError(f"{engine_id} is not drained after {timeout:g} s; it goes on draining")
            pause()
    except KeyboardInterrupt:
        line.end()
        print(f"{engine_id} goes on draining; to end that: ostro jobs resume {engine_id}", file=sys.stderr)
        return 130
    finally:
        line.end()


def pause() -> None:
    """Between two looks."""
    time.sleep(EVERY)


def _said(row: Row) -> str:
    """How far it is."""
    if row["health"] == "stopped":
        return f"{row['id']} has ended"
    if row["drain"] == "drained":
        return f"{row['id']} is drained: it may be stopped"
    held = row["running"] + row["queued"]
    is_asked = row["drain"] == "asked"
    tasks = f": {held} task{' still runs' if held == 1 else 's still run'}" if held else ""
    if not (held or is_asked):
        tasks = ": its last callbacks run"
    return f"{row['id']} {'is told to drain' if is_asked else 'drains'}{tasks}"


def _rows(context: Context) -> list[Row]:
    """Processes as the page shows them, the most alive first."""
    if context.remote is not None:
        return facts.processes(context.remote)
    import msgspec

    from ostro.api.processes import processes
    from ostro.cli.jobs import HEARTBEAT_LIMIT

    with context.store.read() as tx:
        found = processes(tx, context.clock.now(), limit=HEARTBEAT_LIMIT)
    return [msgspec.structs.asdict(one) for one in found]


def _ask(context: Context, engine_id: str, *, drain: bool) -> Row:
    """Returns the process as it is then. Raises NotFound, BadRequest."""
    if context.remote is not None:
        return facts.drain(context.remote, engine_id, drain=drain)
    from ostro import commands
    from ostro.commands.waking import ENGINES

    with context.acting() as act:
        commands.drain_engine_in(act.tx, engine_id=engine_id, drain=drain)
        act.dags.append(ENGINES)
        act.note("drain_engine" if drain else "resume_engine", extra={"engine": engine_id})
    (row,) = [one for one in _rows(context) if one["id"] == engine_id]
    return row

"""`ostro tasks logs`: what a try of a task wrote, and with --follow what it goes on to write."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.output import VerboseOption

#: Lines read at once, and seconds between two looks at a log that is followed.
LINES = 5_000
LOOK_EVERY = 0.5

#: Lines from a place on (None: from the begin), and the place behind them; None = nothing more will come.
Read = Callable[[Any], tuple[list[dict[str, Any]], Any]]


def command(
    dag_id: str,
    task_id: str,
    logical_date_or_run_id: str,
    map_index: Annotated[int, typer.Option("--map-index", help="Which mapped instance.")] = -1,
    try_number: Annotated[
        int | None, typer.Option("--try-number", "-t", min=1, help="Which try; the newest by default.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with new lines until the try is over.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Print the log of a task instance."""
    from ostro.api.logs.reader import as_text

    context = Context()
    which = dag_id, task_id, logical_date_or_run_id, map_index
    read, number = (_here if context.remote is None else _there)(context, *which, try_number)
    is_empty = True
    for line in lines_of(read, partial(time.sleep, LOOK_EVERY) if follow else None):
        is_empty = False
        print(as_text(line), flush=follow)
    if is_empty:
        print(f"Nothing is in the log of try {number}.", file=sys.stderr)


def lines_of(read: Read, wait: Callable[[], object] | None) -> Iterator[dict[str, Any]]:
    """The lines of a log. `wait` is called when there is no further line yet; None: they end there."""
    place = None
    while True:
        lines, following = read(place)
        yield from lines
        if following is None:
            return
        if not lines:
            if wait is None:
                return
            wait()
        place = following


def _there(
    context: Context, dag_id: str, task_id: str, run: str, map_index: int, try_number: int | None
) -> tuple[Read, int]:
    from ostro.cli.remote import tasks as remote
    from ostro.cli.tasks import run_there

    assert context.remote is not None
    client = context.remote
    run_id = run_there(context, dag_id, run)
    newest = remote.instance(client, dag_id, run_id, task_id, map_index)["try_number"]
    number = try_number or max(newest, 1)
    return partial(remote.log, client, dag_id, run_id, task_id, map_index, number), number


def _here(
    context: Context, dag_id: str, task_id: str, run: str, map_index: int, try_number: int | None
) -> tuple[Read, int]:
    from ostro.api.logs import reader
    from ostro.api.logs.files import log_file
    from ostro.cli.tasks import instance_of

    number = try_number or max(instance_of(context, dag_id, task_id, run, map_index).try_number, 1)

    def read(place: Any) -> tuple[list[dict[str, Any]], Any]:
        row = instance_of(context, dag_id, task_id, run, map_index)
        with context.store.read() as tx:
            found = log_file(tx, context.settings.logging.base_log_folder, row, number)
        page = reader.forward(found.path, place or 0, LINES, complete=found.complete)
        return page.lines, None if page.finished else page.next

    return read, number

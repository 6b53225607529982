"""`ostro state-store`: clean."""

from __future__ import annotations

from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.output import VerboseOption
from ostro.store import state_stores

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """A group, although it has one command."""


@app.command("clean")
def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Delete keys of tasks that have expired; the engine does it by itself every hour."""
    context = Context()
    now = context.clock.now()
    if dry_run:
        with context.store.read() as tx:
            print(f"{state_stores.count_expired(tx, now)} expired keys would be deleted.")
        return
    total = 0
    while True:
        with context.store.begin() as tx:
            gone = state_stores.expire(tx, now)
        total += gone
        if not gone:
            break
    print(f"{total} expired keys were deleted.")

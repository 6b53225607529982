"""`ostro audit`: whether the log of what people did is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.errors import UserError

app = typer.Typer(no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The audit log."""


@app.command("verify")
def verify(
    expect: Annotated[
        str, typer.Option("--expect", help="A digest noted earlier, which must still be in the log.")
    ] = "",
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Forget which row was the last one here: an older copy of the database was put back.",
        ),
    ] = False,
) -> None:
    """Say whether a row of the audit log was changed or removed.

    Remembers the last row beside the key, and misses it when it is gone the next time. Who keeps the digest elsewhere can
    compare it with --expect.
    """
    from ostro.assembly import audit_key
    from ostro.store import event_log

    context = Context()
    store = context.store
    if again:
        audit_key.forget_seen(context.settings)
    with store.read() as tx:
        found = event_log.verify(tx, remember=True)
    if found.broken is not None:
        raise UserError(
            f"the audit log was tampered with: {found.broken.why} "
            f"(row {found.broken.link} of the chain; the {found.rows} kept before it hold)"
        )
    if expect:
        with store.read() as tx:
            if not event_log.has_digest(tx, expect):
                raise UserError(
                    "the audit log holds, but the digest that you expect is not in it: it is another log"
                )
    older = (
        f", {found.unkeyed} of them from before this installation had a key for them" if found.unkeyed else ""
    )
    print(f"{found.rows} rows hold, none is missing{older}. Digest of the last: {found.digest or 'none yet'}")

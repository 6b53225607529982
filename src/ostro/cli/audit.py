"""`ostro audit`: whether the log of what people did is whole."""

from __future__ import annotations

import typer

from ostro.cli.context import Context
from ostro.errors import UserError

app = typer.Typer(no_args_is_help=True)


@app.callback()
def audit() -> None:
    """The audit log."""


@app.command("verify")
def verify() -> None:
    """Say whether a row of the audit log was changed or removed. Keep the digest elsewhere, to compare it next time."""
    from ostro.store import event_log

    with Context().store.read() as tx:
        seen, digest, broken = event_log.verify(tx)
    if broken is not None:
        raise UserError(
            f"the audit log was tampered with: {broken.why} (row {broken.link} of the chain; the {seen} kept before it hold)"
        )
    print(f"{seen} rows hold, none is missing. Digest of the last: {digest or 'none yet'}")

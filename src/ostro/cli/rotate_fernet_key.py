"""`ostro rotate-fernet-key`."""

from __future__ import annotations

from ostro.cli.context import Context
from ostro.cli.output import VerboseOption


def command(verbose: VerboseOption = False) -> None:
    """Encrypt all secrets of the database with the newest key: Connections, Variables, arguments of triggers.

    First give [secrets] fernet_key both keys, the new one before the old one, and start everything anew. When this command
    is done, the old key can go. It is one transaction.
    """
    from ostro.store import connections, sealed, variables

    context = Context()
    with context.acting() as act:
        counts = {
            "connections": connections.rotate(act.tx, context.cipher),
            "variables": variables.rotate(act.tx, context.cipher),
            "rows with arguments of triggers": sealed.rotate(act.tx, context.cipher),
        }
        act.note("rotate_fernet_key", extra=counts)
    print("Encrypted with the newest key: " + ", ".join(f"{n} {name}" for name, n in counts.items()) + ".")

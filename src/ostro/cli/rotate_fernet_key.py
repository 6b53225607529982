"""`ostro rotate-fernet-key`."""

from __future__ import annotations

from ostro.cli.context import Context
from ostro.cli.output import VerboseOption

#: What the counts are called, by table; columns of the same table are counted together.
WORDS = {
    "connection": "secrets of Connections",
    "variable": "Variables",
    "trigger": "triggers",
    "asset_watcher": "watchers",
    "task_instance": "waiting task instances",
    "dag_version": "versions of DAGs",
}


def command(verbose: VerboseOption = False) -> None:
    """Encrypt all secrets of the database with the newest key: Connections, Variables, arguments of triggers.

    First give [secrets] fernet_key both keys, the new one before the old one, and start everything anew. When this command
    is done, the old key can go. Ostro goes on working meanwhile; a rotation that was interrupted is begun anew.
    """
    from ostro.store import rotation

    context = Context()
    counts = rotation.rotate(context.store, context.cipher)
    with context.acting() as act:
        act.note("rotate_fernet_key", extra=counts)
    print(
        "Encrypted with the newest key: "
        + ", ".join(f"{n} {WORDS[name]}" for name, n in counts.items())
        + "."
    )

"""Commands against the REST API of an Ostro elsewhere: `ostro --server URL …`.

A command has one code path for its words, checks and output; where it would ask the database it asks `Context.remote` when
there is one. What the API does not offer needs the machine, and `WORDS` says so before anything is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar

#: Address of the server that the running command is for; None = this machine.
SERVER: ContextVar[str | None] = ContextVar("ostro_server", default=None)

#: Commands that can be done over the API.
WORDS = frozenset({
    "dags list", "dags list-runs", "dags state", "dags pause", "dags unpause", "dags trigger", "dags delete",
    "tasks states-for-dag-run",
    "variables list", "variables get", "variables set", "variables delete",
    "pools list", "pools get", "pools set", "pools delete",
})  # fmt: skip
#: Commands that have nothing to do with a server, and those that name one themselves.
HERE = frozenset({"login", "logout", "version", "--version", "--help", "cheat-sheet"})


def split(args: Sequence[str], environ: str | None) -> tuple[str | None, list[str]]:
    """The server that stands before the command, else that of the environment, and the rest of the words."""
    if args[:1] == ["--server"] and len(args) > 1:
        return args[1], list(args[2:])
    if args and args[0].startswith("--server="):
        return args[0].removeprefix("--server="), list(args[1:])
    return environ or None, list(args)


def refusal(args: Sequence[str]) -> str | None:
    """What to say to a command that cannot be done over the API; None when it can."""
    if not args or args[0] in HERE or "--help" in args:
        return None
    words = " ".join(args[:2])
    if words in WORDS:
        return None
    known = ", ".join(sorted(WORDS))
    return f"{words!r} needs the machine of the server: run it there; over the network there are {known}"

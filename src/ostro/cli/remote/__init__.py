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
    "dags list", "dags details", "dags list-runs", "dags state", "dags next-execution", "dags pause", "dags unpause",
    "dags trigger", "dags clear", "dags delete", "dags list-import-errors", "dags list-jobs", "dags show-dependencies",
    "tasks list", "tasks state", "tasks states-for-dag-run", "tasks failed-deps", "tasks render", "tasks logs",
    "tasks clear",
    "backfill create", "backfill list", "backfill pause", "backfill unpause", "backfill cancel",
    "assets list", "assets details", "assets materialize",
    "variables list", "variables get", "variables set", "variables delete", "variables import", "variables export",
    "pools list", "pools get", "pools set", "pools delete", "pools import", "pools export",
    "connections list", "connections get", "connections add", "connections delete", "connections test",
    "connections import", "connections create-default-connections",
    "users list", "users create", "users reset-password", "users delete", "users add-role", "users remove-role",
    "users disable", "users enable",
    "roles list", "roles create", "roles delete", "roles add-perms", "roles del-perms", "roles export",
    "providers list", "plugins", "config list", "config get-value", "jobs check", "jobs list", "jobs drain", "jobs resume",
    "version",
})  # fmt: skip
#: Commands that have nothing to do with a server, and those that name one themselves.
HERE = frozenset({"login", "logout", "--version", "--help", "cheat-sheet"})


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
    if (
        words in WORDS
        or args[0] in WORDS
        or (len(args) == 1 and any(w.startswith(args[0] + " ") for w in WORDS))
    ):
        return None
    group = [w for w in sorted(WORDS) if w.split()[0] == args[0]]
    known = ", ".join(group) or f"commands of {', '.join(sorted({w.split()[0] for w in WORDS}))}"
    return f"{words!r} needs the machine of the server: run it there; over the network there are {known}"

"""`ostro users`: people who may sign in."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.output import Output, OutputOption, show
from ostro.errors import AlreadyExists, BadRequest, NotFound

app = typer.Typer(no_args_is_help=True)

#: Shorter passwords are refused (OWASP ASVS 5.0, 6.2.1).
MIN_PASSWORD = 8

Password = Annotated[
    str | None,
    typer.Option(help="The password; without it one is made and shown once. OSTRO_PASSWORD works, too."),
]
NewPassword = Annotated[
    str | None,
    typer.Option(
        "--password",
        "-p",
        help="The password; without it one is made and shown once. OSTRO_PASSWORD works, too.",
    ),
]


@app.command("list")
def list_users(output: OutputOption = Output.TABLE) -> None:
    """List all accounts."""
    from ostro.store import accounts

    context = Context()
    with context.store.read() as tx:
        users = accounts.list_users(tx)
    show([{"username": u.name, "role": u.role, "active": u.is_active} for u in users], output)


@app.command("create")
def create_user(
    username: Annotated[str, typer.Option("--username", "-u")],
    password: NewPassword = None,
    role: Annotated[str, typer.Option("--role", "-r", help="Admin: there is no other.")] = "Admin",
    firstname: Annotated[str | None, typer.Option("--firstname", "-f", help="Not kept.")] = None,
    lastname: Annotated[str | None, typer.Option("--lastname", "-l", help="Not kept.")] = None,
    email: Annotated[str | None, typer.Option("--email", "-e", help="Not kept.")] = None,
    use_random_password: Annotated[
        bool, typer.Option("--use-random-password", help="As without --password.")
    ] = False,
) -> None:
    """Make an account that may do everything."""
    from ostro.store import accounts

    if role.lower() != "admin":
        raise BadRequest(
            f"there is no role {role!r}: every account may do everything; give --role Admin, or none"
        )
    if use_random_password and password is not None:
        raise BadRequest("give --password or --use-random-password, not both")
    context = Context()
    with context.store.read() as tx:
        if accounts.find_user(tx, username) is not None:
            raise AlreadyExists(f"there is a user {username!r} already")
    _put(context, username, password, from_environment=not use_random_password)


@app.command("reset-password")
def reset_password(username: str, password: Password = None) -> None:
    """Give an account a new password; ends its sessions."""
    from ostro.store import accounts

    context = Context()
    with context.store.read() as tx:
        if accounts.find_user(tx, username) is None:
            raise NotFound(f"there is no user {username!r}")
    _put(context, username, password)


@app.command("delete")
def delete_user(username: Annotated[str, typer.Option("--username", "-u")]) -> None:
    """Delete an account."""
    from ostro.store import accounts

    context = Context()
    with context.acting() as act:
        if not accounts.delete_user(act.tx, username):
            raise NotFound(f"there is no user {username!r}")
        act.note("delete_user", extra={"user": username})
    print(f"User {username} deleted")


def _put(context: Context, username: str, password: str | None, *, from_environment: bool = True) -> None:
    from ostro.api.auth import passwords
    from ostro.store import accounts

    given = password or (os.environ.get("OSTRO_PASSWORD") if from_environment else None)
    if given is not None and len(given) < MIN_PASSWORD:
        raise BadRequest(f"a password has at least {MIN_PASSWORD} characters")
    used = given or passwords.generate()
    hashed = passwords.hash_password(used)
    with context.acting() as act:
        accounts.put_user(act.tx, username, hashed, role="admin", now=act.now)
        act.note("set_password", extra={"user": username})
    print(
        f"User {username}: password set"
        if given
        else f"User {username}, password: {used}   (shown once; keep it)"
    )

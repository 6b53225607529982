"""`ostro users`: people who may sign in."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.files import read_document, write
from ostro.cli.output import Output, OutputOption, show
from ostro.cli.remote import people
from ostro.errors import BadRequest, NotFound, OstroError, UserError

if TYPE_CHECKING:
    from ostro.cli.remote.client import Client
    from ostro.commands.act import Act
    from ostro.store.accounts import User

app = typer.Typer(no_args_is_help=True)

_PASSWORD_HELP = "The password; without it one is made and shown once. OSTRO_PASSWORD works, too."

Username = Annotated[str | None, typer.Option("--username", "-u", help="Name of the account.")]
Email = Annotated[str | None, typer.Option("--email", "-e", help="Its address, in place of the name.")]
Role = Annotated[str, typer.Option("--role", "-r", help="Admin, Op, User, Viewer or an own role.")]
NewPassword = Annotated[str | None, typer.Option("--password", "-p", help=_PASSWORD_HELP)]
RandomPassword = Annotated[
    bool, typer.Option("--use-random-password", help="Make one, even when OSTRO_PASSWORD is set.")
]


@app.command("list")
def list_users(output: OutputOption = Output.TABLE) -> None:
    """List all accounts."""
    from ostro.store import accounts

    context = Context()
    if context.remote is not None:
        show([_row_there(user) for user in people.users(context.remote)], output)
        return
    with context.store.read() as tx:
        users = accounts.list_users(tx)
    show([_row(user) for user in users], output)


@app.command("create")
def create_user(
    username: Annotated[str, typer.Option("--username", "-u", help="Name of the account.")],
    password: NewPassword = None,
    role: Role = "Admin",
    firstname: Annotated[str | None, typer.Option("--firstname", "-f", help="First name.")] = None,
    lastname: Annotated[str | None, typer.Option("--lastname", "-l", help="Last name.")] = None,
    email: Annotated[str | None, typer.Option("--email", "-e", help="Mail address.")] = None,
    use_random_password: RandomPassword = False,
) -> None:
    """Make an account."""
    from ostro.commands.accounts import create_user_in

    context = Context()
    full_name = " ".join(name for name in (firstname, lastname) if name) or None
    if context.remote is not None:
        # OSTRO_PASSWORD is the one for signing in there.
        given = _given(password, use_random_password, environ=False)
        body = {"username": username, "roles": [role], "email": email, "full_name": full_name}
        made = people.create_user(context.remote, {**body, "password": given})
        _say(f"User {username} with the role {role} made", str(made.get("password")), given)
        return
    given = _given(password, use_random_password)
    used, hashed = _hashed(given, username)
    with context.acting() as act:
        create_user_in(
            act,
            username,
            hashed,
            role_names=[role],
            email=email,
            full_name=full_name,
            must_change_password=given is None,
        )
    _say(f"User {username} with the role {role} made", used, given)


@app.command("reset-password")
def reset_password(
    name: Annotated[str | None, typer.Argument(metavar="[USERNAME]", help="Name of the account.")] = None,
    username: Username = None,
    email: Email = None,
    password: NewPassword = None,
    use_random_password: RandomPassword = False,
) -> None:
    """Give an account a new password; ends its sessions and tokens."""
    from ostro.commands.accounts import set_password_in

    context = Context()
    if context.remote is not None:
        given = _given(password, use_random_password, environ=False)
        user = _find_there(context.remote, username or name, email)["username"]
        made = people.reset_password(context.remote, user, given)
        _say(f"User {user} has a new password", str(made), given)
        return
    given = _given(password, use_random_password)
    with context.acting() as act:
        user = _find(act, username or name, email)
        used, hashed = _hashed(given, user)
        set_password_in(act, user, hashed, must_change=given is None)
    _say(f"User {user} has a new password", used, given)


@app.command("delete")
def delete_user(username: Username = None, email: Email = None) -> None:
    """Delete an account."""
    from ostro.commands.accounts import delete_user_in

    context = Context()
    if context.remote is not None:
        user = _find_there(context.remote, username, email)["username"]
        people.delete_user(context.remote, user)
    else:
        with context.acting() as act:
            user = _find(act, username, email)
            delete_user_in(act, user)
    print(f"User {user} deleted")


@app.command("add-role")
def add_role(
    role: Annotated[str, typer.Option("--role", "-r", help="Role to give.")],
    username: Username = None,
    email: Email = None,
) -> None:
    """Give an account one more role."""
    from ostro.commands.accounts import known_roles, set_roles_in, user_in

    context = Context()
    if context.remote is not None:
        found = _find_there(context.remote, username, email)
        user, wanted = found["username"], role
        _must_not_have(user, found["roles"], role)
        people.change_user(context.remote, user, roles=[*found["roles"], role])
    else:
        with context.acting() as act:
            user = _find(act, username, email)
            (wanted,) = known_roles(act.tx, [role])
            before = user_in(act.tx, user).roles
            _must_not_have(user, before, wanted)
            set_roles_in(act, user, [*before, wanted])
    print(f"User {user} has the role {wanted} now")


@app.command("remove-role")
def remove_role(
    role: Annotated[str, typer.Option("--role", "-r", help="Role to take.")],
    username: Username = None,
    email: Email = None,
) -> None:
    """Take a role from an account."""
    from ostro.commands.accounts import set_roles_in, user_in

    context = Context()
    if context.remote is not None:
        found = _find_there(context.remote, username, email)
        user = found["username"]
        people.change_user(context.remote, user, roles=_without(user, found["roles"], role))
    else:
        with context.acting() as act:
            user = _find(act, username, email)
            set_roles_in(act, user, _without(user, user_in(act.tx, user).roles, role))
    print(f"User {user} no longer has the role {role}")


def _must_not_have(user: str, roles: Iterable[str], role: str) -> None:
    if role.casefold() in (name.casefold() for name in roles):
        raise UserError(f"user {user!r} has the role {role!r} already")


def _without(user: str, roles: Collection[str], role: str) -> list[str]:
    """The roles without one of them. Raises NotFound when it is not among them."""
    left = [name for name in roles if name.casefold() != role.casefold()]
    if len(left) == len(roles):
        raise NotFound(f"user {user!r} does not have the role {role!r}")
    return left


@app.command("disable")
def disable_user(username: Username = None, email: Email = None) -> None:
    """Let an account sign in no more; ends its sessions and tokens."""
    _activate(username, email, False)


@app.command("enable")
def enable_user(username: Username = None, email: Email = None) -> None:
    """Let a disabled account sign in again."""
    _activate(username, email, True)


@app.command("export")
def export_users(file: Annotated[Path, typer.Argument(help="JSON file to write.")]) -> None:
    """Write all accounts into a file, without passwords."""
    from ostro.store import accounts

    context = Context()
    with context.store.read() as tx:
        users = accounts.list_users(tx)
    rows = [{**_row(user), "roles": list(user.roles)} for user in users]
    write(file, json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    print(f"{len(users)} users exported to {file}")


@app.command("import")
def import_users(
    file: Annotated[Path, typer.Argument(help="JSON file as `users export` writes it.")],
) -> None:
    """Make the accounts of a file, and give those that are there its roles. New accounts get passwords, shown once."""
    context = Context()
    found = read_document(file)
    if not isinstance(found, list):
        raise BadRequest(f"{file}: a list of users is needed")
    for number, entry in enumerate(found, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("username"), str):
            raise BadRequest(f"{file}: entry {number} has no username")
    for entry in found:
        try:
            print(_import(context, entry))
        except OstroError as error:
            raise UserError(f"{file}: user {entry['username']!r}: {error}") from error


def _import(context: Context, entry: dict[str, Any]) -> str:
    from ostro.commands.accounts import create_user_in, set_profile_in, set_roles_in
    from ostro.store import accounts

    name, roles = entry["username"], entry.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise BadRequest("its roles must be a list of names")
    words = [entry.get("full_name"), *(entry.get(key) for key in ("firstname", "lastname"))]
    profile = {"email": entry.get("email"), "full_name": " ".join(str(w) for w in words if w) or None}
    with context.store.read() as tx:
        there = accounts.find_user(tx, name) is not None
    if there:
        with context.acting() as act:
            set_roles_in(act, name, roles)
            set_profile_in(act, name, profile)
        return f"User {name} updated"
    used, hashed = _hashed(None, name)
    with context.acting() as act:
        create_user_in(act, name, hashed, role_names=roles, must_change_password=True, **profile)
    return f"User {name}, password: {used}   (shown once; to be changed at the first login)"


def _activate(username: str | None, email: str | None, active: bool) -> None:
    from ostro.commands.accounts import set_active_in

    context = Context()
    if context.remote is not None:
        user = _find_there(context.remote, username, email)["username"]
        people.change_user(context.remote, user, is_active=active)
    else:
        with context.acting() as act:
            user = _find(act, username, email)
            set_active_in(act, user, active)
    print(f"User {user} {'enabled' if active else 'disabled'}")


def _find(act: Act, username: str | None, email: str | None) -> str:
    """The name of the account that is meant."""
    from ostro.commands.accounts import user_in
    from ostro.store import accounts

    if username is not None:
        return user_in(act.tx, username).name
    if email is None:
        raise BadRequest("give --username or --email")
    return _of_address(email, [(user.name, user.email) for user in accounts.list_users(act.tx)])


def _of_address(email: str, users: Iterable[tuple[str, str | None]]) -> str:
    found = [name for name, address in users if (address or "").casefold() == email.casefold()]
    if len(found) != 1:
        raise NotFound(
            f"there is no user with the address {email!r}" if not found else f"{email!r} has several users"
        )
    return found[0]


def _find_there(client: Client, username: str | None, email: str | None) -> dict[str, Any]:
    """The account that is meant, at a server elsewhere."""
    if username is None and email is None:
        raise BadRequest("give --username or --email")
    users = {user["username"]: user for user in people.users(client)}
    if username is None:
        assert email is not None
        username = _of_address(email, [(name, user["email"]) for name, user in users.items()])
    if username not in users:
        raise NotFound(f"there is no user {username!r}")
    return users[username]


def _given(password: str | None, random: bool, *, environ: bool = True) -> str | None:
    if random and password is not None:
        raise BadRequest("give --password or --use-random-password, not both")
    return password or (os.environ.get("OSTRO_PASSWORD") if environ and not random else None)


def _hashed(given: str | None, username: str) -> tuple[str, str]:
    from ostro.api.auth import passwords
    from ostro.commands.accounts import check_password

    used = given or passwords.generate()
    check_password(used, username)
    return used, passwords.hash_password(used)


def _say(done: str, used: str, given: str | None) -> None:
    print(done if given else f"{done}, password: {used}   (shown once; to be changed at the first login)")


def _row_there(user: dict[str, Any]) -> dict[str, Any]:
    shown = {name: user[name] for name in ("username", "email", "full_name")}
    return {**shown, "roles": ", ".join(user["roles"]), "active": user["is_active"]}


def _row(user: User) -> dict[str, Any]:
    return {
        "username": user.name,
        "email": user.email,
        "full_name": user.full_name,
        "roles": ", ".join(user.roles),
        "active": user.is_active,
    }

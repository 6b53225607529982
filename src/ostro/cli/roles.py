"""`ostro roles`: what people may do, role by role."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.files import read_document, write
from ostro.cli.output import Output, OutputOption, show
from ostro.cli.remote import people
from ostro.errors import BadRequest, NotFound
from ostro.grants import Grant, grant_of

app = typer.Typer(no_args_is_help=True)

Names = Annotated[list[str], typer.Argument(metavar="ROLE...", help="Names of roles.")]
Actions = Annotated[
    list[str] | None,
    typer.Option("--action", "-a", help="can_read, can_create, can_edit, can_delete; repeatable."),
]
Resources = Annotated[
    list[str],
    typer.Option("--resource", "-r", help="Pools, DAG Runs …, or DAG:my_dag; repeatable."),
]


@app.command("list")
def list_roles(
    permission: Annotated[bool, typer.Option("--permission", "-p", help="With their permissions.")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """List all roles."""
    found = _all(Context())
    if not permission:
        show([{"name": name} for name in found], output)
        return
    rows = [
        {"name": name, "resource": resource, "action": ",".join(actions)}
        for name, grants in found.items()
        for resource, actions in _by_resource(grants).items()
    ]
    show(rows, output)


@app.command("create")
def create_roles(names: Names) -> None:
    """Make roles that allow nothing yet."""
    from ostro.commands.roles import create_role_in

    context = Context()
    if context.remote is not None:
        for name in names:
            people.create_role(context.remote, name)
    else:
        with context.acting() as act:
            for name in names:
                create_role_in(act, name)
    print(f"Added {len(names)} role(s)")


@app.command("delete")
def delete_roles(names: Names) -> None:
    """Delete own roles; whoever had them has them no more."""
    from ostro.commands.roles import delete_role_in

    context = Context()
    if context.remote is not None:
        for name in names:
            people.delete_role(context.remote, name)
    else:
        with context.acting() as act:
            for name in names:
                delete_role_in(act, name)
    print(f"Deleted {len(names)} role(s)")


@app.command("add-perms")
def add_permissions(names: Names, resource: Resources, action: Actions = None) -> None:
    """Give permissions to own roles."""
    _change(names, resource, action, add=True)


@app.command("del-perms")
def remove_permissions(names: Names, resource: Resources, action: Actions = None) -> None:
    """Take permissions from own roles; without --action all of these resources."""
    _change(names, resource, action, add=False)


@app.command("export")
def export_roles(
    file: Annotated[Path, typer.Argument(help="JSON file to write.")],
    pretty: Annotated[bool, typer.Option("--pretty", "-p", help="Easy to read.")] = False,
) -> None:
    """Write the own roles into a file."""
    from ostro.rules.permissions import STANDARD_ROLES

    own = {name: grants for name, grants in _all(Context()).items() if name not in STANDARD_ROLES}
    rows = []
    for name, grants in own.items():
        by_resource = _by_resource(grants) or {"": []}
        rows += [{"name": name, "resource": r, "action": ",".join(a)} for r, a in by_resource.items()]
    write(file, json.dumps(rows, indent=2 if pretty else None, ensure_ascii=False) + "\n")
    print(f"{len(own)} roles exported to {file}")


@app.command("import")
def import_roles(
    file: Annotated[Path, typer.Argument(help="JSON file as `roles export` writes it.")],
) -> None:
    """Make the own roles of a file, with exactly its permissions. Standard roles in it are passed over."""
    from ostro.commands.roles import create_role_in, replace_grants_in
    from ostro.rules.permissions import STANDARD_ROLES
    from ostro.store import roles

    wanted = {name: grants for name, grants in _read(file).items() if name not in STANDARD_ROLES}
    with Context().acting() as act:
        there = set(roles.role_names(act.tx))
        for name, grants in wanted.items():
            if name in there:
                replace_grants_in(act, name, grants)
            else:
                create_role_in(act, name, grants)
    print(f"{len(wanted)} roles imported")


def _read(file: Path) -> dict[str, set[Grant]]:
    found = read_document(file)
    if not isinstance(found, list):
        raise BadRequest(f"{file}: a list of roles is needed")
    wanted: dict[str, set[Grant]] = {}
    for number, entry in enumerate(found, start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise BadRequest(f"{file}: entry {number} has no name")
        grants = wanted.setdefault(entry["name"], set())
        actions = str(entry.get("action") or "").split(",")
        grants |= {grant_of(action, str(entry.get("resource"))) for action in actions if action}
    return wanted


def _change(names: list[str], resources: list[str], actions: list[str] | None, *, add: bool) -> None:
    from ostro.commands.roles import change_role_in

    if add and not actions:
        raise BadRequest("give at least one --action, such as can_read")
    chosen = actions or ["can_read", "can_create", "can_edit", "can_delete"]
    grants = {grant_of(action, resource) for action in chosen for resource in resources}
    context = Context()
    if context.remote is not None:
        for name in names:
            _tell(name, _change_there(context, name, grants, add=add), add=add)
        return
    with context.acting() as act:
        for name in names:
            new, gone = change_role_in(act, name, add=grants if add else (), remove=() if add else grants)
            _tell(name, [*new, *gone], add=add)


def _change_there(context: Context, name: str, grants: set[Grant], *, add: bool) -> list[Grant]:
    """Change a role at a server elsewhere; returns what was added or removed. Raises NotFound."""
    assert context.remote is not None
    roles = _all(context)
    if name not in roles:
        raise NotFound(f"there is no role {name!r}; the roles are {', '.join(roles)}")
    before = set(roles[name])
    after = before | grants if add else before - grants
    if after != before:
        listed = [{"action": g.action_text, "resource": g.resource_text} for g in sorted(after)]
        people.set_permissions(context.remote, name, listed)
    return sorted(after ^ before)


def _tell(name: str, changed: Iterable[Grant], *, add: bool) -> None:
    for grant in changed:
        print(f"{name}: {grant.resource_text}.{grant.action_text} {'added' if add else 'removed'}")


def _all(context: Context) -> dict[str, frozenset[Grant]]:
    from ostro.rules.permissions import STANDARD_ROLES
    from ostro.store import roles

    if context.remote is not None:
        return {
            role["name"]: frozenset(grant_of(p["action"], p["resource"]) for p in role["permissions"])
            for role in people.roles(context.remote)
        }
    with context.store.read() as tx:
        own = roles.role_names(tx)
        grants = roles.role_grants(tx, own)
    return {**STANDARD_ROLES, **{name: grants.get(name, frozenset()) for name in own}}


def _by_resource(grants: frozenset[Grant]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for resource, action in sorted((g.resource_text, g.action_text) for g in grants):
        found.setdefault(resource, []).append(action)
    return found

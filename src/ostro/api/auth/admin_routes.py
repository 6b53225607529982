"""Accounts, roles, sessions and tokens of everybody, for who may manage them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.acting import acting
from ostro.api.auth import passwords
from ostro.api.auth.guard import Guard, Person, Someone
from ostro.api.auth.models import account_of, grants_of, token_of
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.render import Body, data, nothing
from ostro.api.routing import guarded
from ostro.commands import accounts as account_rules
from ostro.commands import roles as role_rules
from ostro.errors import NotAllowed, NotFound
from ostro.grants import VERBS, Grant, grant_of
from ostro.rules.permissions import ADMIN, STANDARD_ROLES, Permissions, Resource, permissions_of
from ostro.store import accounts, roles, sessions

router = guarded("/ui/admin", described=False)

Name = Annotated[str, Field(min_length=1, max_length=account_rules.MAX_NAME)]
Words = Annotated[str, Field(max_length=200)]
Secret = Annotated[str, Field(max_length=account_rules.MAX_PASSWORD)]


class UserBody(Body):
    username: Name
    roles: Annotated[list[Name], Field(max_length=100)]
    #: Without one, a password is made, is in the answer once, and must be changed at the first login.
    password: Secret | None = None
    email: Words | None = None
    full_name: Words | None = None


class UserPatchBody(Body):
    roles: Annotated[list[Name], Field(max_length=100)] | None = None
    is_active: bool | None = None
    email: Words | None = None
    full_name: Words | None = None


class ResetBody(Body):
    password: Secret | None = None


class PermissionBody(Body):
    action: Words
    resource: Annotated[str, Field(max_length=300)]


class RoleBody(Body):
    name: Name
    permissions: Annotated[list[PermissionBody], Field(max_length=20_000)] = []


class RolePatchBody(Body):
    permissions: Annotated[list[PermissionBody], Field(max_length=20_000)]


# ---- users -----------------------------------------------------------------------------------------------------------


@router.get("/users", response_model=None)
@needs("read", Resource.USERS)
def get_users(deps: Given) -> Response:
    """All accounts."""
    with deps.store.read() as tx:
        found = accounts.list_users(tx)
    return data({"users": [account_of(user) for user in found]})


@router.post("/users", status_code=201, response_model=None)
@needs("create", Resource.USERS)
def create_user(body: UserBody, request: Request, person: Someone) -> Response:
    """Make an account."""
    used = body.password or passwords.generate()
    account_rules.check_password(used, body.username)
    hashed = passwords.hash_password(used)
    with acting(request, person) as act:
        _may_give(act.tx, person, body.roles)
        account_rules.create_user_in(
            act,
            body.username,
            hashed,
            role_names=body.roles,
            email=body.email,
            full_name=body.full_name,
            must_change_password=True,
        )
        made = account_rules.user_in(act.tx, body.username)
    shown = {} if body.password else {"password": used}
    return data({**account_of(made), **shown}, 201)


@router.patch("/users/{username}", response_model=None)
@needs("edit", Resource.USERS)
def change_user(username: str, body: UserPatchBody, request: Request, person: Someone) -> Response:
    """Change roles, address, name, or whether the account may sign in. Roles end its sessions."""
    given = body.model_fields_set
    with acting(request, person) as act:
        user = account_rules.user_in(act.tx, username)
        _may_manage(act.tx, person, user)
        if "roles" in given and body.roles is not None:
            _may_give(act.tx, person, body.roles)
            account_rules.set_roles_in(act, username, body.roles)
        if "is_active" in given and body.is_active is not None:
            account_rules.set_active_in(act, username, body.is_active)
        profile: dict[str, str | None] = {
            name: getattr(body, name) for name in ("email", "full_name") if name in given
        }
        account_rules.set_profile_in(act, username, profile)
        changed = account_rules.user_in(act.tx, username)
    _look_again(request)
    return data(account_of(changed))


@router.post("/users/{username}/password", response_model=None)
@needs("edit", Resource.USERS)
def reset_password(username: str, body: ResetBody, request: Request, person: Someone) -> Response:
    """Give the account a password that must be changed at the next login; ends its sessions and tokens."""
    used = body.password or passwords.generate()
    account_rules.check_password(used, username)
    hashed = passwords.hash_password(used)
    with acting(request, person) as act:
        _may_manage(act.tx, person, account_rules.user_in(act.tx, username))
        account_rules.set_password_in(act, username, hashed, must_change=True)
    _look_again(request)
    return data({"username": username, **({} if body.password else {"password": used})})


@router.delete("/users/{username}", status_code=204, response_model=None)
@needs("delete", Resource.USERS)
def delete_user(username: str, request: Request, person: Someone) -> Response:
    """Delete the account with its sessions and tokens."""
    with acting(request, person) as act:
        _may_manage(act.tx, person, account_rules.user_in(act.tx, username))
        account_rules.delete_user_in(act, username)
    _look_again(request)
    return nothing()


# ---- roles -----------------------------------------------------------------------------------------------------------


@router.get("/roles", response_model=None)
@needs("read", Resource.ROLES)
def get_roles(deps: Given) -> Response:
    """All roles with what they allow, and the words that permissions are made of."""
    with deps.store.read() as tx:
        own = roles.role_names(tx)
        grants = roles.role_grants(tx, own)
    found = [(name, True, allowed) for name, allowed in STANDARD_ROLES.items()]
    found += [(name, False, grants.get(name, frozenset())) for name in own]
    return data(
        {
            "roles": [_role(name, standard, allowed) for name, standard, allowed in found],
            "actions": [f"can_{verb}" for verb in VERBS],
            "resources": [str(resource) for resource in Resource],
        }
    )


@router.post("/roles", status_code=201, response_model=None)
@needs("create", Resource.ROLES)
def create_role(body: RoleBody, request: Request, person: Someone) -> Response:
    """Make a role."""
    grants = _grants(body.permissions)
    _may_grant(person, grants)
    with acting(request, person) as act:
        role_rules.create_role_in(act, body.name, grants)
    _look_again(request)
    return data(_role(body.name, False, grants), 201)


@router.patch("/roles/{role}", response_model=None)
@needs("edit", Resource.ROLES)
def change_role(role: str, body: RolePatchBody, request: Request, person: Someone) -> Response:
    """The role allows exactly these permissions."""
    grants = _grants(body.permissions)
    _may_grant(person, grants)
    with acting(request, person) as act:
        role_rules.replace_grants_in(act, role, grants)
    _look_again(request)
    return data(_role(role, False, grants))


@router.delete("/roles/{role}", status_code=204, response_model=None)
@needs("delete", Resource.ROLES)
def delete_role(role: str, request: Request, person: Someone) -> Response:
    """Delete an own role; whoever had it has it no more."""
    with acting(request, person) as act:
        role_rules.delete_role_in(act, role)
    _look_again(request)
    return nothing()


# ---- sessions and tokens ---------------------------------------------------------------------------------------------


@router.get("/sessions", response_model=None)
@needs("read", Resource.SESSIONS)
def get_sessions(deps: Given, person: Someone) -> Response:
    """Everybody's sessions."""
    with deps.store.read() as tx:
        found = sessions.list_tokens(tx, deps.clock.now(), named=False, idle=deps.config.idle)
    return data({"sessions": [token_of(one, current=person.token_id) for one in found]})


@router.delete("/sessions/{session_id}", status_code=204, response_model=None)
@needs("delete", Resource.SESSIONS)
def revoke_session(session_id: str, request: Request, person: Someone) -> Response:
    """End a session."""
    return _revoke(session_id, request, person, named=False)


@router.get("/tokens", response_model=None)
@needs("read", Resource.TOKENS)
def get_tokens(deps: Given, person: Someone) -> Response:
    """Everybody's API tokens."""
    with deps.store.read() as tx:
        found = sessions.list_tokens(tx, deps.clock.now(), named=True)
    return data({"tokens": [token_of(one, current=person.token_id) for one in found]})


@router.delete("/tokens/{token_id}", status_code=204, response_model=None)
@needs("delete", Resource.TOKENS)
def revoke_token(token_id: str, request: Request, person: Someone) -> Response:
    """End an API token."""
    return _revoke(token_id, request, person, named=True)


def _revoke(token_id: str, request: Request, person: Person, *, named: bool) -> Response:
    kind = "token" if named else "session"
    with acting(request, person) as act:
        found = sessions.find_token(act.tx, token_id, act.now)
        if found is None or bool(found.label) != named:
            raise NotFound(f"there is no such {kind}")
        sessions.revoke_token(act.tx, token_id, act.now)
        act.note(f"revoke_{kind}", extra={"user": found.user, "label": found.label})
    guard: Guard = request.app.state.guard
    guard.forget(token_id)
    return nothing()


def _look_again(request: Request) -> None:
    guard: Guard = request.app.state.guard
    guard.forget_all()


def _role(name: str, standard: bool, grants: frozenset[Grant]) -> dict[str, Any]:
    return {"name": name, "is_standard": standard, "permissions": grants_of(grants)}


def _grants(permissions: list[PermissionBody]) -> frozenset[Grant]:
    return frozenset(grant_of(one.action, one.resource) for one in permissions)


# ---- nobody gives more than they have --------------------------------------------------------------------------------


def _may_grant(person: Person, grants: frozenset[Grant]) -> None:
    """Raise NotAllowed for a permission that the person does not have: roles are no ladder."""
    if ADMIN in person.roles:
        return
    for grant in sorted(grants):
        person.must(grant.verb, grant.resource, grant.dag_id)


def _may_give(tx: Any, person: Person, names: list[str]) -> None:
    """Raise NotAllowed for a role that allows more than the person may do."""
    if ADMIN in person.roles:
        return
    given = account_rules.known_roles(tx, names)
    if not person.permissions.includes(_of(tx, given)):
        raise NotAllowed("Forbidden: these roles allow more than you may do yourself")


def _may_manage(tx: Any, person: Person, user: accounts.User) -> None:
    """Raise NotAllowed for an account that may do more than the person."""
    if ADMIN not in person.roles and not person.permissions.includes(_of(tx, user.roles)):
        raise NotAllowed("Forbidden: this account may do more than you")


def _of(tx: Any, names: tuple[str, ...]) -> Permissions:
    return permissions_of(names, roles.grants_of(tx, names))

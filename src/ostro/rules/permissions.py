"""Who may do what: resources and verbs in Airflow's words, the standard roles, and the check of one permission.

A grant allows a verb on a resource, for all DAGs or for one (`DAG:my_dag`, `DAG Run:my_dag`). What belongs to a DAG (its
runs, logs, code …) needs two permissions: the verb on that resource, and the DAG itself (read to read, edit to change
anything). Whoever has several roles may do what any of them allows. Nothing is allowed that no grant names.
(Airflow, FAB provider: "Access Control", resource-based and DAG-level permissions.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Literal, get_args

import msgspec

from ostro.errors import BadRequest

Verb = Literal["read", "create", "edit", "delete"]
VERBS: tuple[Verb, ...] = get_args(Verb)


class Resource(StrEnum):
    """What permissions are about; the values are Airflow's names."""

    DAGS = "DAGs"
    DAG_RUNS = "DAG Runs"
    DAG_CODE = "DAG Code"
    DAG_DEPENDENCIES = "DAG Dependencies"
    DAG_VERSIONS = "DAG Versions"
    DAG_WARNINGS = "DAG Warnings"
    TASK_INSTANCES = "Task Instances"
    TASK_LOGS = "Task Logs"
    XCOMS = "XComs"
    HITL = "HITL Detail"
    BACKFILLS = "Backfills"
    IMPORT_ERRORS = "ImportError"
    AUDIT_LOGS = "Audit Logs"
    ASSETS = "Assets"
    ASSET_ALIASES = "Asset Aliases"
    CLUSTER_ACTIVITY = "Cluster Activity"
    CONNECTIONS = "Connections"
    VARIABLES = "Variables"
    POOLS = "Pools"
    CONFIG = "Configurations"
    JOBS = "Jobs"
    PLUGINS = "Plugins"
    PROVIDERS = "Providers"
    USERS = "Users"
    ROLES = "Roles"
    TOKENS = "Tokens"
    SESSIONS = "Sessions"


#: What belongs to one DAG each: grants may name the DAG, lists show only DAGs that the person may read.
DAG_BOUND = frozenset(
    {
        Resource.DAGS,
        Resource.DAG_RUNS,
        Resource.DAG_CODE,
        Resource.DAG_DEPENDENCIES,
        Resource.DAG_VERSIONS,
        Resource.DAG_WARNINGS,
        Resource.TASK_INSTANCES,
        Resource.TASK_LOGS,
        Resource.XCOMS,
        Resource.HITL,
        Resource.BACKFILLS,
        Resource.IMPORT_ERRORS,
        Resource.AUDIT_LOGS,
    }
)
#: How the resource of one DAG is written; every other one is its own name, as in "Task Logs:my_dag".
_PREFIXES = {"DAG": Resource.DAGS, "DAG Run": Resource.DAG_RUNS}
#: Names of other releases of Airflow.
_ALIASES = {
    "all_dags": Resource.DAGS,
    "Datasets": Resource.ASSETS,
    "Import Errors": Resource.IMPORT_ERRORS,
    "HITL Details": Resource.HITL,
}


class Grant(msgspec.Struct, frozen=True, order=True):
    """`verb` on `resource`; `dag_id` None = on all."""

    verb: Verb
    resource: Resource
    dag_id: str | None = None

    @property
    def resource_text(self) -> str:
        """The resource as Airflow writes it: `Pools`, `DAG:my_dag`."""
        if self.dag_id is None:
            return str(self.resource)
        prefix = next((p for p, r in _PREFIXES.items() if r is self.resource), str(self.resource))
        return f"{prefix}:{self.dag_id}"

    @property
    def action_text(self) -> str:
        """The verb as Airflow writes it: `can_read`."""
        return f"can_{self.verb}"


class Permissions:
    """What somebody may do: the union of grants. Immutable."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        everywhere: set[tuple[Verb, Resource]] = set()
        single: dict[tuple[Verb, Resource], set[str]] = {}
        for grant in grants:
            if grant.dag_id is None:
                everywhere.add((grant.verb, grant.resource))
            else:
                single.setdefault((grant.verb, grant.resource), set()).add(grant.dag_id)
        self._everywhere = frozenset(everywhere)
        self._single = {key: frozenset(dags) for key, dags in single.items()}

    def allows(self, verb: Verb, resource: Resource, dag_id: str | None = None) -> bool:
        """Whether the verb is allowed on the resource of this DAG; without a DAG: on the resource of all DAGs."""
        if not self._granted(verb, resource, dag_id):
            return False
        if resource is Resource.DAGS or resource not in DAG_BOUND:
            return True
        return self._granted(_on_dag(verb), Resource.DAGS, dag_id)

    def allows_somewhere(self, verb: Verb, resource: Resource) -> bool:
        """Whether the verb is allowed on the resource of one DAG at least."""
        return self.allows(verb, resource) or (
            resource in DAG_BOUND and self.dags(verb, resource) != frozenset()
        )

    def dags(self, verb: Verb, resource: Resource = Resource.DAGS) -> frozenset[str] | None:
        """The DAGs on whose resource the verb is allowed; None = on those of all DAGs."""
        found = self._dags_of(verb, resource)
        if resource is Resource.DAGS:
            return found
        access = self._dags_of(_on_dag(verb), Resource.DAGS)
        if found is None:
            return access
        return found if access is None else found & access

    def listed(self) -> dict[str, list[Verb]]:
        """Resource to verbs that are allowed for all DAGs or for one at least; what a page needs to hide the rest."""
        found: dict[str, list[Verb]] = {}
        for resource in Resource:
            verbs = [v for v in VERBS if self.allows_somewhere(v, resource)]
            if verbs:
                found[str(resource)] = verbs
        return found

    def _granted(self, verb: Verb, resource: Resource, dag_id: str | None) -> bool:
        if (verb, resource) in self._everywhere:
            return True
        return dag_id is not None and dag_id in self._single.get((verb, resource), ())

    def _dags_of(self, verb: Verb, resource: Resource) -> frozenset[str] | None:
        if (verb, resource) in self._everywhere:
            return None
        return self._single.get((verb, resource), frozenset())


def _on_dag(verb: Verb) -> Verb:
    """What the DAG itself must allow before something that belongs to it is read or changed."""
    return "read" if verb == "read" else "edit"


# ---- the standard roles ----------------------------------------------------------------------------------------------


def _on(verbs: str, *resources: Resource) -> frozenset[Grant]:
    return frozenset(Grant(v, r) for r in resources for v in VERBS if v in verbs.split())


_R = Resource
_VIEWER = _on("read", *(DAG_BOUND - {_R.AUDIT_LOGS}), _R.ASSETS, _R.ASSET_ALIASES, _R.CLUSTER_ACTIVITY) | _on(
    "read", _R.POOLS, _R.JOBS, _R.PLUGINS
)
_USER = (
    _VIEWER
    | _on("edit delete", _R.DAGS)
    | _on("create edit delete", _R.DAG_RUNS, _R.TASK_INSTANCES)
    | _on("create edit", _R.BACKFILLS)
    | _on("create", _R.ASSETS)
    | _on("edit", _R.HITL)
)
_OP = (
    _USER
    | _on("read create edit delete", _R.CONNECTIONS, _R.VARIABLES, _R.POOLS)
    | _on("create edit delete", _R.XCOMS)
    | _on("edit delete", _R.ASSETS)
    | _on("read", _R.CONFIG, _R.PROVIDERS, _R.AUDIT_LOGS)
)

ADMIN, OP, USER, VIEWER = "Admin", "Op", "User", "Viewer"
#: The roles that every installation has. They cannot be changed; own roles stand beside them.
STANDARD_ROLES: Mapping[str, frozenset[Grant]] = {
    ADMIN: frozenset(Grant(v, r) for r in Resource for v in VERBS),
    OP: _OP,
    USER: _USER,
    VIEWER: _VIEWER,
}


# ---- words -----------------------------------------------------------------------------------------------------------


def verb_of(text: str) -> Verb:
    """The verb of an action name: `can_read`, `read`, `can_dag_read` (1.10). Raises BadRequest for any other."""
    name = text.strip().removeprefix("can_").removeprefix("dag_")
    for verb in VERBS:
        if verb == name:
            return verb
    raise BadRequest(f"there is no action {text!r}: the actions are {', '.join('can_' + v for v in VERBS)}")


def grant_of(action: str, resource: str) -> Grant:
    """The grant that Airflow's words name: ("can_read", "DAG:my_dag"). Raises BadRequest for words that mean nothing."""
    verb = verb_of(action)
    prefix, colon, dag_id = resource.partition(":")
    if colon:
        kind = _PREFIXES.get(prefix) or _resource(prefix)
        if kind not in DAG_BOUND or not dag_id:
            raise BadRequest(
                f"{resource!r} names no resource of one DAG: write DAG:my_dag, or DAG Run:my_dag"
            )
        return Grant(verb, kind, dag_id)
    return Grant(verb, _resource(resource))


def _resource(text: str) -> Resource:
    if text in _ALIASES:
        return _ALIASES[text]
    try:
        return Resource(text)
    except ValueError:
        names = ", ".join(r for r in Resource)
        raise BadRequest(
            f"there is no resource {text!r}: the resources are {names}, and DAG:<dag id>"
        ) from None


def grants_of_dag(dag_id: str, access_control: Any) -> dict[str, frozenset[Grant]]:
    """Role to grants of a DAG's `access_control`: `{role: {action, …}}`, or `{role: {"DAGs": {action, …}, "DAG Runs": …}}`.

    Raises BadRequest for anything else.
    """
    if not isinstance(access_control, Mapping):
        raise BadRequest(f"access_control of {dag_id!r} must be a dict of role to actions")
    found: dict[str, frozenset[Grant]] = {}
    for role, given in access_control.items():
        by_resource = given if isinstance(given, Mapping) else {str(Resource.DAGS): given}
        grants = set()
        for resource, actions in by_resource.items():
            kind = _resource(str(resource))
            if kind not in DAG_BOUND:
                raise BadRequest(f"access_control of {dag_id!r}: {resource!r} does not belong to a DAG")
            names = [actions] if isinstance(actions, str) else actions
            if not isinstance(names, Iterable):
                raise BadRequest(
                    f"access_control of {dag_id!r}: the actions of role {role!r} must be a set of names"
                )
            grants |= {Grant(verb_of(str(name)), kind, dag_id) for name in names}
        found[str(role)] = frozenset(grants)
    return found

"""The words of permissions, Airflow's: resources, verbs, one grant, and how a DAG file gives grants to roles."""

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
#: Actions on the old menus, which say nothing about what may be done: taken in `access_control`, and without effect.
MENU_ACTIONS = frozenset({"menu_access", "can_access_menu"})
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
            named = {str(name) for name in names} - MENU_ACTIONS
            grants |= {Grant(verb_of(name), kind, dag_id) for name in named}
        found[str(role)] = frozenset(grants)
    return found


def plain_access_control(dag_id: str, access_control: Any) -> dict[str, dict[str, list[str]]]:
    """A DAG's `access_control` in one shape: `{role: {resource: [action, …]}}`. Raises BadRequest like `grants_of_dag`."""
    found: dict[str, dict[str, list[str]]] = {}
    for role, grants in sorted(grants_of_dag(dag_id, access_control).items()):
        by_resource: dict[str, list[str]] = {}
        for resource, action in sorted((str(g.resource), g.action_text) for g in grants):
            by_resource.setdefault(resource, []).append(action)
        found[role] = by_resource
    return found

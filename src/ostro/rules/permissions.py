"""Who may do what: resources and verbs in Airflow's words, the standard roles, and the check of one permission.

A grant allows a verb on a resource, for all DAGs or for one (`DAG:my_dag`, `DAG Run:my_dag`). What belongs to a DAG (its
runs, logs, code …) needs two permissions: the verb on that resource, and the DAG itself (read to read, edit to change
anything). Whoever has several roles may do what any of them allows. Nothing is allowed that no grant names.
(Airflow, FAB provider: "Access Control", resource-based and DAG-level permissions.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ostro.grants import DAG_BOUND, VERBS, Grant, Resource, Verb

__all__ = ["DAG_BOUND", "STANDARD_ROLES", "Grant", "Permissions", "Resource", "Verb", "permissions_of"]


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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Permissions):
            return NotImplemented
        return self._everywhere == other._everywhere and self._single == other._single

    __hash__ = None  # type: ignore[assignment]

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

    def includes(self, other: Permissions) -> bool:
        """Whether all that the other allows is allowed here, too."""
        if not other._everywhere <= self._everywhere:
            return False
        return all(
            key in self._everywhere or dags <= self._single.get(key, frozenset())
            for key, dags in other._single.items()
        )

    def listed(self) -> dict[str, list[Verb]]:
        """Resource to verbs that are allowed for all DAGs or for one at least; what a page needs to hide the rest."""
        found: dict[str, list[Verb]] = {}
        for resource in Resource:
            verbs = [v for v in VERBS if self.allows_somewhere(v, resource)]
            if verbs:
                found[str(resource)] = verbs
        return found

    def limited(self) -> dict[str, dict[Verb, list[str]]]:
        """Of what `listed` has, that which is allowed for some DAGs only: resource to verb to these DAGs."""
        found: dict[str, dict[Verb, list[str]]] = {}
        for resource in sorted(DAG_BOUND):
            for verb in VERBS:
                dags = self.dags(verb, resource)
                if dags:
                    found.setdefault(str(resource), {})[verb] = sorted(dags)
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
    | _on("edit", _R.JOBS)
    | _on("read", _R.CONFIG, _R.PROVIDERS)
)

ADMIN, OP, USER, VIEWER = "Admin", "Op", "User", "Viewer"
#: The roles that every installation has. They cannot be changed; own roles stand beside them.
STANDARD_ROLES: Mapping[str, frozenset[Grant]] = {
    ADMIN: frozenset(Grant(v, r) for r in Resource for v in VERBS),
    OP: _OP,
    USER: _USER,
    VIEWER: _VIEWER,
}


def permissions_of(roles: Iterable[str], given: Iterable[Grant]) -> Permissions:
    """What somebody with these roles may do. `given`: what own roles and DAG files give to any of them."""
    grants = set(given)
    for role in roles:
        grants |= STANDARD_ROLES.get(role, frozenset())
    return Permissions(grants)

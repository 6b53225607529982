"""Permissions as pure rules: what grants add up to, and the words they are written in."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ostro.errors import BadRequest
from ostro.grants import DAG_BOUND, VERBS, Grant, Resource, grant_of, grants_of_dag, plain_access_control
from ostro.rules.permissions import STANDARD_ROLES, Permissions, permissions_of

R = Resource


def test_nothing_is_allowed_that_no_grant_names() -> None:
    nobody = Permissions([])
    for resource in Resource:
        for verb in VERBS:
            assert not nobody.allows(verb, resource)
            assert not nobody.allows(verb, resource, "d")
            assert not nobody.allows_somewhere(verb, resource)
    assert nobody.dags("read") == frozenset()
    assert nobody.listed() == {}


def test_what_holds_for_some_dags_only_names_them() -> None:
    rights = Permissions(
        [
            *(Grant(v, R.DAGS, "a") for v in VERBS),
            Grant("edit", R.DAGS, "b"),
            Grant("create", R.DAG_RUNS),
            Grant("read", R.POOLS),
        ]
    )
    # A run is created where the DAG may be edited.
    assert rights.limited()["DAG Runs"] == {"create": ["a", "b"]}
    assert rights.limited()["DAGs"] == {
        "read": ["a"], "create": ["a"], "edit": ["a", "b"], "delete": ["a"],
    }  # fmt: skip
    assert "Pools" not in rights.limited()
    assert permissions_of(["Admin"], []).limited() == {}


def test_each_standard_role_allows_what_the_one_below_does_and_more() -> None:
    ladder = [STANDARD_ROLES[name] for name in ("Viewer", "User", "Op", "Admin")]
    for lower, higher in pairwise(ladder):
        assert lower < higher
    assert {g.verb for g in ladder[0]} == {"read"}
    assert len(ladder[3]) == len(VERBS) * len(Resource)
    assert not {g for g in ladder[1] if g.resource in (R.CONNECTIONS, R.VARIABLES, R.CONFIG, R.AUDIT_LOGS)}
    assert not {g for g in ladder[2] if g.resource in (R.USERS, R.ROLES, R.TOKENS, R.SESSIONS)}


@pytest.mark.parametrize(
    ("grants", "verb", "resource", "dag_id", "allowed"),
    [
        ([("read", R.POOLS, None)], "read", R.POOLS, None, True),
        ([("read", R.POOLS, None)], "edit", R.POOLS, None, False),
        ([("read", R.DAGS, "a")], "read", R.DAGS, "a", True),
        ([("read", R.DAGS, "a")], "read", R.DAGS, "b", False),
        ([("read", R.DAGS, "a")], "read", R.DAGS, None, False),
        ([("read", R.DAGS, None)], "read", R.DAGS, "b", True),
        # What belongs to a DAG needs the DAG, too: to read it for reading, to edit it for everything else.
        ([("read", R.DAGS, "a")], "read", R.TASK_LOGS, "a", False),
        ([("read", R.TASK_LOGS, None)], "read", R.TASK_LOGS, "a", False),
        ([("read", R.TASK_LOGS, None), ("read", R.DAGS, "a")], "read", R.TASK_LOGS, "a", True),
        ([("read", R.TASK_LOGS, None), ("read", R.DAGS, "a")], "read", R.TASK_LOGS, "b", False),
        ([("create", R.DAG_RUNS, None), ("read", R.DAGS, "a")], "create", R.DAG_RUNS, "a", False),
        ([("create", R.DAG_RUNS, None), ("edit", R.DAGS, "a")], "create", R.DAG_RUNS, "a", True),
        ([("create", R.DAG_RUNS, "a"), ("edit", R.DAGS, None)], "create", R.DAG_RUNS, "a", True),
        ([("create", R.DAG_RUNS, "a"), ("edit", R.DAGS, None)], "create", R.DAG_RUNS, "b", False),
        # A DAG of this name says nothing about things that have no DAG.
        ([("read", R.DAGS, "a")], "read", R.CONNECTIONS, "a", False),
    ],
)
def test_what_grants_add_up_to(
    grants: list[Any], verb: Any, resource: Resource, dag_id: str | None, allowed: bool
) -> None:
    assert Permissions(Grant(*g) for g in grants).allows(verb, resource, dag_id) is allowed


def test_the_dags_of_lists() -> None:
    some = Permissions(
        [
            Grant("read", R.DAGS, "a"),
            Grant("read", R.DAGS, "b"),
            Grant("read", R.DAG_RUNS, "b"),
            Grant("read", R.XCOMS),
        ]
    )
    assert some.dags("read") == {"a", "b"}
    assert some.dags("read", R.DAG_RUNS) == {"b"}
    assert some.dags("read", R.XCOMS) == {"a", "b"}
    assert some.dags("read", R.TASK_LOGS) == frozenset()
    assert permissions_of(["Viewer"], []).dags("read", R.XCOMS) is None
    assert permissions_of(["Viewer"], []).dags("edit") == frozenset()


def test_includes() -> None:
    op, viewer = permissions_of(["Op"], []), permissions_of(["Viewer"], [])
    one = Permissions([Grant("read", R.DAGS, "a")])
    assert op.includes(viewer)
    assert not viewer.includes(op)
    assert viewer.includes(one)
    assert not one.includes(viewer)
    assert not one.includes(Permissions([Grant("read", R.DAGS, "b")]))


@pytest.mark.parametrize("resource", list(Resource))
@pytest.mark.parametrize("verb", VERBS)
def test_words_lead_back_to_the_grant(verb: Any, resource: Resource) -> None:
    for dag_id in (None, "a:b") if resource in DAG_BOUND else (None,):
        grant = Grant(verb, resource, dag_id)
        assert grant_of(grant.action_text, grant.resource_text) == grant


def test_words_of_airflow() -> None:
    assert grant_of("can_edit", "DAG:sales") == Grant("edit", R.DAGS, "sales")
    assert grant_of("can_create", "DAG Run:sales") == Grant("create", R.DAG_RUNS, "sales")
    assert grant_of("can_dag_read", "all_dags") == Grant("read", R.DAGS)
    assert grant_of("can_read", "Datasets") == Grant("read", R.ASSETS)
    for action, resource in (
        ("can_fly", "Pools"),
        ("can_read", "Ponds"),
        ("can_read", "DAG:"),
        ("can_read", "Pools:a"),
    ):
        with pytest.raises(BadRequest):
            grant_of(action, resource)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"r": {"can_read", "can_edit"}}, {"r": {("read", R.DAGS), ("edit", R.DAGS)}}),
        ({"r": ["can_dag_read", "can_dag_edit"]}, {"r": {("read", R.DAGS), ("edit", R.DAGS)}}),
        ({"r": "can_read"}, {"r": {("read", R.DAGS)}}),
        (
            {"r": {"DAGs": {"can_delete"}, "DAG Runs": {"can_create", "menu_access"}}},
            {"r": {("delete", R.DAGS), ("create", R.DAG_RUNS)}},
        ),
        ({"r": set(), "s": {}}, {"r": set(), "s": set()}),
        ({}, {}),
    ],
)
def test_access_control_in_every_shape(given: Any, wanted: Any) -> None:
    found = grants_of_dag("d", given)
    assert {role: {(g.verb, g.resource) for g in grants} for role, grants in found.items()} == wanted
    assert all(g.dag_id == "d" for grants in found.values() for g in grants)
    assert grants_of_dag("d", plain_access_control("d", given)) == found


@pytest.mark.parametrize(
    "given", [["r"], {"r": 5}, {"r": {"can_fly"}}, {"r": {"Pools": {"can_read"}}}, {"r": {"DAGs": 1}}]
)
def test_access_control_that_means_nothing_is_one_sentence(given: Any) -> None:
    with pytest.raises(BadRequest):
        plain_access_control("d", given)

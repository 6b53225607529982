"""The audit log: every change has one row, refusals and logins too."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from ostro.grants import Grant, Resource
from ostro.spec import GroupSpec
from ostro.states import RunState
from ostro.store import accounts, assets, engines, event_log, roles
from ostro.timetable import CronTriggerTimetable, encode
from store import made

from . import matrix
from .conftest import PASSWORD, World, task

DAILY = encode(CronTriggerTimetable("@daily", timezone="UTC"))
TI = "/api/v2/dags/d/dagRuns/r/taskInstances"
#: What changes nothing, or only what page a person likes to see first; and what is tried out elsewhere.
NO_CHANGE = {
    "POST /api/v2/backfills/dry_run", "POST /api/v2/dags/{dag_id}/dagRuns/list",
    "POST /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/list",
    "PATCH /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/dry_run",
    "PATCH /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/dry_run",
    "PATCH /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskGroupInstances/{group_id}/dry_run",
    "POST /api/v2/dags/{dag_id}/favorite", "POST /api/v2/dags/{dag_id}/unfavorite",
    # Try a connection: tests/api/test_connection_tests.py.
    "POST /api/v2/connections/test", "POST /api/v2/connections/enqueue-test",
    # A line in the server's log: tests/api/test_security.py.
    "POST /csp-report",
    # Answers a question: tests/api/test_hitl.py.
    "PATCH /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails",
}  # fmt: skip


def steps(world: World) -> list[tuple[str, str, str, Any]]:
    """Route, path and body of one change each, in an order in which all succeed."""
    asset = {a["name"]: a["id"] for a in world.api("/assets")["assets"]}["a"]
    dag, run, one = "/api/v2/dags/{dag_id}", "/dagRuns/{dag_run_id}", "/taskInstances/{task_id}"
    state = {"value": 1}
    connection, variable, pool = (
        {"connection_id": "c", "conn_type": "http"},
        {"key": "v", "value": "1"},
        {"name": "p", "slots": 1},
    )
    create = {"action": "create", "entities": []}
    return [
        ("POST /api/v2/assets/events", "/api/v2/assets/events", "", {"asset_id": asset}),
        ("POST /api/v2/assets/{asset_id}/materialize", f"/api/v2/assets/{asset}/materialize", "", {}),
        ("DELETE /api/v2/assets/{asset_id}/queuedEvents", f"/api/v2/assets/{asset}/queuedEvents", "queue", None),
        (f"DELETE {dag}/assets/queuedEvents", "/api/v2/dags/d/assets/queuedEvents", "queue", None),
        (f"DELETE {dag}/assets/{{asset_id}}/queuedEvents", f"/api/v2/dags/d/assets/{asset}/queuedEvents", "queue", None),
        ("PUT /api/v2/assets/{asset_id}/state-store/{key:path}", f"/api/v2/assets/{asset}/state-store/k", "", state),
        ("DELETE /api/v2/assets/{asset_id}/state-store/{key:path}", f"/api/v2/assets/{asset}/state-store/k", "", None),
        ("DELETE /api/v2/assets/{asset_id}/state-store", f"/api/v2/assets/{asset}/state-store", "", None),
        ("POST /api/v2/backfills", "/api/v2/backfills", "", {"dag_id": "b", "from_date": "2026-01-01T00:00:00Z", "to_date": "2026-01-02T00:00:00Z"}),
        ("PUT /api/v2/backfills/{backfill_id}/pause", "/api/v2/backfills/1/pause", "", None),
        ("PUT /api/v2/backfills/{backfill_id}/unpause", "/api/v2/backfills/1/unpause", "", None),
        ("PUT /api/v2/backfills/{backfill_id}/cancel", "/api/v2/backfills/1/cancel", "", None),
        ("POST /api/v2/connections", "/api/v2/connections", "", connection),
        ("POST /api/v2/connections/defaults", "/api/v2/connections/defaults", "", None),
        ("PATCH /api/v2/connections/{connection_id}", "/api/v2/connections/c", "", connection),
        ("PATCH /api/v2/connections", "/api/v2/connections", "", {"actions": [create | {"entities": [connection | {"connection_id": "c2"}]}]}),
        ("DELETE /api/v2/connections/{connection_id}", "/api/v2/connections/c", "", None),
        ("POST /api/v2/variables", "/api/v2/variables", "", variable),
        ("PATCH /api/v2/variables/{variable_key:path}", "/api/v2/variables/v", "", variable),
        ("PATCH /api/v2/variables", "/api/v2/variables", "", {"actions": [create | {"entities": [variable | {"key": "v2"}]}]}),
        ("DELETE /api/v2/variables/{variable_key:path}", "/api/v2/variables/v", "", None),
        ("POST /api/v2/pools", "/api/v2/pools", "", pool),
        ("PATCH /api/v2/pools/{pool_name:path}", "/api/v2/pools/p", "", pool | {"slots": 2}),
        ("PATCH /api/v2/pools", "/api/v2/pools", "", {"actions": [create | {"entities": [pool | {"name": "p2"}]}]}),
        ("DELETE /api/v2/pools/{pool_name:path}", "/api/v2/pools/p", "", None),
        ("PATCH /api/v2/dags", "/api/v2/dags?dag_id_pattern=other", "", {"is_paused": True}),
        (f"PATCH {dag}", "/api/v2/dags/d", "", {"is_paused": True}),
        (f"POST {dag}/dagRuns", "/api/v2/dags/d/dagRuns", "", {"logical_date": None, "dag_run_id": "new"}),
        (f"PATCH {dag}{run}", "/api/v2/dags/d/dagRuns/r", "", {"note": "n"}),
        (f"PATCH {dag}{run}{one}", f"{TI}/t", "", {"note": "n"}),
        (f"PATCH {dag}{run}{one}/{{map_index}}", f"{TI}/t/-1", "", {"note": "m"}),
        (f"PATCH {dag}{run}/taskGroupInstances/{{group_id}}", "/api/v2/dags/d/dagRuns/r/taskGroupInstances/g", "", {"note": "m"}),
        (f"PATCH {dag}{run}/taskInstances", TI, "", {"actions": [{"action": "update", "entities": [{"task_id": "t", "note": "x"}]}]}),
        (f"POST {dag}{run}{one}/xcomEntries", f"{TI}/t/xcomEntries", "", {"key": "k", "value": 1}),
        (f"PATCH {dag}{run}{one}/xcomEntries/{{xcom_key:path}}", f"{TI}/t/xcomEntries/k", "", state),
        (f"DELETE {dag}{run}{one}/xcomEntries/{{xcom_key:path}}", f"{TI}/t/xcomEntries/k", "", None),
        (f"PUT {dag}{run}{one}/state-store/{{key:path}}", f"{TI}/t/state-store/k", "", state),
        (f"PATCH {dag}{run}{one}/state-store/{{key:path}}", f"{TI}/t/state-store/k", "", state),
        (f"DELETE {dag}{run}{one}/state-store/{{key:path}}", f"{TI}/t/state-store/k", "", None),
        (f"DELETE {dag}{run}{one}/state-store", f"{TI}/t/state-store", "", None),
        (f"POST {dag}/clearPartitions", "/api/v2/dags/d/clearPartitions", "", {"run_id": "parted", "dry_run": False}),
        (f"POST {dag}/clearTaskInstances", "/api/v2/dags/d/clearTaskInstances", "", {"dry_run": False, "dag_run_id": "r", "only_failed": False}),
        (f"POST {dag}{run}/clear", "/api/v2/dags/d/dagRuns/r/clear", "", {"dry_run": False}),
        (f"POST {dag}/clearDagRuns", "/api/v2/dags/d/clearDagRuns", "", {"dry_run": False, "dag_runs": [{"dag_run_id": "r"}]}),
        (f"PATCH {dag}/dagRuns", "/api/v2/dags/d/dagRuns", "", {"actions": [{"action": "update", "entities": [{"dag_run_id": "r", "note": "x"}]}]}),
        (f"DELETE {dag}{run}{one}", f"{TI}/t", "", None),
        (f"DELETE {dag}{run}", "/api/v2/dags/d/dagRuns/over", "", None),
        (f"DELETE {dag}", "/api/v2/dags/other", "", None),
        ("POST /auth/token", "/auth/token", "", {"username": "admin", "password": PASSWORD}),
        ("POST /auth/token/cli", "/auth/token/cli", "", {"username": "admin", "password": PASSWORD}),
        ("POST /auth/login", "/auth/login", "", {"username": "admin", "password": PASSWORD}),
        ("POST /ui/processes/{engine_id:path}/drain", "/ui/processes/one%3A%2Fhome/drain", "", {"drain": True}),
        ("POST /ui/account/tokens", "/ui/account/tokens", "", {"label": "x"}),
        ("DELETE /ui/account/tokens/{token_id}", "/ui/account/tokens/{named}", "", None),
        ("POST /ui/account/tokens", "/ui/account/tokens", "", {"label": "y"}),
        ("DELETE /ui/admin/tokens/{token_id}", "/ui/admin/tokens/{named}", "", None),
        ("POST /ui/admin/roles", "/ui/admin/roles", "", {"name": "r"}),
        ("PATCH /ui/admin/roles/{role}", "/ui/admin/roles/r", "", {"permissions": [{"action": "can_read", "resource": "Pools"}]}),
        ("DELETE /ui/admin/roles/{role}", "/ui/admin/roles/r", "", None),
        ("POST /ui/admin/users", "/ui/admin/users", "", {"username": "eve", "roles": ["Viewer"], "password": "long enough"}),
        ("PATCH /ui/admin/users/{username}", "/ui/admin/users/eve", "", {"roles": ["Op"]}),
        ("POST /ui/admin/users/{username}/password", "/ui/admin/users/eve/password", "", {}),
        ("DELETE /ui/admin/sessions/{session_id}", "/ui/admin/sessions/{session}", "eve", None),
        ("DELETE /ui/admin/users/{username}", "/ui/admin/users/eve", "", None),
        ("POST /ui/account/password", "/ui/account/password", "", {"old_password": PASSWORD, "new_password": "another one"}),
        ("POST /auth/logout", "/auth/logout", "again", None),
    ]  # fmt: skip


@pytest.fixture
def full(lite: World) -> World:
    """A DAG with an asset, a group and runs; one to delete; one to fill up."""
    outlet = {"type": "asset", "name": "a", "uri": "s3://a", "group": "asset"}
    condition = {"all": [{"asset": outlet}, {"asset": outlet | {"name": "b", "uri": "s3://b"}}]}
    inner = task("g.t", group_id="g")
    lite.dag(
        task("t", outlets=(outlet,)), inner, groups=(GroupSpec(group_id="g"),), asset_condition=condition
    )
    lite.dag(task("t"), dag_id="other")
    lite.dag(task("t"), dag_id="b", timetable=DAILY)
    run = lite.run()
    lite.states(run, t="success")
    lite.run(run_id="parted", partition_key="x")
    over = lite.run(run_id="over")
    lite.ends(over, RunState.SUCCESS)
    with lite.store.begin() as tx:
        engines.beat(tx, "one:/home", made.NOW)
    return lite


def test_every_change_has_one_row_with_who_what_and_from_where(full: World) -> None:
    """S16: each route that changes something has one row."""
    asked = steps(full)
    wanted = {
        f"{m} {p}" for m, p in matrix.routes(full) if m not in ("GET", "HEAD") and "{path:path}" not in p
    }
    missing = wanted - NO_CHANGE - {route for route, *_ in asked} - {"PUT /api/v2/parseDagFile/{file_token}"}
    assert missing == set(), "a new route: give it a step above, or say that it changes nothing"
    named, problems = "", []
    for route, path, before, body in asked:
        prepare(full, before)
        if "{session}" in path:
            path = path.replace("{session}", session_of(full, "eve"))
        count = len(rows(full))
        answer = full.client.request(route.split(" ")[0], path.replace("{named}", named), json=body)
        if answer.status_code >= 300:
            problems.append(f"{route}: {answer.status_code} {answer.text[:150]}")
            continue
        if route == "POST /ui/account/tokens":
            named = answer.json()["id"]
        new = rows(full)[count:]
        if len(new) != 1:
            problems.append(f"{route}: {len(new)} rows, {[row.event for row in new]}")
            continue
        if (new[0].owner, new[0].address, new[0].result) != ("admin", "testclient", "done"):
            problems.append(f"{route}: {new[0]}")
    assert not problems, "\n".join(problems)
    with full.store.read() as tx:
        assert event_log.verify(tx).broken is None


def prepare(world: World, what: str) -> None:
    if what == "queue":
        with world.store.begin() as tx:
            assets.record_event(tx, name="a", uri="s3://a", at=made.NOW)
    elif what == "eve":
        token = world.client.headers["Authorization"]
        world.sign_in("eve")
        world.client.headers["Authorization"] = token
    elif what == "again":
        world.sign_in("admin")


def session_of(world: World, name: str) -> str:
    found = world.get("/ui/admin/sessions")["sessions"]
    return str(next(s["id"] for s in found if s["username"] == name))


def rows(world: World) -> list[event_log.LogRow]:
    from ostro.store.views.filters import Page

    with world.store.read() as tx:
        return event_log.list_entries(tx, [], Page(limit=10_000))[0]


def test_what_a_bulk_request_did_is_written_down_thing_by_thing(lite: World) -> None:
    """S16: what, and of which DAG: whoever may read the log of one DAG finds it."""
    for dag_id in ("d", "e"):
        lite.dag(task("t"), dag_id=dag_id)
        lite.run(dag_id, "r")
    there = {"action": "create", "entities": [{"key": "a", "value": "secret"}, {"key": "b", "value": "1"}]}
    gone = {"action": "delete", "entities": ["b", "none"], "action_on_non_existence": "skip"}
    lite.send("PATCH", "/variables", {"actions": [there, gone]})
    runs = [{"dag_id": d, "dag_run_id": "r", "state": "failed"} for d in ("d", "e")]
    runs.append({"dag_id": "d", "dag_run_id": "none", "state": "failed"})
    lite.send("PATCH", "/dags/~/dagRuns", {"actions": [{"action": "update", "entities": runs}]})
    tasks = {"actions": [{"action": "delete", "entities": [{"task_id": "t", "map_index": -1}]}]}
    lite.send("PATCH", "/dags/d/dagRuns/r/taskInstances", tasks)
    lite.send("PATCH", "/dags/d/dagRuns", {"actions": [{"action": "delete", "entities": ["none"]}]})
    told = [(row.event, row.dag_id, row.extra) for row in rows(lite)]
    update = {"update": [{"dag_run_id": "r", "state": "failed"}]}
    assert told == [
        ("bulk_variables", None, {"create": ["a", "b"], "delete": ["b"]}),
        ("bulk_dag_runs", "d", update),
        ("bulk_dag_runs", "e", update),
        (
            "bulk_task_instances",
            "d",
            {"delete": [{"dag_run_id": "r", "task_id": "t", "map_index": -1}]},
        ),
        ("bulk_dag_runs", "d", None),
    ]


def test_refusals_and_logins_are_written_down(world: World) -> None:
    matrix.people(world)
    count = len(rows(world))
    world.client.post("/auth/token", json={"username": "admin", "password": "wrong"})
    world.sign_in("viewer")
    world.send("POST", "/pools", {"name": "x", "slots": 1}, 403)
    world.send("PATCH", "/dags", {"is_paused": True}, 403)
    new = [(row.event, row.owner, row.result, row.address) for row in rows(world)[count:]]
    assert new == [
        ("login", "admin", "failed", "testclient"),
        ("denied", "viewer", "denied", "testclient"),
        ("denied", "viewer", "denied", "testclient"),
    ]


def test_refusals_do_not_fill_the_database(lite: World) -> None:
    """S16: of one person's refusals the first 60 of a minute are rows, then every tenfold count."""
    matrix.people(lite)
    lite.sign_in("viewer")
    count = len(rows(lite))
    for _ in range(120):
        lite.api("/connections", 403)
    new = rows(lite)[count:]
    assert [row.extra.get("count") for row in new] == [None] * 60 + [100]
    lite.clock.advance(60)
    lite.api("/connections", 403)
    assert len(rows(lite)) - count == 62


def test_strangers_are_written_down_and_counted(lite: World) -> None:
    """S16: requests without a login: the first of an address in a minute, then the counts."""
    del lite.client.headers["Authorization"]
    count = len(rows(lite))
    for _ in range(105):
        lite.api("/dags?secret=in-the-query", 401)
    new = rows(lite)[count:]
    assert [(row.event, row.owner, row.result) for row in new] == [("denied", None, "denied")] * 3
    assert [row.extra.get("count") for row in new] == [None, 10, 100]
    assert new[0].extra == {"method": "GET", "path": "/api/v2/dags"}
    assert new[0].address == "testclient"


def test_many_addresses_are_no_way_around_the_bound(lite: World) -> None:
    """S16: 5,000 addresses make no 5,000 rows."""
    count = len(rows(lite))
    for number in range(5_000):
        lite.app.state.guard.refusals.note(
            Request({"type": "http", "client": (f"10.0.{number // 250}.{number % 250}", 1), "headers": []}),
            "denied 401", str(number), 1, event="denied", result="denied", owner=None,
        )  # fmt: skip
    assert len(rows(lite)) - count == 120 + 1


def test_failed_logins_are_written_down_without_what_was_typed(lite: World) -> None:
    """S16: a name that nobody has may be a password in the wrong field."""
    count = len(rows(lite))
    for name in ("admin", "hunter2-in-the-name-field"):
        answer = lite.client.post("/auth/token", json={"username": name, "password": "wrong"})
        assert answer.status_code == 401
    for _ in range(30):
        lite.client.post("/auth/token", json={"username": "admin", "password": "wrong"})
    new = rows(lite)[count:]
    assert [(row.event, row.result, row.owner) for row in new[:2]] == [
        ("login", "failed", "admin"),
        ("login", "failed", None),
    ]
    assert new[1].extra == {"unknown_name": True}
    waits = [row for row in new if row.result == "denied"]
    assert 1 <= len(waits) <= 3
    assert "hunter2" not in repr(new)


def test_who_reads_the_audit_log(world: World) -> None:
    """S16: administrators, and whoever was given that permission."""
    matrix.people(world)
    with world.store.begin() as tx:
        roles.insert_role(tx, "auditor", world.clock.now())
        roles.add_grants(tx, "auditor", [Grant("read", Resource.AUDIT_LOGS), Grant("read", Resource.DAGS)])
        accounts.insert_user(tx, "auditor", None, roles=["auditor"], now=world.clock.now())
    for name, status in (("viewer", 403), ("user", 403), ("op", 403), ("auditor", 200), ("admin", 200)):
        world.sign_in(name)
        world.api("/eventLogs", status)

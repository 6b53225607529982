"""Who may do what: the table of all routes and roles, lists without what somebody may not read, grants of DAG files."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from ostro.commands import accounts as account_rules
from ostro.commands import roles as role_rules
from ostro.commands.act import act
from ostro.grants import Grant, Resource
from ostro.protocol.parse import FileError
from ostro.spec import TaskSpec
from ostro.states import RunState
from ostro.store import NewBackfill, assets, backfills, roles, run_triggers, runs, state_stores
from ostro.store.assets import EventSource
from ostro.store.state_stores import AssetState
from store import made

from . import matrix
from .conftest import World, task

GOLDEN = Path(__file__).with_name("permissions.txt")
CANARY = "canary"
#: What stands in paths about the first DAG.
WORDS = {
    "run_id": "r", "task_id": "t", "try_number": "1", "map_index": "-1", "task_try_number": "1", "version_number": "1",
    "xcom_key": "plain-key",
}  # fmt: skip


def test_every_route_lets_through_whom_the_table_says(lite: World) -> None:
    """S13: all routes, all roles, own and other DAGs."""
    found = matrix.table(lite)
    wanted = GOLDEN.read_text().splitlines()
    missing = [line for line in wanted if line not in found]
    more = [line for line in found if line not in wanted]
    text = "look at each difference; when it is meant: cd tests && python -W ignore -m api.matrix > api/permissions.txt"
    assert (missing, more) == ([], []), text


# ---- what somebody may not read is nowhere -------------------------------------------------------------------------


def outlet(name: str) -> dict[str, Any]:
    return {"type": "asset", "name": name, "uri": f"s3://{name}", "group": "asset"}


@pytest.fixture
def full(world: World) -> World:
    """Two DAGs with everything a DAG can have; all words of the second have "canary" in them."""
    for dag_id, word in ((matrix.MINE, "plain"), (matrix.THEIRS, CANARY)):
        fill(world, dag_id, word)
    with world.store.begin() as tx:
        mine = runs.find_run(tx, matrix.MINE, "r")
        theirs = runs.find_run(tx, matrix.THEIRS, f"{CANARY}-run")
        assert mine is not None and theirs is not None
        run_triggers.put(tx, theirs.id, mine.id, "t", -1, made.NOW)
        run_triggers.put(tx, mine.id, theirs.id, "t", -1, made.NOW)
    matrix.people(world)
    return world


def fill(world: World, dag_id: str, word: str) -> None:
    condition = {"any": [{"asset": outlet(f"{word}-in")}, {"asset": outlet("shared")}]}
    t: TaskSpec = task("t", outlets=(outlet(f"{word}-out"),), doc_md=f"{word} doc", pool=f"{word}-pool")
    world.dag(
        t, dag_id=dag_id, tags=(f"{word}-tag",), owner_links={f"{word}-owner": f"mailto:{word}@x"}, description=f"{word} words",
        asset_condition=condition,
    )  # fmt: skip
    run = world.run(dag_id, f"{word}-run" if word == CANARY else "r", conf={"k": f"{word}-conf"})
    world.states(run, t="failed")
    world.ends(run, RunState.FAILED)
    world.xcom(run, "t", f"{word}-key", b'"value"')
    world.log(run, "t", f"{word} line")
    world.rendered(run, "t", json.dumps({"command": f"{word} command"}).encode())
    with world.store.begin() as tx:
        made.save(
            tx, made.dag(f"{word}-broken"), path=f"{word}_broken.py",
            errors=(FileError(f"{word} error", path=f"/dags/{word}.py", line=1, traceback=f"{word} traceback"),),
        )  # fmt: skip
        source = EventSource(dag_id=dag_id, task_id="t", run_id=run.run_id)
        for name in (f"{word}-out", f"{word}-in", "shared"):
            assets.record_event(
                tx, name=name, uri=f"s3://{name}", at=made.NOW, source=source, extra={"k": f"{word}-extra"}
            )
    send = {"note": f"{word} note"}
    at = f"/dags/{dag_id}/dagRuns/{run.run_id}"
    world.send("PATCH", at, send)
    world.send("PATCH", f"{at}/taskInstances/t", send)
    assert world.client.put(
        f"/api/v2{at}/taskInstances/t/state-store/{word}-key", json={"value": f"{word} kept"}
    ).is_success
    with world.store.begin() as tx:
        state = AssetState(
            key=f"by-{dag_id == matrix.MINE}", value=b"1", updated_at=made.NOW, writer="task", dag_id=dag_id,
            run_id=run.run_id, task_id="t", map_index=-1,
        )  # fmt: skip
        state_stores.asset_put(tx, "shared", "s3://shared", state)
        new = NewBackfill(dag_id=dag_id, from_date=made.NOW, to_date=made.NOW, conf={"k": word})
        assert backfills.create(tx, new, made.NOW)


def readings(world: World) -> list[tuple[str, str, Any]]:
    """Every GET of the app about the first DAG or about all, and the lists that are asked for by POST."""
    found: list[tuple[str, str, Any]] = []
    for method, path in matrix.routes(world):
        if method == "GET" and "{path:path}" not in path:
            for dag_id in (matrix.MINE, "~"):
                filled = path.replace("{dag_id}", dag_id).replace(
                    "{dag_run_id}", "~" if dag_id == "~" else "r"
                )
                for name, value in WORDS.items():
                    filled = re.sub(rf"\{{{name}(:path)?\}}", value, filled)
                for number in range(1, 9) if "{" in filled else (1,):
                    found.append((method, re.sub(r"\{\w+(:path)?\}", str(number), filled), None))
    found.append(("POST", "/api/v2/dags/~/dagRuns/list", {}))
    found.append(("POST", "/api/v2/dags/~/dagRuns/~/taskInstances/list", {}))
    found += [("GET", f"/api/v2/assets/events?source_dag_id={matrix.THEIRS[:-1]}%", None)]
    return found


def test_no_answer_tells_of_a_dag_that_one_may_not_read(full: World) -> None:
    """S13: no word of another DAG in any answer."""
    full.app.state.tail.close()
    asked = readings(full)
    full.sign_in("admin")
    seen_by_admin = [path for method, path, body in asked if CANARY in answer_of(full, method, path, body)]
    assert len(seen_by_admin) >= 20, "the second DAG must be somewhere, or this test proves nothing"
    full.sign_in(matrix.TEAM)
    told = [path for method, path, body in asked if CANARY in answer_of(full, method, path, body)]
    assert told == []


def test_live_changes_of_another_dag_are_not_told(full: World) -> None:
    """S13: the stream of changes, from now on and after a reconnect, to somebody who may see one DAG of two."""
    full.sign_in(matrix.TEAM)
    request = Request(
        {"type": "http", "method": "GET", "path": "/ui/events", "app": full.app,
         "headers": [(b"authorization", full.client.headers["Authorization"].encode())]}
    )  # fmt: skip
    readable = full.app.state.guard.person(request).readable()
    assert readable == {matrix.MINE}
    full.sign_in("admin")

    def change() -> None:
        full.send("PATCH", f"/dags/{matrix.THEIRS}", {"is_paused": True})
        full.send(
            "POST", f"/dags/{matrix.THEIRS}/dagRuns", {"logical_date": None, "dag_run_id": f"{CANARY}-new"}
        )
        full.send("DELETE", f"/dags/{matrix.THEIRS}/dagRuns/{CANARY}-run", status=204)
        full.send("PATCH", f"/dags/{matrix.MINE}", {"is_paused": True})

    async def heard(since: str | None) -> tuple[str, str]:
        stream = full.app.state.tail.follow(None, since, readable=readable)
        try:
            raw = (await asyncio.wait_for(anext(stream), 20)).decode()
            hello = json.loads(raw.partition("data: ")[2])["version"]
            if since is None:
                await asyncio.to_thread(change)
            while matrix.MINE not in raw:
                raw += (await asyncio.wait_for(anext(stream), 20)).decode()
            return raw, hello
        finally:
            await stream.aclose()

    live, since = asyncio.run(heard(None))
    assert CANARY not in live
    full.send("POST", f"/dags/{matrix.MINE}/dagRuns", {"logical_date": None, "dag_run_id": "mine-new"})
    missed, _ = asyncio.run(heard(since))
    assert CANARY not in missed


def answer_of(world: World, method: str, path: str, body: Any) -> str:
    answer = world.client.request(method, path, json=body, follow_redirects=False)
    assert answer.status_code < 500, (path, answer.text)
    return answer.text


def test_the_first_dag_is_seen_by_who_may(full: World) -> None:
    full.sign_in(matrix.TEAM)
    assert [d["dag_id"] for d in full.api("/dags", dag_id_pattern="mine")["dags"]] == [matrix.MINE]
    assert full.api("/dags")["total_entries"] == 1
    assert full.api("/dags/~/dagRuns")["total_entries"] == 1
    assert full.api("/dags/~/dagRuns/~/taskInstances")["total_entries"] == 1
    assert full.api("/dagTags")["tags"] == ["plain-tag"]
    assert [d["dag_id"] for d in full.api("/dagStats")["dags"]] == [matrix.MINE]
    assert {e["dag_id"] for e in full.api("/eventLogs")["event_logs"]} == {matrix.MINE}
    assert {a["name"] for a in full.api("/assets")["assets"]} == {"plain-in", "plain-out", "shared"}
    assert full.api("/backfills", dag_id=matrix.MINE)["total_entries"] == 1
    assert full.get("/ui/dags")["total_entries"] == 1


def test_a_shared_asset_shows_only_ones_own_side(full: World) -> None:
    full.sign_in(matrix.TEAM)
    (shared,) = [a for a in full.api("/assets")["assets"] if a["name"] == "shared"]
    assert [d["dag_id"] for d in shared["scheduled_dags"]] == [matrix.MINE]
    events = full.api("/assets/events", asset_id=shared["id"])["asset_events"]
    assert [(e["source_dag_id"], e["extra"]) for e in events] == [
        (matrix.MINE, {"k": "plain-extra"}),
        (None, {}),
    ]


def test_who_wrote_the_state_of_a_shared_asset_is_told_of_readable_dags(full: World) -> None:
    full.sign_in(matrix.TEAM)
    (shared,) = [a["id"] for a in full.api("/assets")["assets"] if a["name"] == "shared"]
    kept = full.api(f"/assets/{shared}/state-store")["asset_state_store"]
    assert [(k["key"], k["last_updated_by"]["dag_id"]) for k in kept] == [
        ("by-False", None),
        ("by-True", matrix.MINE),
    ]
    assert full.api(f"/assets/{shared}/state-store/by-False")["last_updated_by"]["run_id"] is None


def test_errors_of_a_file_are_shown_to_who_may_read_all_that_it_holds(full: World) -> None:
    """A traceback tells of everything in its file."""
    broken = FileError("canary broke", path=f"/dags/{matrix.MINE}.py", line=1, traceback="canary traceback")
    with full.store.begin() as tx:
        both = made.dag(matrix.MINE), made.dag(f"{CANARY}-second")
        made.save(tx, *both, path=f"{matrix.MINE}.py", errors=(broken,))
    path = f"/ui/dags/{matrix.MINE}"
    assert full.get(path)["import_errors"]
    full.sign_in(matrix.TEAM)
    assert full.get(path)["import_errors"] == []


def test_changes_reach_only_dags_that_one_may_change(full: World) -> None:
    full.sign_in("admin")
    everything = full.api("/assets")["assets"]
    other = next(a["id"] for a in everything if a["name"] == f"{CANARY}-out")
    backfill = full.api("/backfills", dag_id=matrix.THEIRS)["backfills"][0]["id"]
    full.sign_in(matrix.TEAM)
    full.send("POST", f"/assets/{other}/materialize", {}, 404)
    full.send("POST", "/assets/events", {"asset_id": other}, 404)
    full.send("DELETE", f"/assets/{other}/state-store", None, 404)
    full.send("PUT", f"/backfills/{backfill}/cancel", None, 404)
    full.send("PATCH", "/dags", {"is_paused": True}, dag_id_pattern="%")
    full.sign_in("admin")
    paused = {d["dag_id"]: d["is_paused"] for d in full.api("/dags")["dags"]}
    assert (paused[matrix.MINE], paused[matrix.THEIRS]) == (True, False)


def test_queued_events_of_others_are_neither_shown_nor_dropped(full: World) -> None:
    full.sign_in(matrix.TEAM)
    (shared,) = [a["id"] for a in full.api("/assets")["assets"] if a["name"] == "shared"]
    queued = full.api(f"/assets/{shared}/queuedEvents")["queued_events"]
    assert {q["dag_id"] for q in queued} == {matrix.MINE}
    answer = full.client.delete(f"/api/v2/assets/{shared}/queuedEvents")
    assert answer.status_code == 403
    assert CANARY not in answer.text


# ---- grants --------------------------------------------------------------------------------------------------------


def someone(world: World, name: str, *role_names: str) -> None:
    with act(world.store, world.clock, world.deps.wake, "test") as doing:
        account_rules.create_user_in(doing, name, None, role_names=role_names)


def test_a_dag_file_gives_permissions_to_roles(world: World) -> None:
    with act(world.store, world.clock, world.deps.wake, "test") as doing:
        role_rules.create_role_in(doing, "crew", [Grant("read", Resource.DAG_RUNS)])
    someone(world, "ann", "crew")
    world.dag(task("t"), dag_id="old", access_control={"crew": ["can_dag_read", "can_dag_edit"]})
    world.dag(
        task("t"), dag_id="new", access_control={"crew": {"DAGs": ["can_read"], "DAG Runs": ["can_create"]}}
    )
    world.dag(task("t"), dag_id="none")
    world.sign_in("ann")
    assert [d["dag_id"] for d in world.api("/dags")["dags"]] == ["new", "old"]
    world.send("PATCH", "/dags/old", {"is_paused": True})
    world.send("PATCH", "/dags/new", {"is_paused": True}, 403)
    world.send("POST", "/dags/new/dagRuns", {"logical_date": None}, 403)
    world.dag(
        task("t"),
        dag_id="new",
        access_control={"crew": {"DAGs": ["can_read", "can_edit"], "DAG Runs": ["can_create"]}},
    )
    world.dag(task("t"), dag_id="old", access_control={})
    world.clock.advance(1)
    world.send("POST", "/dags/new/dagRuns", {"logical_date": None})
    assert [d["dag_id"] for d in world.api("/dags")["dags"]] == ["new"]
    # A file that says nothing leaves what it gave before, as Airflow does.
    world.dag(task("t"), task("u"), dag_id="new")
    world.clock.advance(1)
    assert [d["dag_id"] for d in world.api("/dags")["dags"]] == ["new"]


def test_a_role_may_have_thousands_of_dags(world: World) -> None:
    with world.store.begin() as tx:
        roles.insert_role(tx, "wide", world.clock.now())
        roles.add_grants(tx, "wide", [Grant("read", Resource.DAGS, f"d{n}") for n in range(5_000)])
        roles.add_grants(tx, "wide", [Grant("read", Resource.DAG_RUNS)])
    someone(world, "ann", "wide")
    world.dag(task("t"), dag_id="d77")
    world.dag(task("t"), dag_id="other")
    world.sign_in("ann")
    assert world.api("/dags")["total_entries"] == 1
    assert world.api("/dags/~/dagRuns")["total_entries"] == 0


def test_several_roles_add_up(lite: World) -> None:
    with act(lite.store, lite.clock, lite.deps.wake, "test") as doing:
        role_rules.create_role_in(doing, "pools", [Grant("edit", Resource.POOLS)])
    someone(lite, "ann", "Viewer", "pools")
    lite.sign_in("ann")
    lite.send("PATCH", "/pools/default_pool", {"slots": 3}, pool_name="default_pool", update_mask="slots")
    lite.send("POST", "/pools", {"name": "x", "slots": 1}, 403)


def test_a_role_that_is_gone_allows_nothing(lite: World) -> None:
    with act(lite.store, lite.clock, lite.deps.wake, "test") as doing:
        role_rules.create_role_in(doing, "pools", [Grant("read", Resource.POOLS)])
    someone(lite, "ann", "pools")
    token = lite.sign_in("ann")
    lite.api("/pools")
    with act(lite.store, lite.clock, lite.deps.wake, "test") as doing:
        role_rules.delete_role_in(doing, "pools")
    lite.clock.advance(1)
    lite.client.headers["Authorization"] = f"Bearer {token}"
    lite.api("/pools", 403)

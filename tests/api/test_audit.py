"""The audit log: every change has one row, refusals and logins too; what was changed in it afterwards is found."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.requests import Request

from ostro.assembly import audit_key
from ostro.grants import Grant, Resource
from ostro.settings import load_settings
from ostro.spec import GroupSpec
from ostro.states import RunState
from ostro.store import Store, accounts, assets, audit_seals, event_log, roles
from ostro.store import tables as t
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


class TestChain:
    @pytest.fixture
    def chained(self, db: Store) -> Store:
        for number in range(5):
            with db.begin() as tx:
                event_log.put(tx, event_log.LogEntry(event="engine", at=made.NOW))
                entry = event_log.LogEntry(
                    event="e",
                    at=made.NOW,
                    owner="ann\0",
                    extra={"n": number, "t": "é\ud800"[:1]},
                    address="::1",
                )
                event_log.seal(tx, [entry, entry])
        return db

    def broken(self, store: Store) -> event_log.Broken | None:
        with store.read() as tx:
            whole = event_log.verify(tx, batch=3)
            rows, piece = 0, event_log.verify(tx, most=2)
            while piece.more:
                rows += piece.rows
                assert piece.rows == 2 and piece.last == whole.last
                piece = event_log.verify(tx, most=2, after=(piece.link, piece.digest))
            assert (rows + piece.rows, piece.broken) == (whole.rows, whole.broken), "pieces say the same"
            return whole.broken

    def test_holds(self, chained: Store) -> None:
        assert self.broken(chained) is None

    def test_rows_that_were_cleaned_between_two_pieces_are_not_missed(self, chained: Store) -> None:
        with chained.begin() as tx:
            seen = event_log.verify(tx, most=2)
            e = t.event_log.c
            digest = tx.execute(sa.select(e.digest).where(e.link == 4)).scalar_one()
            tx.execute(sa.delete(t.event_log).where(e.link <= 4))
            tx.execute(sa.update(t.audit_chain).values(base_link=4, base_digest=digest))
        with chained.read() as tx:
            found = event_log.verify(tx, after=(seen.link, seen.digest))
        assert (found.rows, found.broken, found.more) == (6, None, False)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("owner", "eve"),
            ("event", "x"),
            ("extra", {"n": 9}),
            ("address", None),
            ("result", "denied"),
            ("dag_id", "d"),
        ],
    )
    def test_an_edited_row_is_found(self, chained: Store, column: str, value: Any) -> None:
        with chained.begin() as tx:
            tx.execute(sa.update(t.event_log).where(t.event_log.c.link == 4).values({column: value}))
        found = self.broken(chained)
        assert found is not None
        assert found.link == 4

    @pytest.mark.parametrize(("link", "where"), [(1, 1), (5, 5), (10, 10)])
    def test_a_removed_row_is_found(self, chained: Store, link: int, where: int) -> None:
        with chained.begin() as tx:
            tx.execute(sa.delete(t.event_log).where(t.event_log.c.link == link))
        found = self.broken(chained)
        assert found is not None
        assert found.link == where

    def test_a_row_that_was_taken_out_of_the_chain_is_found(self, chained: Store) -> None:
        with chained.begin() as tx:
            tx.execute(sa.update(t.event_log).where(t.event_log.c.link == 5).values(link=None, digest=None))
        assert self.broken(chained) is not None

    def test_many_who_write_at_once_make_one_chain(self, db: Store) -> None:
        def write(number: int) -> None:
            for turn in range(20):
                with db.begin() as tx:
                    event_log.seal(
                        tx, [event_log.LogEntry(event=f"{number}.{turn}", at=made.NOW, owner="ann")]
                    )

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        with db.read() as tx:
            found = event_log.verify(tx)
        assert (found.rows, found.broken) == (80, None)

    def test_what_is_written_while_one_looks_is_no_tampering(self, chained: Store) -> None:
        def meanwhile() -> None:
            with chained.begin() as tx:
                event_log.seal(tx, [event_log.LogEntry(event="meanwhile", at=made.NOW, owner="ann")])

        written: list[str] = []

        def after_a_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "base_link" in statement and not written:
                written.append(statement)
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(meanwhile).result()

        sa.event.listen(chained.engine, "after_cursor_execute", after_a_statement)
        assert self.broken(chained) is None
        assert written

    def test_old_rows_may_be_cleaned(self, chained: Store) -> None:
        from ostro.store import clean

        later = datetime.fromisoformat("2026-06-01T00:00:00+00:00")
        with chained.begin() as tx:
            event_log.seal(tx, [event_log.LogEntry(event="young", at=later, owner="ann")])
        assert dict(clean.prune(chained, later, ["event_log"]))["event_log"] == 15
        assert self.broken(chained) is None
        with chained.begin() as tx:
            tx.execute(sa.delete(t.event_log))
        assert self.broken(chained) is not None


class Keyring:
    """Keys, and the memory beside them, as files would keep it."""

    def __init__(self, *keys: bytes) -> None:
        self.keys = keys
        self.memory: audit_seals.Memory | None = None

    def use(self, store: Store) -> None:
        audit_seals.use(store, lambda: audit_seals.Seals(self.keys, lambda: self.memory, self._remember))

    def _remember(self, memory: audit_seals.Memory) -> None:
        self.memory = memory


def deeds(store: Store, count: int, owner: str = "ann") -> None:
    for number in range(count):
        with store.begin() as tx:
            event_log.seal(tx, [event_log.LogEntry(event=f"e{number}", at=made.NOW, owner=owner)])


def forge(store: Store, *, begin: int, digest: str) -> None:
    """What somebody with only the database can do: write every row from `begin` on anew, with plain digests that fit."""
    e, c = t.event_log.c, t.audit_chain.c
    fields = [*(e[n] for n in event_log.LogEntry.__struct_fields__), e.link]
    with store.begin() as tx:
        for row in tx.execute(sa.select(*fields).where(e.link >= begin).order_by(e.link)).all():
            values = {**row._mapping, "owner": "nobody"}
            link = values.pop("link")
            text = event_log._text(link, digest, values, None)
            digest = hashlib.sha256(text).hexdigest()
            tx.execute(sa.update(t.event_log).where(e.link == link).values(owner="nobody", digest=digest))
            tx.execute(sa.update(t.audit_chain).values(link=link, digest=digest))
        assert tx.execute(sa.select(c.digest)).scalar_one() == digest


class TestKey:
    """S16: whoever has only the database cannot make a chain that fits."""

    OLD, NEW = b"o" * 32, b"n" * 32

    def look(self, store: Store, *, remember: bool = False) -> event_log.Verdict:
        with store.read() as tx:
            return event_log.verify(tx, batch=3, remember=remember)

    def why(self, store: Store) -> str:
        found = self.look(store).broken
        return "" if found is None else f"{found.link}: {found.why}"

    def test_a_new_installation_has_a_key_from_its_first_row_on(self, db: Store) -> None:
        Keyring(self.NEW).use(db)
        deeds(db, 5)
        found = self.look(db)
        assert (found.rows, found.unkeyed, found.broken) == (5, 0, None)
        with db.read() as tx:
            digests = set(tx.execute(sa.select(t.event_log.c.digest)).scalars())
        assert all(digest.startswith("k1:") for digest in digests)

    def test_rows_older_than_the_key_are_told_apart_and_held_together(self, db: Store) -> None:
        deeds(db, 4)
        ring = Keyring(self.NEW)
        ring.use(db)
        deeds(db, 3)
        found = self.look(db)
        assert (found.rows, found.unkeyed, found.broken) == (7, 4, None)
        assert ring.memory == audit_seals.Memory(begun_after=4)
        with db.begin() as tx:
            tx.execute(sa.update(t.event_log).where(t.event_log.c.link == 2).values(owner="eve"))
        assert self.why(db).startswith("2: the row was changed")

    def test_a_chain_made_anew_without_the_key_is_found(self, db: Store) -> None:
        Keyring(self.NEW).use(db)
        deeds(db, 6)
        forge(db, begin=1, digest="")
        assert self.why(db) == "1: the row is not sealed with the key of this installation"

    def test_old_rows_made_anew_no_longer_fit_the_first_with_a_key(self, db: Store) -> None:
        deeds(db, 4)
        Keyring(self.NEW).use(db)
        deeds(db, 1)
        with db.begin() as tx:
            before = tx.execute(sa.select(t.audit_chain)).one()
        forge(db, begin=1, digest="")
        assert self.why(db) == "5: the row is not sealed with the key of this installation"
        with db.begin() as tx:
            tx.execute(
                sa.update(t.event_log)
                .where(t.event_log.c.link == 5)
                .values(owner="ann", digest=before.digest)
            )
            tx.execute(sa.update(t.audit_chain).values(link=5, digest=before.digest))
        assert self.why(db).startswith("5: the row was changed")

    def test_a_machine_that_never_sealed_learns_it_from_its_first_look(self, db: Store) -> None:
        deeds(db, 4)
        Keyring(self.NEW).use(db)
        deeds(db, 3)
        elsewhere = Keyring(self.NEW)
        elsewhere.use(db)
        last = self.look(db, remember=True)
        assert elsewhere.memory == audit_seals.Memory(4, 7, last.digest)
        forge(db, begin=1, digest="")
        assert self.why(db) == "5: the row is not sealed with the key of this installation"

    def test_what_follows_a_row_with_a_key_has_one(self, db: Store) -> None:
        Keyring(self.NEW).use(db)
        deeds(db, 6)
        Keyring(self.NEW).use(db)
        with db.read() as tx:
            third = tx.execute(sa.select(t.event_log.c.digest).where(t.event_log.c.link == 3)).scalar_one()
        forge(db, begin=4, digest=third)
        assert self.why(db) == "4: the row is not sealed with the key of this installation"

    def test_the_key_may_change(self, db: Store) -> None:
        ring = Keyring(self.OLD)
        ring.use(db)
        deeds(db, 3)
        ring.keys = (self.NEW, self.OLD)
        ring.use(db)
        deeds(db, 3)
        assert self.look(db).broken is None
        ring.keys = (self.NEW,)
        ring.use(db)
        assert "which is not here: see [secrets] audit_key" in self.why(db)

    def test_last_rows_that_somebody_saw_are_missed(self, db: Store) -> None:
        ring = Keyring(self.NEW)
        ring.use(db)
        deeds(db, 3)
        with db.read() as tx:
            earlier = tx.execute(sa.select(t.audit_chain)).one()
        deeds(db, 3)
        last = self.look(db, remember=True)
        with db.begin() as tx:
            tx.execute(sa.delete(t.event_log).where(t.event_log.c.link > 3))
            tx.execute(sa.update(t.audit_chain).values(link=3, digest=earlier.digest))
        assert "rows up to 6 were there when the log was looked at last" in self.why(db)
        deeds(db, 3, owner="eve")
        assert "6: the row is another one" in self.why(db)
        with db.read() as tx:
            assert not event_log.has_digest(tx, last.digest)
            assert event_log.has_digest(tx, str(earlier.digest))

    def test_only_cleaning_moves_the_begin(self, db: Store) -> None:
        from ostro.store import clean

        Keyring(self.NEW).use(db)
        deeds(db, 4)
        later = made.NOW + timedelta(days=400)
        with db.begin() as tx:
            event_log.seal(tx, [event_log.LogEntry(event="young", at=later, owner="ann")] * 3)
        assert dict(clean.prune(db, later, ["event_log"]))["event_log"] == 4
        found = self.look(db)
        assert (found.rows, found.broken) == (3, None)
        e = t.event_log.c
        with db.begin() as tx:
            sixth = tx.execute(sa.select(e.digest).where(e.link == 6)).scalar_one()
            tx.execute(sa.delete(t.event_log).where(e.link <= 6))
            tx.execute(sa.update(t.audit_chain).values(base_link=6, base_digest=sixth))
        assert "6: the rows before it were not removed by ostro db clean" in self.why(db)

    def test_files_beside_the_key(self, tmp_path: Path) -> None:
        settings = load_settings({"OSTRO_HOME": str(tmp_path)})
        seals = audit_key.seals(settings)
        assert seals.recall() is None
        seals.remember(audit_seals.Memory(3, 9, "x"))
        assert audit_key.seals(settings).recall() == audit_seals.Memory(3, 9, "x")
        audit_key.forget_seen(settings)
        assert seals.recall() == audit_seals.Memory(3)
        assert [p.name for p in (tmp_path / "keys").iterdir() if p.stat().st_mode & 0o077] == []
        digest = seals.digest(b"x")
        given = {"OSTRO_HOME": str(tmp_path), "OSTRO__SECRETS__AUDIT_KEY": "a" * 32 + "," + "b" * 32}
        both = audit_key.seals(load_settings(given))
        assert both.fits(digest, b"x")
        assert not both.fits(digest, b"y")
        assert both.mark_of(both.digest(b"x")) != both.mark_of(digest)


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

"""The stream of changes: nothing is lost between reading and listening, whoever writes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from ostro.api.live.tail import MAX_INSTANCES_PER_RUN, MAX_PENDING, Listener, Tail
from ostro.store import Store, assets
from ostro.store.views.changes import Changes, InstanceChange, Position, position
from store import made

from .conftest import World, task

WAIT = 20.0


def parse(raw: bytes) -> tuple[str, Any, str | None]:
    """(event, data, id) of one message."""
    fields: dict[str, str] = {}
    for line in raw.decode().strip().splitlines():
        name, _, value = line.partition(": ")
        fields[name] = value
    return fields["event"], json.loads(fields["data"]), fields.get("id")


async def next_event(stream: AsyncIterator[bytes]) -> tuple[str, Any, str | None]:
    while True:
        raw = await asyncio.wait_for(anext(stream), WAIT)
        if not raw.startswith(b":"):
            return parse(raw)


async def collect(stream: AsyncIterator[bytes], enough: Callable[[list[Any]], bool]) -> list[Any]:
    """Events of `change` messages until there are enough."""
    got: list[Any] = []
    while not enough(got):
        name, data, _ = await next_event(stream)
        assert name == "change"
        got += data["events"]
    return got


def test_a_listener_hears_what_another_process_writes(db: Store, store_url: str) -> None:
    other = Store.open(store_url)
    with other.begin() as tx:
        made.save(tx, made.dag("d"), path="d.py")

    async def scenario() -> list[Any]:
        tail = Tail(db)
        stream = tail.follow(None, None)
        try:
            assert (await next_event(stream))[0] == "hello"
            with other.begin() as tx:
                run = made.run(tx)
                (row,) = made.instances(tx, run, "a")
            with other.begin() as tx:
                from ostro.store import transitions

                assert all(transitions.apply_moves(tx, [made.start(row.id)], made.NOW))
            return await collect(stream, lambda got: any(e["kind"] == "ti" for e in got))
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
            tail.close()

    got = asyncio.run(scenario())
    other.dispose()
    assert {"kind": "run", "dag_id": "d", "run_id": "r", "state": "queued", "run_type": "manual"} in got
    (change,) = [e for e in got if e["kind"] == "ti"]
    assert change == {
        "kind": "ti", "dag_id": "d", "run_id": "r", "task_id": "a", "map_index": -1, "state": "running", "try_number": 1,
    }  # fmt: skip


def test_what_was_missed_is_told_at_reconnect(db: Store) -> None:
    with db.begin() as tx:
        made.save(tx, made.dag("d"), path="d.py")
    with db.read() as tx:
        known = position(tx).encode()
    with db.begin() as tx:
        made.run(tx)

    async def scenario() -> tuple[Any, list[Any]]:
        tail = Tail(db)
        stream = tail.follow("d", known)
        try:
            hello = await next_event(stream)
            return hello, await collect(stream, bool)
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
            tail.close()

    hello, got = asyncio.run(scenario())
    assert hello[1] == {"version": known}
    assert [(e["kind"], e["dag_id"]) for e in got] == [("run", "d")]


def test_only_the_asked_dag_is_told(db: Store, store_url: str) -> None:
    other = Store.open(store_url)
    with other.begin() as tx:
        made.save(tx, made.dag("d"), path="d.py")
        made.save(tx, made.dag("e"), path="e.py")

    async def scenario() -> list[Any]:
        tail = Tail(db)
        stream = tail.follow("e", None)
        try:
            await next_event(stream)
            with other.begin() as tx:
                made.run(tx, dag_id="d")
                made.run(tx, dag_id="e")
            return await collect(stream, bool)
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
            tail.close()

    got = asyncio.run(scenario())
    other.dispose()
    assert {e["dag_id"] for e in got} == {"e"}


def test_a_new_version_and_import_errors_are_told(db: Store, store_url: str) -> None:
    other = Store.open(store_url)

    async def scenario() -> list[Any]:
        from ostro.protocol.parse import FileError

        tail = Tail(db)
        stream = tail.follow(None, None)
        try:
            await next_event(stream)
            with other.begin() as tx:
                made.save(tx, made.dag("d"), path="d.py")
                made.save(tx, path="x.py", errors=(FileError("boom"),))
            return await collect(stream, lambda got: len(got) >= 2)
        finally:
            await stream.aclose()  # type: ignore[attr-defined]
            tail.close()

    got = asyncio.run(scenario())
    other.dispose()
    assert {"kind": "dag", "dag_id": "d"} in got
    assert {"kind": "import_errors"} in got


def test_own_commands_are_heard_too(world: World) -> None:
    """SQLite tells a connection nothing of its own process's commits by itself: the app nudges."""
    world.dag(task("a"))

    async def scenario() -> list[Any]:
        tail: Tail = world.app.state.tail
        stream = tail.follow(None, None)
        try:
            await next_event(stream)
            await asyncio.to_thread(world.send, "PATCH", "/dags/d", {"is_paused": True})
            return await collect(stream, bool)
        finally:
            await stream.aclose()  # type: ignore[attr-defined]

    assert asyncio.run(scenario()) == [{"kind": "dag", "dag_id": "d"}]


def test_the_thread_ends_with_the_last_listener(db: Store) -> None:
    async def scenario() -> threading.Thread | None:
        tail = Tail(db)
        stream = tail.follow(None, None)
        await next_event(stream)
        thread = tail._thread
        assert thread is not None and thread.is_alive()
        await stream.aclose()  # type: ignore[attr-defined]
        return thread

    thread = asyncio.run(scenario())
    assert thread is not None
    thread.join(WAIT)
    assert not thread.is_alive()


def test_close_ends_open_streams(db: Store) -> None:
    async def scenario() -> None:
        tail = Tail(db)
        stream = tail.follow(None, None)
        await next_event(stream)
        waiting = asyncio.ensure_future(anext(stream, None))
        await asyncio.sleep(0)
        tail.close()
        assert await asyncio.wait_for(waiting, WAIT) is None

    asyncio.run(scenario())


def test_a_position_survives_its_text() -> None:
    at = Position(ti=1, run=2, log=3, version=4, error=5, errors=6, asset=7)
    assert Position.decode(at.encode()) == at
    for odd in ("", "1.2", "a.b.c.d.e.f.g", "1.2.3.4.5.6.-7", "1.2.3.4.5.6.7.8"):
        assert Position.decode(odd) is None


def _changes(*instances: InstanceChange, overflow: bool = False) -> Changes:
    return Changes(
        position=Position(ti=9),
        instances=list(instances),
        runs=[],
        dags=[],
        import_errors=False,
        overflow=overflow,
    )


def _instance(n: int, state: str = "success") -> InstanceChange:
    return InstanceChange(
        sequence=n, dag_id="d", run_id="r", task_id=f"t{n}", map_index=-1, state=state, try_number=1
    )


class TestMailbox:
    def test_the_last_state_of_each_thing_is_told(self) -> None:
        async def scenario() -> bytes:
            listener = Listener(None)
            listener.put(_changes(_instance(1, "running")))
            listener.put(_changes(_instance(1, "success")))
            return listener.take()

        _, data, _ = parse(asyncio.run(scenario()))
        assert [e["state"] for e in data["events"]] == ["success"]

    def test_many_instances_of_a_run_become_one_change_of_the_run(self) -> None:
        async def scenario() -> bytes:
            listener = Listener(None)
            listener.put(_changes(*(_instance(n) for n in range(MAX_INSTANCES_PER_RUN + 1))))
            return listener.take()

        _, data, _ = parse(asyncio.run(scenario()))
        assert [(e["kind"], e["run_id"]) for e in data["events"]] == [("run", "r")]

    def test_too_much_becomes_a_reset(self) -> None:
        async def scenario() -> tuple[bytes, bool]:
            listener = Listener(None)
            listener.put(_changes(*(_instance(n) for n in range(MAX_PENDING + 1))))
            return listener.take(), listener.arrived.is_set()

        raw, still = asyncio.run(scenario())
        assert parse(raw)[0] == "reset"
        assert not still

    def test_an_overflow_of_the_tail_is_a_reset(self) -> None:
        async def scenario() -> bytes:
            listener = Listener(None)
            listener.put(_changes(_instance(1), overflow=True))
            return listener.take()

        assert parse(asyncio.run(scenario()))[0] == "reset"


def test_an_asset_event_is_told_to_those_who_see_all_dags(world: World) -> None:
    world.dag(
        task("make", outlets=({"type": "asset", "name": "a", "uri": "s3://a", "group": "asset"},)), dag_id="p"
    )

    async def scenario() -> list[Any]:
        tail = Tail(world.store)
        stream = tail.follow(None, None)
        try:
            assert (await next_event(stream))[0] == "hello"
            with world.store.begin() as tx:
                assets.record_event(tx, name="a", uri="s3://a", at=made.NOW)
            tail.nudge()
            return await collect(stream, lambda got: {"kind": "assets"} in got)
        finally:
            tail.close()

    assert asyncio.run(scenario())

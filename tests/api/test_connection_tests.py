"""Connections that are tried, and the default ones."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from ostro.api.masking import MASK
from ostro.api.public.routes import connection_tests
from ostro.errors import BadRequest
from ostro.store import ConnectionRecord, connections
from support.deadline import wait_for

from .conftest import World

PATH = "/connections/enqueue-test"
BODY = {"connection_id": "c", "conn_type": "http", "host": "h", "password": "pass-1"}


class Hook:
    """Stands in for the child process with a provider's hook."""

    def __init__(self, worked: bool = True, *, waits: bool = False) -> None:
        self.worked = worked
        self.tried: list[ConnectionRecord] = []
        self.go = threading.Event()
        if not waits:
            self.go.set()

    def __call__(self, connection: ConnectionRecord) -> tuple[bool, str]:
        self.tried.append(connection)
        assert self.go.wait(30)
        return self.worked, "said so"


def switched_on(world: World, hook: Hook) -> None:
    deps = world.deps
    object.__setattr__(deps, "try_connection", hook)
    object.__setattr__(deps, "config", _changed(deps.config, can_test_connections=True))


def _changed(config: Any, **more: Any) -> Any:
    from dataclasses import replace

    return replace(config, **more)


def ask(world: World, token: str, status: int = 200) -> Any:
    answer = world.client.get("/api/v2" + PATH, headers={"Airflow-Connection-Test-Token": token})
    assert answer.status_code == status, answer.text
    return answer.json()


def result(world: World, token: str) -> Any:
    def ended() -> Any:
        found = ask(world, token)
        return found if found["state"] in ("success", "failed") else None

    return wait_for(ended, seconds=20, what="the end of the connection test")


def test_off_unless_somebody_switched_it_on(lite: World) -> None:
    for method, path in (("POST", "/connections/test"), ("POST", PATH)):
        assert "test_connection" in lite.send(method, path, BODY, 403)["detail"]
    ask(lite, "x", 403)


def test_in_the_background(world: World) -> None:
    hook = Hook(waits=True)
    switched_on(world, hook)
    queued = world.send("POST", PATH, BODY, 202)
    assert (queued["connection_id"], queued["state"]) == ("c", "pending")
    assert "already" in world.send("POST", PATH, BODY, 409)["detail"]
    hook.go.set()
    found = result(world, queued["token"])
    assert (found["state"], found["result_message"]) == ("success", "said so")
    assert hook.tried[0].password == "pass-1"
    world.api("/connections/c", 404)
    ask(world, "other", 404)


def test_saved_when_it_works(world: World) -> None:
    switched_on(world, Hook())
    result(world, world.send("POST", PATH, BODY | {"commit_on_success": True}, 202)["token"])
    assert world.api("/connections/c")["host"] == "h"


def test_not_saved_when_it_does_not(lite: World) -> None:
    switched_on(lite, Hook(worked=False))
    found = result(lite, lite.send("POST", PATH, BODY | {"commit_on_success": True}, 202)["token"])
    assert found["state"] == "failed"
    lite.api("/connections/c", 404)


def test_at_once(lite: World) -> None:
    switched_on(lite, Hook())
    assert lite.send("POST", "/connections/test", BODY) == {"status": True, "message": "said so"}


def test_a_stored_secret_goes_only_where_it_was_saved_for(lite: World) -> None:
    hook = Hook()
    switched_on(lite, hook)
    lite.send("POST", "/connections", BODY, 201)
    lite.send("POST", "/connections/test", BODY | {"password": MASK})
    assert hook.tried[-1].password == "pass-1"
    lite.send("POST", "/connections/test", BODY | {"password": MASK, "host": "elsewhere"}, 422)
    assert len(hook.tried) == 1


EXTRA = '{"token": "pass-2", "timeout": 5}'


@pytest.mark.parametrize(
    ("stored", "given"),
    [
        (EXTRA, '{"token":"***","timeout":5}'),
        (EXTRA, '{"timeout": 5, "token": "***"}'),
        ("a bare text", MASK),
        (EXTRA, None),
    ],
)
def test_an_extra_that_came_back_masked_is_the_stored_one(
    lite: World, stored: str, given: str | None
) -> None:
    hook = Hook()
    switched_on(lite, hook)
    with lite.store.begin() as tx:
        record = ConnectionRecord(conn_id="c", conn_type="http", host="h", password="pass-1", extra=stored)
        connections.save(tx, record, lite.deps.cipher, now=lite.clock.now())
    lite.send("POST", "/connections/test", BODY | {"password": MASK, "extra": given})
    assert (hook.tried[-1].password, hook.tried[-1].extra) == ("pass-1", stored)


def test_a_new_password_beside_a_masked_extra_is_the_one_that_is_tried_and_saved(lite: World) -> None:
    hook = Hook()
    switched_on(lite, hook)
    lite.send("POST", "/connections", BODY | {"extra": EXTRA}, 201)
    given = BODY | {"password": "pass-new", "extra": '{"token": "***", "timeout": 5}'}
    token = lite.send("POST", PATH, given | {"commit_on_success": True}, 202)["token"]
    assert result(lite, token)["state"] == "success"
    with lite.store.read() as tx:
        kept = connections.get(tx, "c", lite.deps.cipher)
    assert kept is not None and (kept.password, kept.extra) == ("pass-new", EXTRA)
    assert hook.tried[-1].password == "pass-new"


@pytest.mark.parametrize("extra", ['{"token": "***", "host": "elsewhere"}', '{"host": "elsewhere"}', "{}"])
def test_with_another_extra_a_stored_secret_is_not_sent(lite: World, extra: str) -> None:
    """Hooks read hosts and proxies from it."""
    hook = Hook()
    switched_on(lite, hook)
    lite.send("POST", "/connections", BODY | {"extra": EXTRA}, 201)
    lite.send("POST", "/connections/test", BODY | {"password": MASK, "extra": extra}, 422)
    assert hook.tried == []


def test_a_test_whose_server_ended(lite: World) -> None:
    hook = Hook(waits=True)
    switched_on(lite, hook)
    token = lite.send("POST", PATH, BODY, 202)["token"]
    lite.clock.advance(600)
    assert ask(lite, token)["state"] == "failed"
    hook.go.set()


def test_the_child_process(tmp_path: Any) -> None:
    import subprocess
    import sys

    record = ConnectionRecord(
        conn_id="my-fs", conn_type="fs", extra=msgspec.json.encode({"path": str(tmp_path)}).decode()
    )
    command = [sys.executable, "-P", "-m", "ostro.runtime.connection_test"]
    done = subprocess.run(command, input=msgspec.json.encode(record), capture_output=True, check=True)
    worked, text = msgspec.json.decode(done.stdout)
    assert worked, text
    unknown = msgspec.json.encode(ConnectionRecord(conn_id="c", conn_type="none_of_these"))
    done = subprocess.run(command, input=unknown, capture_output=True, check=True)
    worked, text = msgspec.json.decode(done.stdout)
    assert (worked, "none_of_these" in text) == (False, True)


def test_default_connections(world: World) -> None:
    world.send("POST", "/connections", {"connection_id": "mysql_default", "conn_type": "mine"}, 201)
    world.send("POST", "/connections/defaults", status=204)
    found = {c["connection_id"]: c for c in world.api("/connections", limit=100)["connections"]}
    assert len(found) == 62
    assert found["mysql_default"]["conn_type"] == "mine"
    assert found["redis_default"]["port"] == 6379
    world.send("POST", "/connections/defaults", status=204)


def test_tests_that_hang_leave_threads_of_the_server_to_others(
    lite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = Hook(waits=True)
    switched_on(lite, hook)
    monkeypatch.setattr(connection_tests, "MOST_WAIT", 0.05)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(lite.send, "POST", "/connections/test", BODY) for _ in range(2)]
        wait_for(lambda: len(hook.tried) == 2, seconds=20, what="two tests under way")
        lite.send("POST", "/connections/test", BODY, 429)
        hook.go.set()
        assert [one.result()["status"] for one in waiting] == [True, True]
    lite.send("POST", "/connections/test", BODY)


def test_so_many_wait_and_no_more(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = Hook(waits=True)
    switched_on(lite, hook)
    places = threading.BoundedSemaphore(3)
    monkeypatch.setattr(connection_tests, "_behind", places)
    tokens = [lite.send("POST", PATH, BODY | {"connection_id": f"c{n}"}, 202)["token"] for n in range(3)]
    refused = lite.client.post("/api/v2" + PATH, json=BODY)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert "try again later" in refused.json()["detail"]
    # What is refused for another reason keeps no place.
    lite.send("POST", PATH, BODY | {"connection_id": "c0"}, 429)
    hook.go.set()
    assert [result(lite, token)["state"] for token in tokens] == ["success"] * 3

    def is_taken() -> bool:
        return lite.client.post("/api/v2" + PATH, json=BODY).status_code == 202

    wait_for(is_taken, seconds=20, what="a place for another test")
    wait_for(lambda: places._value == 3, seconds=20, what="the end of all tests")


def test_one_that_breaks_is_told(world: World) -> None:
    def breaks(connection: ConnectionRecord) -> tuple[bool, str]:
        raise RuntimeError(f"no child for {connection.password}")

    switched_on(world, breaks)  # type: ignore[arg-type]
    found = result(world, world.send("POST", PATH, BODY, 202)["token"])
    assert found["state"] == "failed"
    assert "RuntimeError" in found["result_message"]
    assert "pass-1" not in found["result_message"]
    # The next one is not refused because of it.
    result(world, world.send("POST", PATH, BODY, 202)["token"])


def test_one_that_works_but_cannot_be_saved(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    switched_on(lite, Hook())

    def refuses(*given: Any, **more: Any) -> None:
        raise BadRequest("the name is no good")

    monkeypatch.setattr(connection_tests.commands, "set_connection_in", refuses)
    found = result(lite, lite.send("POST", PATH, BODY | {"commit_on_success": True}, 202)["token"])
    assert (found["state"], found["result_message"]) == (
        "failed",
        "the connection works but was not saved: the name is no good",
    )

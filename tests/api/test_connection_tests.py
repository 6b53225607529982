"""Connections that are tried, and the default ones."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from ostro.api.masking import MASK
from ostro.api.public.routes import connection_tests
from ostro.store import ConnectionRecord
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

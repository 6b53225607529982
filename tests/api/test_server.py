"""The real server in a process: ready, streams, an end in good order."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.deadline import wait_for

from .conftest import PASSWORD

PROGRAM = """
import json, os, socket, sys
from pathlib import Path
from ostro.api.auth.first_start import ensure_admin
from ostro.api.deps import ApiConfig, Deps
from ostro.api.server import serve
from ostro.clock import SystemClock
from ostro.store import Cipher, Store
url, fd, password = sys.argv[1], int(sys.argv[2]), sys.argv[3]
store = Store.open(url)
ensure_admin(store, SystemClock(), password)
deps = Deps(store=store, clock=SystemClock(), cipher=Cipher([Cipher.new_key()]), config=ApiConfig(token_key=b"k" * 32))
serve(deps, socket.socket(fileno=fd), on_ready=lambda: print("ready", flush=True))
print("ended", flush=True)
"""


class Server:
    def __init__(self, url: str) -> None:
        sock = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, str(sock.fileno()), PASSWORD],
            pass_fds=[sock.fileno()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        sock.close()
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        self.client = httpx.Client(base_url=self.address, timeout=30)
        answer = self.client.post("/auth/token", json={"username": "admin", "password": PASSWORD})
        self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@pytest.fixture
def server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "ostro.db"
    shutil.copy(sqlite_template, path)
    made = Server(f"sqlite:///{path}")
    yield made
    made.client.close()
    if made.process.poll() is None:
        made.process.kill()
        made.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_good_order_and_says_nothing(server: Server, number: int) -> None:
    assert server.client.get("/ui/session").status_code == 200
    status, out, err = server.end(number)
    assert (status, out, err) == (0, "ended\n", "")


def test_an_open_stream_does_not_hold_up_the_end(server: Server) -> None:
    with server.client.stream("GET", "/ui/events") as answer:
        lines = answer.iter_lines()
        assert any(line == "event: hello" for line in lines)
        server.process.send_signal(signal.SIGTERM)
        # The stream is closed by the server, not cut.
        assert [line for line in lines if line.startswith("event:")] == []
    assert server.process.wait(timeout=10) == 0


def test_a_stream_tells_what_a_request_changed(server: Server) -> None:
    with server.client.stream("GET", "/ui/events") as answer:
        lines = (line.removeprefix("data: ") for line in answer.iter_lines() if line.startswith("data: "))
        assert "version" in json.loads(next(lines))
        with httpx.Client(base_url=server.address, headers=server.client.headers) as other:
            assert other.post("/api/v2/pools", json={"name": "p", "slots": 1}).status_code == 201
            assert other.get("/api/v2/pools/p").json()["slots"] == 1


def test_it_does_not_believe_headers_about_who_the_client_is(server: Server) -> None:
    """Otherwise each guess of a password could come from an address of its own."""
    statuses = []
    for n in range(30):
        answer = server.client.post(
            "/auth/token",
            json={"username": f"u{n}", "password": "x"},
            headers={"X-Forwarded-For": f"10.0.0.{n}"},
        )
        statuses.append(answer.status_code)
    assert 429 in statuses


def test_many_requests_at_once(server: Server) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def ask(_: int) -> int:
        return server.client.get("/api/v2/dags").status_code

    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(ask, range(200))) == {200}


def test_it_answers_while_nobody_reads_a_stream(server: Server) -> None:
    with server.client.stream("GET", "/ui/events"):
        wait_for(lambda: server.client.get("/livez").status_code == 200, seconds=10, what="an answer")

"""An environment with provider packages from PyPI beside Ostro, and services on loopback that they speak to."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers import environment
from support.deadline import wait_for
from support.services import missing
from support.standalone import free_port

BUCKET = "frames"
#: Seconds for a test with the installation before it.
PATIENCE = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test of this folder is first waits for the packages."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE))


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of the environment. It sees the packages of this one, and what was installed into it first.

    OSTRO_TEST_PROVIDERS names the interpreter of one that was made before.
    """
    if "OSTRO_TEST_PROVIDERS" in os.environ:
        return os.environ["OSTRO_TEST_PROVIDERS"]
    try:
        return str(environment.make(tmp_path_factory.mktemp("providers") / "venv"))
    except environment.NotInstalled as error:
        missing("the package index", error)
        raise


class Web:
    """A web server that keeps what is posted to it. /third is there when it is asked for the third time."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, Any]] = []
        self.asked = 0
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/third"):
                    web.asked += 1
                    if web.asked < 3:
                        self.send_error(404)
                        return
                self._answer(b'{"hello": "' + self.path.strip("/").encode() + b'"}')

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                web.posted.append((self.path, json.loads(body)))
                self._answer(b"ok")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture(scope="session")
def web() -> Iterator[Web]:
    """A web server on loopback."""
    made = Web()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def s3(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an S3 server on loopback with an empty bucket."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    log = tmp_path_factory.mktemp("s3") / "moto.log"
    env = {**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    with log.open("wb") as out:
        command = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        server = subprocess.Popen(command, stdout=out, stderr=out, env=env)

    def answers() -> bool:
        assert server.poll() is None, log.read_text()
        try:
            return httpx.put(f"{url}/{BUCKET}").status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_for(answers, seconds=60, what=lambda: f"an S3 server: {log.read_text()[-2000:]}")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)

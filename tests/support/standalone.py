"""The real `ostro standalone` under test, and a client of its REST API."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx

from support.deadline import wait_for

PASSWORD = "correct horse battery"


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Standalone:
    """One `ostro standalone` with a home and a DAG folder of its own."""

    def __init__(
        self,
        home: Path,
        dags: Path,
        *,
        database_url: str | None = None,
        env: dict[str, str] | None = None,
        unpause: bool = True,
        python: str = sys.executable,
    ) -> None:
        self.home = home
        self.dags = dags
        self.database_url = database_url
        self.extra_env = env or {}
        self.unpause = unpause
        self.python = python
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.client: httpx.Client | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> Path:
        return self.home / "standalone.out"

    def start(self) -> Standalone:
        """Start and wait until the API answers as healthy."""
        arguments = ["standalone", "--dags", str(self.dags), "--port", str(self.port)]
        if self.database_url:
            arguments += ["--database-url", self.database_url]
        if self.unpause:
            arguments.append("--unpause-new")
        self.spawn(arguments)
        self.client = httpx.Client(base_url=self.url, timeout=30)
        wait_for(self._healthy, seconds=60, what=lambda: f"healthy: {self.tail()}")
        self.login()
        return self

    def spawn(self, arguments: list[str]) -> None:
        """Start `ostro` with these arguments, on this home."""
        self.home.mkdir(parents=True, exist_ok=True)
        # Without PYTHONDONTWRITEBYTECODE: compiled modules are kept, as on a user's machine.
        foreign = ("OSTRO_", "AIRFLOW_", "PYTHONDONTWRITEBYTECODE")
        env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        env |= {"OSTRO_HOME": str(self.home), "OSTRO_ADMIN_PASSWORD": PASSWORD} | self.extra_env
        command = [self.python, "-m", "ostro.cli.main", *arguments]
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=out, start_new_session=True)

    def login(self) -> None:
        """Take a token as the administrator."""
        assert self.client is not None
        answer = self.client.post("/auth/token", json={"username": "admin", "password": PASSWORD})
        answer.raise_for_status()
        self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """End everything that may still run under this home."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.pids():
            _kill(pid)
        if self.client is not None:
            self.client.close()

    def pids(self) -> list[int]:
        """Every process that has this home in its environment."""
        needle = f"OSTRO_HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                try:
                    if needle in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    def processes(self, word: str) -> list[int]:
        """Processes under this home whose command line has the word."""
        found = []
        for pid in self.pids():
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if word.encode() in line:
                found.append(pid)
        return sorted(found)

    def engine_pid(self) -> int | None:
        """The engine, None while there is none."""
        found = self.processes("ostro.assembly.engine")
        return found[0] if found else None

    def __enter__(self) -> Standalone:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    # -- the API

    def get(self, path: str, **params: Any) -> Any:
        assert self.client is not None
        answer = self.client.get(f"/api/v2{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        assert self.client is not None
        answer = self.client.post(f"/api/v2{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def patch(self, path: str, body: Any) -> Any:
        assert self.client is not None
        answer = self.client.patch(f"/api/v2{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def wait_dag(self, dag_id: str, seconds: float = 30) -> Any:
        """The DAG once it has been parsed."""
        assert self.client is not None
        client = self.client
        wait_for(
            lambda: client.get(f"/api/v2/dags/{dag_id}").status_code == 200,
            seconds=seconds,
            what=lambda: f"DAG {dag_id}; standalone said: {self.tail()}",
        )
        return self.get(f"/dags/{dag_id}")

    def trigger(self, dag_id: str, **body: Any) -> str:
        """Trigger a run, returns its id."""
        body.setdefault("logical_date", None)
        return str(self.post(f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def wait_run(self, dag_id: str, run_id: str, seconds: float = 60) -> Any:
        """The run once it has ended."""

        def ended() -> Any:
            run = self.get(f"/dags/{dag_id}/dagRuns/{run_id}")
            return run if run["state"] in {"success", "failed"} else None

        return wait_for(
            ended, seconds=seconds, what=lambda: f"end of {dag_id} {run_id}; standalone said: {self.tail()}"
        )

    def task_states(self, dag_id: str, run_id: str) -> dict[str, list[str]]:
        """States per task id, ordered by map index; [] for a task whose instances are not made yet."""
        rows = self.get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", limit=1000)["task_instances"]
        states: dict[str, list[str]] = defaultdict(list)
        for row in sorted(rows, key=lambda r: (r["task_id"], r["map_index"])):
            states[row["task_id"]].append(row["state"])
        return states

    def xcom(
        self, dag_id: str, run_id: str, task_id: str, key: str = "return_value", map_index: int = -1
    ) -> Any:
        """One XCom value."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.get(path, map_index=map_index, deserialize=False)["value"]

    def _healthy(self) -> bool:
        assert self.process is not None
        assert self.client is not None
        assert self.process.poll() is None, self.tail()
        try:
            answer = self.client.get("/api/v2/monitor/health")
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and answer.json()["scheduler"]["status"] == "healthy"

    def answers(self) -> bool:
        """Whether the web server and its database answer."""
        assert self.client is not None
        try:
            return self.client.get("/api/v2/dags").status_code == 200
        except httpx.TransportError:
            return False

    def tail(self) -> str:
        """The last that standalone and its children said."""
        return self.output.read_text(errors="replace")[-3000:] if self.output.exists() else ""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return

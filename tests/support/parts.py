"""The commands of an installation in parts: `ostro scheduler` and `ostro api-server`, each with its own home."""

from __future__ import annotations

import httpx

from support.deadline import wait_for
from support.standalone import Standalone


class Scheduler(Standalone):
    """One `ostro scheduler`."""

    def start(self) -> Scheduler:
        """Start and wait until it says that it is ready."""
        arguments = ["scheduler", "--dags", str(self.dags)]
        if self.unpause:
            arguments.append("--unpause-new")
        before = self._times_ready()
        self.spawn(arguments)
        wait_for(lambda: self._alive() and self._times_ready() > before, seconds=60, what=self.tail)
        return self

    def _times_ready(self) -> int:
        return self.output.read_text().count("is ready") if self.output.exists() else 0

    def _alive(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.tail()
        return True

    def engine_pid(self) -> int | None:
        """The engine is the command itself."""
        assert self.process is not None
        return self.process.pid if self.process.poll() is None else None


class ApiServer(Standalone):
    """One `ostro api-server`."""

    def start(self) -> ApiServer:
        """Start and wait until it answers."""
        self.spawn(["api-server", "--port", str(self.port)])
        self.client = httpx.Client(base_url=self.url, timeout=30)
        wait_for(self._up, seconds=60, what=self.tail)
        self.login()
        return self

    def _up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.tail()
        assert self.client is not None
        try:
            return self.client.get("/api/v2/monitor/health").status_code == 200
        except httpx.TransportError:
            return False

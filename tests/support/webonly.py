"""The web server alone on a database that a test has filled."""

from __future__ import annotations

from pathlib import Path

import httpx

from support.deadline import wait_for
from support.standalone import Standalone


class WebOnly(Standalone):
    """`ostro api-server` with a home of its own; no engine."""

    def __init__(self, home: Path, database_url: str) -> None:
        super().__init__(home, home, database_url=database_url)

    def start(self) -> WebOnly:
        assert self.database_url is not None
        self.spawn(["api-server", "--port", str(self.port), "--database-url", self.database_url])
        self.client = httpx.Client(base_url=self.url, timeout=30)
        wait_for(self._alive, seconds=30, what=lambda: f"the web server: {self.tail()}")
        self.login()
        return self

    def _alive(self) -> bool:
        assert self.client is not None
        try:
            return self.client.get("/livez").status_code == 200
        except httpx.HTTPError:
            return False

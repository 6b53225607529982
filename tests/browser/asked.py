"""What a page asks the server for."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page, Response


class Asked:
    """The questions that a page puts to the server from now on, and the kilobytes of the answers before compression."""

    def __init__(self, page: Page) -> None:
        self.answers: list[Response] = []
        page.on("response", lambda answer: self.answers.append(answer))

    def to(self, path: str) -> list[str]:
        """Addresses that were asked for below the path."""
        return [one.url for one in self.answers if urlsplit(one.url).path == path]

    def kilobytes(self) -> float:
        found = [one for one in self.answers if "json" in one.headers.get("content-type", "")]
        return sum(len(one.body()) for one in found) / 1000

"""What a process with triggers says goes out whole, whoever says it."""

from __future__ import annotations

import socket
import threading
from typing import Any

from ostro.protocol import trigger as p
from ostro.runtime.triggers import Triggers


class Line:
    """In the middle of the first word the watchman speaks too."""

    wants_write = False

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.said: list[str] = []
        self.watchman = threading.Thread(target=triggers._blocked, args=("trigger 1", 1.0, "here"))

    def send(self, message: Any) -> None:
        self.said.append(f"begin {type(message).__name__}")
        if isinstance(message, p.Fired):
            self.watchman.start()
            self.watchman.join(0.1)
        self.said.append(f"end {type(message).__name__}")


def test_the_watchman_waits_until_a_word_is_said() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        triggers = Triggers(ours, None)  # type: ignore[arg-type]
        line = Line(triggers)
        triggers._link = line  # type: ignore[assignment]
        triggers._say(p.Fired(id=1, payload=None))
        line.watchman.join()
    assert line.said == ["begin Fired", "end Fired", "begin Blocked", "end Blocked"]

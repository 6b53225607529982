"""What the engine knows of one attempt's process: a record, and what messages and answers change in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ostro.executors.base import Asked, Reported
from ostro.executors.local import Event
from ostro.protocol.task import Answer, CallbacksRan, Done, FileRef, Question, Refused, Result
from ostro.protocol.worker import Exit
from ostro.worker.hub import Connection


class Attempt:
    """One process, warm or with an order. Owner of its connection."""

    __slots__ = (
        "_disconnected",
        "_tell",
        "attempt_id",
        "birth",
        "callbacks",
        "connection",
        "dead",
        "died_at",
        "exit",
        "file",
        "host_pid",
        "kill_at",
        "killed",
        "log_path",
        "pid",
        "pidfd",
        "place_id",
        "question",
        "result",
        "settled",
        "stopped",
        "verdict_at",
    )

    def __init__(
        self,
        place_id: int,
        pid: int,
        birth: int,
        *,
        tell: Callable[[Event], None],
        disconnected: Callable[[Attempt], None],
    ) -> None:
        self._tell = tell
        self._disconnected = disconnected
        self.place_id = place_id
        self.pid = pid
        self.birth = birth
        self.file: FileRef | None = None
        self.host_pid = 0
        self.connection: Connection | None = None
        #: Empty while warm.
        self.attempt_id = ""
        self.log_path = ""
        self.pidfd = -1
        #: `seq` of a result, of a CallbacksRan, that was not answered yet.
        self.result: int | None = None
        self.question: int | None = None
        #: The result was answered; nothing but callbacks is expected any more.
        self.settled = False
        #: The process has taken callbacks and has not confirmed them.
        self.callbacks = False
        self.dead = False
        self.exit: Exit | None = None
        #: Monotonic moments: its death was seen; a look whether its exit status is still waited for.
        self.died_at = 0.0
        self.verdict_at = 0.0
        #: The cause for which it is being ended, the moment of the SIGKILL, and whether that was sent.
        self.stopped: dict[str, Any] | None = None
        self.kill_at = 0.0
        self.killed = False

    @property
    def finished(self) -> bool:
        """Nothing more is expected of it: its end is no news."""
        return self.settled and not self.callbacks

    def heard(self, connection: Connection, message: Any) -> None:
        """A message of the process."""
        if isinstance(message, Result):
            self.result = message.seq
            self._tell(Reported(self.place_id, message))
        elif isinstance(message, Question):
            if isinstance(message, CallbacksRan):
                self.question = message.seq
            self._tell(Asked(self.place_id, message))

    def answered(self, answer: Answer) -> None:
        """The engine answers: what was asked is no longer open."""
        if answer.seq == self.result:
            self.result = None
            if isinstance(answer, Done):
                self.settled = True
                self.callbacks = bool(answer.callback_ids)
            elif isinstance(answer, Refused) and answer.code == 410:
                self.settled = True
        elif answer.seq == self.question:
            self.question = None
            if isinstance(answer, Done):
                self.callbacks = False

    def left(self, connection: Connection) -> None:
        """The connection ended."""
        if self.connection is connection:
            self.connection = None
            self._disconnected(self)

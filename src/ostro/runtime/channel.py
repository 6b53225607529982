"""The connection of a process with user code to the engine.

One question at a time: the answer repeats its `seq`. When the connection breaks (the engine died or is upgraded), the
process goes on; at the next exchange it connects again, says `Resume`, and repeats what it had to say. Attempt ids
make the repetition harmless. Only after `patience` seconds without an engine does it give up.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import threading
import time
import weakref
from typing import Any

import msgspec

from ostro.errors import BadRequest, OstroError, Superseded
from ostro.protocol.frames import Unpacker, pack
from ostro.protocol.task import Done, Question, Refused, Result, Resume, ToProcess, Value
from ostro.runtime.interrupts import interrupts

#: Seconds that a process waits for an engine to come back.
DEFAULT_PATIENCE = 30 * 60.0
#: Seconds between attempts to connect: first, and longest.
FIRST_WAIT = 0.05
LONGEST_WAIT = 1.0

#: Bytes of a frame's length.
HEAD = 4
_READ = 1 << 16


class EngineGone(OstroError):
    """No engine came back within the patience of the process."""


class _Broken(Exception):
    """The connection ended in the middle of an exchange."""


class Channel:
    """Asks questions and reports results over a Unix socket. Safe to use from several threads."""

    def __init__(
        self, socket_path: str, sock: socket.socket | None = None, *, patience: float = DEFAULT_PATIENCE
    ) -> None:
        self.socket_path = socket_path
        self.patience = patience
        #: Set by `run_task`; empty for callback and parse processes, which cannot resume.
        self.attempt_id = ""
        self._sock = sock
        self._unpacker = Unpacker(ToProcess)
        self._seq = 0
        self._lock = threading.Lock()
        self._forked = False
        _channels.add(self)

    def ask(self, question: Question) -> Value | Done | Refused:
        """The engine's answer to a question.

        Raises Superseded when this attempt is no longer the current one, EngineGone when no engine comes back.
        """
        answer = self._exchange(question)
        if isinstance(answer, Refused) and answer.code == 410:
            raise Superseded(answer.text)
        return answer

    def report(self, result: Result) -> Done:
        """Hand a result over and wait until it is durable.

        Raises Superseded, EngineGone, and BadRequest when the engine cannot take the result.
        """
        answer = self.ask(result)
        if isinstance(answer, Refused):
            raise BadRequest(answer.text)
        assert isinstance(answer, Done)
        return answer

    def close(self) -> None:
        """End the connection."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    # ---- one exchange --------------------------------------------------------------------------------------

    def _exchange(self, question: Question) -> Value | Done | Refused:
        if self._forked:
            raise OstroError(
                "a process forked by the task has no connection to the engine; ask in the task itself"
            )
        with self._lock:
            held = interrupts.hold()
            try:
                return self._repeat_until_answered(question)
            finally:
                if held:
                    interrupts.release()

    def _repeat_until_answered(self, question: Question) -> Value | Done | Refused:
        self._seq += 1
        frame = pack(msgspec.structs.replace(question, seq=self._seq, attempt_id=self.attempt_id))
        deadline: float | None = None
        wait = FIRST_WAIT
        while True:
            try:
                if self._sock is None:
                    self._connect()
                return self._once(frame, self._seq)
            except (OSError, _Broken, msgspec.DecodeError) as error:
                self._drop()
                _check(question, frame)
                now = time.monotonic()
                deadline = deadline or now + self.patience
                if now + wait > deadline:
                    raise EngineGone(
                        f"no engine at {self.socket_path} for {self.patience:.0f} s: {error}"
                    ) from error
                # Spread, so that thousands of tasks do not knock at a starting engine at once.
                time.sleep(wait * random.uniform(0.5, 1.0))
                wait = min(wait * 2, LONGEST_WAIT)
                interrupts.breathe()

    def _once(self, frame: bytes, seq: int) -> Value | Done | Refused:
        sock = self._sock
        assert sock is not None
        sock.sendall(frame)
        while True:
            data = sock.recv(_READ)
            if not data:
                raise _Broken("the engine closed the connection")
            # An answer to an earlier question of ours may come first when that exchange was cut short.
            for message in self._unpacker.feed(data):
                if isinstance(message, (Value, Done, Refused)) and message.seq == seq:
                    return message

    def _connect(self) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(self.socket_path)
            if self.attempt_id:
                pid = os.getpid()
                sock.sendall(pack(Resume(pid=pid, pid_birth=pid_birth(pid), attempt_id=self.attempt_id)))
        except BaseException:
            sock.close()
            raise
        self._sock = sock
        self._unpacker = Unpacker(ToProcess)

    def _drop(self) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            with contextlib.suppress(OSError):
                # User code may have closed the descriptor (a daemon closes all it finds).
                sock.close()

    def _after_fork_in_child(self) -> None:
        # The parent's lock may be held by a thread that does not exist here; the descriptor is a copy of the parent's.
        self._forked = True
        self._lock = threading.Lock()
        self.close()


def _check(question: Question, frame: bytes) -> None:
    """Raise BadRequest for a question that no engine can read: asked again it would end the connection again."""
    try:
        msgspec.msgpack.decode(frame[HEAD:], type=type(question))
    except msgspec.ValidationError as error:
        raise BadRequest(f"{type(question).__name__} cannot be asked so: {error}") from None


def pid_birth(pid: int) -> int:
    """Start time of a process in clock ticks since boot; 0 where /proc does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0
    return int(fields[19])


_channels: weakref.WeakSet[Any] = weakref.WeakSet()


def _close_in_child() -> None:
    for channel in list(_channels):
        channel._after_fork_in_child()


os.register_at_fork(after_in_child=_close_in_child)

"""An executor whose one process is this one: for running a DAG in the terminal.

The engine turns in a thread and answers over a socket pair; user code runs in the main thread, where debuggers,
signals and the terminal are. It is the only place where user code and the engine share a process.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
from collections.abc import Iterable, Sequence
from typing import Any

from ostro.executors.base import Asked, Available, Died, Event, Place, Reported
from ostro.protocol.frames import Unpacker, pack_any
from ostro.protocol.task import Answer, CallbackOrder, FileRef, FromProcess, Ready, Result, Resume, TaskOrder

Order = TaskOrder | CallbackOrder


class InProcess:
    """Hands one order after the other to whoever takes from `orders`."""

    name = "in-process"
    slots = 1

    def __init__(self) -> None:
        self.orders: queue.Queue[Order] = queue.Queue()
        engine_end, self.task_end = socket.socketpair()
        engine_end.setblocking(False)
        self._sock = engine_end
        self._unpacker = Unpacker(FromProcess)
        self._place = 0
        self._busy = False
        self._file: FileRef | None = None
        self._lost: list[Died] = []

    def start(self) -> None:
        """Nothing to start."""

    def expect(self, file: FileRef, count: int) -> None:
        """Nothing is made ahead."""

    def reserve(self, file: FileRef) -> Place | None:
        self._file = file
        if self._busy:
            return None
        self._busy = True
        self._place += 1
        return Place(self._place, os.getpid(), 0, socket.gethostname())

    def launch(self, place: Place, order: Order) -> None:
        self.orders.put(order)

    def release(self, place: Place) -> None:
        self._busy = False

    def discard(self, place: Place) -> None:
        self._busy = False

    def finished(self, order: Order, error: BaseException | None) -> None:
        """The main thread is through with an order; `error` when it could not even report a result."""
        if error is not None and isinstance(order, TaskOrder):
            cause = {"kind": "exit", "text": f"the task ended without a result: {error!r}"}
            self._lost.append(Died(self._place, order.attempt_id, cause))
        self._busy = False
        # Wakes the engine's thread.
        self.task_end.sendall(pack_any(Ready(pid=0, pid_birth=0, host_pid=0)))

    def answer(self, place_id: int, answer: Answer) -> None:
        data = pack_any(answer)
        self._sock.setblocking(True)
        with contextlib.suppress(OSError):
            self._sock.sendall(data)
        self._sock.setblocking(False)

    def adopt(self, attempts: Sequence[tuple[str, int, int]]) -> list[str]:
        return [a for a, _, _ in attempts]

    def lives(self, pid: int, pid_birth: int) -> bool:
        return False

    def stop_attempt(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None:
        """A task in the terminal is ended by Ctrl-C."""

    def retire(self, files: Iterable[FileRef]) -> None:
        """The file is imported once."""

    def pump(self) -> list[Event]:
        events: list[Event] = list(self._lost)
        self._lost.clear()
        while True:
            try:
                data = self._sock.recv(1 << 18)
            except BlockingIOError:
                break
            if not data:
                break
            for message in self._unpacker.feed(data):
                if isinstance(message, Ready):
                    if self._file is not None:
                        events.append(Available(self._file))
                elif isinstance(message, Result):
                    events.append(Reported(self._place, message))
                elif not isinstance(message, Resume):
                    events.append(Asked(self._place, message))
        return events

    def filenos(self) -> Iterable[int]:
        return (self._sock.fileno(),)

    def next_wakeup(self) -> float | None:
        return None

    def close(self, *, leave_running: bool) -> None:
        self._sock.close()

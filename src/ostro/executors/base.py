"""The contract of an executor: it carries attempts to where they run, and their fate back.

The scheduler asks `reserve` for a place before it writes "running", launches after the write is durable, and hears
everything through `pump`. An executor holds no task state: which attempt is current is the database's knowledge.

    reserve(file) ──▶ Place          a warm process (local) or a queue entry (remote), or None: not now
    launch(place, order)             only after the transition is durable
    release(place)                   the write was refused; the place is free again
    pump() ──▶ events                Asked, Reported, Died, Available

An executor never blocks: files it waits for are in `filenos`, the moment it wants to be woken in `next_wakeup`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec

from ostro.protocol.task import Answer, CallbackOrder, FileRef, TaskOrder


class Place(msgspec.Struct, frozen=True):
    """Where one attempt will run."""

    #: Unique in this executor's life.
    id: int
    #: Process id and its start time in clock ticks; None when not on this machine.
    pid: int | None = None
    pid_birth: int | None = None
    hostname: str = ""


class Asked(msgspec.Struct, frozen=True):
    """A process asks (any Question that is no Result). Answer with `answer(place_id, …)`."""

    place_id: int
    question: Any


class Reported(msgspec.Struct, frozen=True):
    """A process reports a result (any Result). Answer with Done or Refused when it is durable."""

    place_id: int
    result: Any


class Died(msgspec.Struct, frozen=True):
    """The process of an attempt ended without a result that was answered.

    `cause` = {"kind": "exit" | "signal" | "oom" | "timeout" | "lost" | "start", "text": sentence, "exit_code", "signal"}.
    """

    place_id: int
    attempt_id: str
    cause: dict[str, Any]


class Available(msgspec.Struct, frozen=True):
    """A place for this file can be reserved now, after `reserve` said None."""

    file: FileRef


class FileBroken(msgspec.Struct, frozen=True):
    """The file cannot be imported for execution; every order for it fails with this text."""

    file: FileRef
    text: str


Event = Asked | Reported | Died | Available | FileBroken


class Executor(Protocol):
    """What the scheduler needs of an executor. All methods return at once."""

    name: str
    #: Number of attempts that may run at once.
    slots: int

    def start(self) -> None:
        """Begin; raises OstroError with one sentence when it cannot."""

    def expect(self, file: FileRef, count: int) -> None:
        """Tell how many attempts of this file are about to come, so that processes are made ahead of need."""

    def reserve(self, file: FileRef) -> Place | None:
        """A place for one attempt of the file, or None: `Available` will tell."""

    def launch(self, place: Place, order: TaskOrder | CallbackOrder) -> None:
        """Hand the order over. Its transition is durable."""

    def release(self, place: Place) -> None:
        """Give an unused place back."""

    def discard(self, place: Place) -> None:
        """Nobody knows whether this place was written as taken: its process must not be given to another attempt."""

    def answer(self, place_id: int, answer: Answer) -> None:
        """Answer a question or result. Unknown places are ignored: the process has gone."""

    def adopt(self, attempts: Sequence[tuple[str, int, int]]) -> list[str]:
        """At start: attempts (id, pid, pid_birth) that the database calls running on this machine.

        Returns the ids of those whose process is gone. The others are watched again and will report.
        """

    def lives(self, pid: int, pid_birth: int) -> bool:
        """Whether this very process runs on this machine, whoever started it."""

    def stop_attempt(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None:
        """End an attempt: SIGTERM, after `grace` seconds SIGKILL to its process group. `Died` follows with the cause."""

    def retire(self, files: Iterable[FileRef]) -> None:
        """The files changed or left: no further attempt starts from their old content. Running ones finish."""

    def pump(self) -> list[Event]:
        """Everything that happened since the last call."""

    def filenos(self) -> Iterable[int]:
        """Descriptors whose readiness means that `pump` has something to say."""

    def next_wakeup(self) -> float | None:
        """Monotonic seconds at which `pump` must be called at the latest, None = never."""

    def close(self, *, leave_running: bool) -> None:
        """End. With `leave_running` the processes of attempts go on and are adopted by the next engine."""

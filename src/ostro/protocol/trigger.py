"""What the engine and a process with triggers say to each other.

The engine starts and stops triggers by number; the process tells what became of each. The control connection is the
process's life: when it closes, the process ends. What a trigger asks (Variables, Connections, other runs) goes over the
engine's own socket, as from every process with user code.

A number below zero is a watcher of assets: it fires again and again. Above zero a task instance waits for it, and the
first of Fired, TaskEnded and TriggerFailed is the last that is said of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ostro.protocol.task import FileRef, Message, RunInfo
from ostro.records import XComRow


class WaitingInstance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The task instance that waits, as `self.task_instance` of a trigger shows it."""

    run: RunInfo
    task_id: str
    map_index: int = -1
    try_number: int = 1
    max_tries: int = 0
    attempt_id: str | None = None
    start_date: datetime | None = None


# ---- engine → process


class StartTrigger(Message, frozen=True, kw_only=True):
    """Run this trigger."""

    id: int
    classpath: str
    #: Arguments as `ostro.sdk.serde` writes them.
    kwargs: Any = None
    #: The DAG file: its folders are on sys.path, and it may define the class itself.
    file: FileRef | None = None
    log_path: str = ""
    #: None for a watcher of assets.
    instance: WaitingInstance | None = None
    #: The assets of a watcher, (name, uri): whose state it may keep.
    assets: list[tuple[str, str]] = []
    #: Its arguments are those of the DAG file, not of a task process: their templates are rendered first.
    from_file: bool = False


class StopTrigger(Message, frozen=True, kw_only=True):
    """Nobody waits for it any more. `killed`: its task was ended from outside, `on_kill` is called before `cleanup`."""

    id: int
    killed: bool = False


class Stored(Message, frozen=True, kw_only=True):
    """What came of the event with this number is in the database: it may be acknowledged where it came from."""

    number: int


ToTriggers = StartTrigger | StopTrigger | Stored


# ---- process → engine


class TriggersUp(Message, frozen=True, kw_only=True):
    """First words."""

    pid: int


class Fired(Message, frozen=True, kw_only=True):
    """An event. `payload` as `ostro.sdk.serde` writes it."""

    id: int
    payload: Any = None
    #: The process waits for `Stored` with this number; 0 = it does not.
    number: int = 0


class TaskEnded(Message, frozen=True, kw_only=True):
    """An event that ends the task where it is: success, failed or skipped."""

    id: int
    state: str
    xcoms: list[XComRow] = []


class TriggerFailed(Message, frozen=True, kw_only=True):
    """It raised, could not be made, or ended without an event."""

    id: int
    text: str
    traceback: list[str] = []


class Blocked(Message, frozen=True, kw_only=True):
    """No trigger of this process gets on: one of them keeps the event loop to itself."""

    #: The one that does, when it is known.
    id: int | None = None
    seconds: float
    #: Place in the user's code.
    where: str = ""


FromTriggers = TriggersUp | Fired | TaskEnded | TriggerFailed | Blocked
#: What may be said of a trigger.
Outcome = Fired | TaskEnded | TriggerFailed

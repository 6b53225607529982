"""What the engine says to the nursery, the hosts and parse processes, and what other processes say to wake it.

The nursery listens on its own socket. Hosts and attempts connect to the engine's socket and say who they are, and do so
again when the engine went away and came back.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ostro.protocol.task import Done, FileRef, FromProcess, Message, Refused, Value


class Exit(msgspec.Struct, frozen=True, array_like=True):
    """How one child process ended."""

    pid: int
    #: Wait status as os.wait4 gives it: read with os.waitstatus_to_exitcode.
    status: int
    #: Most resident memory in KiB.
    maxrss: int = 0


# ---- engine → nursery


class OpenHost(Message, frozen=True, kw_only=True):
    """Fork a host for this file. Opened follows, and later the host itself presents itself with HostUp."""

    file: FileRef
    #: Seconds without an attempt after which the host leaves.
    idle: float
    #: As in ParseOrder.
    plugins_folder: str | None = None
    defaults: dict[str, Any] = {}


class OpenParser(Message, frozen=True, kw_only=True):
    """Fork a parent of parse processes. Its control socket came with this message as a descriptor."""


class TriggerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a process with triggers keeps to."""

    #: Seconds that `on_kill` of a trigger may take.
    on_kill_timeout: float = 30.0
    #: Seconds without a sign of life after which an event loop counts as blocked.
    blocked: float = 0.2
    #: Events that a watcher may fall behind a shared source.
    queue_size: int = 1024
    #: Seconds in which a watcher must be done with an event of an acknowledged source.
    ack_timeout: float = 300.0
    #: Seconds between the first watcher of a shared source and its opening, for the others to come.
    grace: float = 0.0


class OpenTriggers(Message, frozen=True, kw_only=True):
    """Fork a process that runs triggers. Its control connection came with this message as a descriptor."""

    #: As in ParseOrder.
    plugins_folder: str | None = None
    defaults: dict[str, Any] = {}
    limits: TriggerLimits = TriggerLimits()


class Ping(Message, frozen=True, kw_only=True):
    """Are you there? Pong."""

    seq: int


class Shutdown(Message, frozen=True, kw_only=True):
    """End when the last child is gone; take no more work."""


ToNursery = OpenHost | OpenParser | OpenTriggers | Ping | Shutdown


# ---- nursery → engine


class NurseryUp(Message, frozen=True, kw_only=True):
    """First words to each engine that connects."""

    pid: int
    #: Fingerprint of release, interpreter and environment that it was started with; another one is replaced.
    setup: str


class Opened(Message, frozen=True, kw_only=True):
    """The host of this file was forked."""

    file: FileRef
    pid: int


class Pong(Message, frozen=True, kw_only=True):
    """Yes."""

    seq: int


class Exits(Message, frozen=True, kw_only=True):
    """Children that ended: attempts from their host; hosts, and orphans of dead hosts, from the nursery."""

    exits: list[Exit]


class ForkFailed(Message, frozen=True, kw_only=True):
    """The system refused to make processes: no memory, too many processes."""

    text: str
    #: How many of those asked for will not come.
    count: int = 1
    #: Of a nursery only: whose host was asked for.
    file: FileRef | None = None


FromNursery = NurseryUp | Opened | Pong | Exits | ForkFailed


# ---- host → engine


class HostUp(Message, frozen=True, kw_only=True):
    """A host presents itself: before the import of its file, and again to each new engine."""

    pid: int
    pid_birth: int
    file: FileRef
    #: As in NurseryUp.
    setup: str = ""


class HostReady(Message, frozen=True, kw_only=True):
    """The file is imported."""

    #: False: attempts of this file run in a fresh interpreter each; the reason is `warning`.
    forkable: bool = True
    warning: str = ""


class HostBroken(Message, frozen=True, kw_only=True):
    """The file cannot be imported; the host leaves."""

    text: str


# ---- engine → host


class Fork(Message, frozen=True, kw_only=True):
    """Make this many attempt processes more."""

    count: int


class Retire(Message, frozen=True, kw_only=True):
    """Make no more; leave when the last child is gone."""


ToHost = Fork | Retire | Done | Value | Refused


# ---- other processes → engine


class Wake(Message, frozen=True, kw_only=True):
    """Rows of the database were changed: runs and DAGs to look at again."""

    runs: list[int] = []
    dags: list[str] = []


#: Everything that may arrive on the engine's socket.
FromAny = FromProcess | HostUp | HostReady | HostBroken | Exits | ForkFailed | Wake

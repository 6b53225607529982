"""What the processes of the nursery ask of the operating system. Linux first; elsewhere the calls do less."""

from __future__ import annotations

import _signal
import ctypes
import os
import signal
import sys
from types import FrameType

PR_SET_NAME = 15
PR_SET_CHILD_SUBREAPER = 36
#: Sent to an attempt when its host died. Ignored by default, so it harms no process that does not know it.
HOST_DIED = signal.SIGURG

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None
_SIGCHLD = int(signal.SIGCHLD)
_SIG_DFL = int(signal.SIG_DFL)
_TICKS = os.sysconf("SC_CLK_TCK")


def name_process(name: str) -> None:
    """The short name that `ps -c` and `top` show; at most 15 bytes."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode(), 0, 0, 0)


def become_subreaper() -> None:
    """Orphans of dead hosts become children of this process, so that their exit status is not lost."""
    if _libc is not None:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def prefer_as_oom_victim(score: int) -> None:
    """When memory ends the kernel takes this process, and its children, before the engine (0 to 1000)."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(score))
    except OSError:
        return  # no Linux, or a container that forbids it: the kernel then chooses by size alone


def to_ticks(nanoseconds: int) -> int:
    """A moment since boot in the unit of `birth`; 0 where processes have no known start time."""
    return nanoseconds * _TICKS // 1_000_000_000 if _libc is not None else 0


def birth(pid: int) -> int:
    """Start time of a process in clock ticks since boot; 0 when it is unknown or the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            line = file.read(1024)
    except OSError:
        return 0
    # The second field is the name in brackets and may hold anything, brackets too.
    return int(line[line.rindex(b")") + 2 :].split(None, 20)[19])


def orphans() -> list[int]:
    """Children of this process that were forked by somebody else; empty where there is no /proc."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return []


def threads() -> int:
    """Number of threads of this process, those of C libraries too; 1 where it cannot be known."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def highest_descriptor() -> int:
    """The highest number of an open descriptor; -1 where it cannot be known."""
    try:
        return max(int(name) for name in os.listdir("/proc/self/fd"))
    except OSError:
        return -1


def open_sockets() -> set[int]:
    """Descriptors of this process that are sockets."""
    found: set[int] = set()
    try:
        names = os.listdir("/proc/self/fd")
    except OSError:
        return found
    for name in names:
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                found.add(int(name))
        except OSError:
            continue  # the descriptor of the listing itself
    return found


def wake_on_child_exit() -> tuple[int, int]:
    """Make SIGCHLD write to a pipe; returns its ends, non-blocking."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _noted)
    return read_end, write_end


def forget_children() -> None:
    """After a fork: undo `wake_on_child_exit`, the only signal that nursery and hosts handle."""
    signal.set_wakeup_fd(-1)
    # The C function: the wrapper of the signal module makes enums of its arguments, dozens of memory pages in a fork.
    _signal.signal(_SIGCHLD, _SIG_DFL)


def reap() -> list[tuple[int, int, int]]:
    """Children that ended: pid, wait status, most resident memory in KiB."""
    found: list[tuple[int, int, int]] = []
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found.append((pid, status, usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024))


def _noted(signum: int, frame: FrameType | None) -> None:
    """The wakeup descriptor does the work."""

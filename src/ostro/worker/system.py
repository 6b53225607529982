"""What the engine asks of the operating system about processes. Linux first; elsewhere the calls know less."""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys

#: Ticks by which the start time that a process tells may be earlier than the kernel's. Its pid cannot have come round
#: in that time.
BIRTH_TOLERANCE = 200

_PEERCRED = struct.Struct("3i")


def birth(pid: int) -> int:
    """Start time of a process in clock ticks since boot; 0 when it is gone (or there is no /proc)."""
    fields = _stat(pid)
    # A zombie is gone: it only waits for its parent to read its status.
    return int(fields[19]) if fields and fields[0] not in (b"Z", b"X") else 0


def birth_or_zombie(pid: int) -> int:
    """Like `birth`, and also of a process that has ended and was not reaped yet."""
    fields = _stat(pid)
    return int(fields[19]) if fields else 0


def starved(pid: int) -> float:
    """Seconds for which a process was ready to work and got no processor; 0 where the system does not count."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def parent(pid: int) -> int:
    """Parent of a process, 0 when it is gone."""
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def same(real: int, told: int) -> bool:
    """Whether the kernel's start time of a process is the one that it told itself."""
    return real != 0 and 0 <= real - told <= BIRTH_TOLERANCE


def alive(pid: int, pid_birth: int) -> bool:
    """Whether this very process still runs. Without /proc the pid alone decides."""
    if os.path.exists("/proc/self/stat"):
        return same(birth(pid), pid_birth)
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def pidfd(pid: int) -> int:
    """A descriptor that becomes readable when the process ends; -1 where there is none."""
    if not hasattr(os, "pidfd_open"):
        return -1
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1


def kill_group(leader: int, signum: signal.Signals) -> bool:
    """Signal the process group of an attempt; False when nobody is left in it.

    The number is safe as long as one member lives, even when the leader is gone: the kernel does not give it away.
    """
    try:
        os.killpg(leader, signum)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # macOS says so of a group of zombies
    return True


def kill_remains(leader: int, leader_birth: int) -> int:
    """End what a dead attempt left running in its process group; returns how many processes were there.

    Nobody watched that group for a while, so each member is looked at: same user, same group and session, younger
    than the attempt. Without /proc nothing is done.
    """
    if os.path.exists(f"/proc/{leader}") or not leader_birth:
        return 0  # the number is another process's now, or nothing is known
    found = 0
    try:
        names = os.listdir("/proc")
    except OSError:
        return 0
    for name in names:
        fields = _stat(int(name)) if name.isdigit() else []
        if fields and int(fields[2]) == leader == int(fields[3]) and int(fields[19]) >= leader_birth:
            found += 1
    if found:
        kill_group(leader, signal.SIGKILL)
    return found


def peer(sock: socket.socket) -> tuple[int, int]:
    """Process id and user id at the other end of a Unix socket; the pid is 0 where the system does not tell."""
    if hasattr(socket, "SO_PEERCRED"):
        pid, uid, _ = _PEERCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEERCRED.size))
        return pid, uid
    if sys.platform == "darwin":
        return sock.getsockopt(0, 0x002), os.getuid()  # SOL_LOCAL, LOCAL_PEERPID
    return 0, os.getuid()  # the folder of the socket is 0700; that has to do


def oom_kills() -> int | None:
    """How many processes the kernel has ended for memory, in this process's cgroup and below; None when unknown.

    Outside of a cgroup that counts, the count of the whole machine.
    """
    if not sys.platform.startswith("linux"):
        return None
    found = _counter("/proc/vmstat", "oom_kill ")
    try:
        with open("/proc/self/cgroup") as file:
            path = next((line.strip()[3:] for line in file if line.startswith("0::")), None)
    except OSError:
        return found
    own = _counter(f"/sys/fs/cgroup{path}/memory.events", "oom_kill ") if path is not None else None
    return found if own is None else own


def _counter(path: str, name: str) -> int | None:
    """The number behind a name in a file of lines "name number"; None when there is none."""
    try:
        with open(path) as file:
            return next((int(line.split()[1]) for line in file if line.startswith(name)), None)
    except OSError:
        return None


def _stat(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            line = file.read(1024)
    except OSError:
        return []
    # The second field is the name in brackets and may hold anything, brackets too.
    return line[line.rindex(b")") + 2 :].split(None, 21) if line else []

"""Notices of change from the operating system.

On Linux inotify is asked directly: its descriptor stands in the engine's own loop, so that a change is known within
a millisecond and an unchanged folder costs nothing at all, no thread and no wake-up. (watchfiles polls its native
watcher 20 times a second from a thread, and cannot take further paths once it runs; it serves the other systems.)

A watcher only notices. Notices may be missing (network drives) or too many (one for each write); what a notice means
is found out by looking at the file.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterable
from typing import Protocol

import msgspec

from ostro.loader.stamps import is_noise

#: inotify_init1 and masks, from <sys/inotify.h>.
IN_NONBLOCK, IN_CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
IN_ATTRIB, IN_CLOSE_WRITE = 0x4, 0x8
IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE = 0x40, 0x80, 0x100, 0x200
IN_DELETE_SELF, IN_MOVE_SELF = 0x400, 0x800
IN_Q_OVERFLOW, IN_IGNORED, IN_ISDIR = 0x4000, 0x8000, 0x40000000

#: A file being written is of no interest; one that was closed after writing is.
FOLDER_MASK = (
    IN_ATTRIB
    | IN_CLOSE_WRITE
    | IN_MOVED_FROM
    | IN_MOVED_TO
    | IN_CREATE
    | IN_DELETE
    | IN_DELETE_SELF
    | IN_MOVE_SELF
)
FILE_MASK = IN_ATTRIB | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF
ENTRIES_CHANGE = IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE
SELF_GONE = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED

_HEAD = struct.Struct("iIII")
_READ = 1 << 16


class Notices(msgspec.Struct):
    """What changed since the last look."""

    #: Absolute paths that were written, made, moved or removed.
    paths: set[str] = set()
    #: Directories whose entries came or went, hidden ones and backups not counted.
    folders: set[str] = set()
    #: Notices were lost, or whole directories came or went: look at everything.
    everything: bool = False

    def __bool__(self) -> bool:
        return bool(self.paths or self.folders or self.everything)


class Watcher(Protocol):
    """What the loader needs of notices."""

    #: Paths that cannot be watched, with the reason; the sweep covers them.
    refused: dict[str, str]

    def watch(self, folders: Iterable[str], files: Iterable[str]) -> None:
        """Watch exactly these directories and single files from now on. Paths that are not there are left out."""

    def pump(self) -> Notices:
        """Everything noticed since the last call. Never blocks."""

    def filenos(self) -> Iterable[int]:
        """Descriptors whose readiness means that `pump` has something to say."""

    def close(self) -> None:
        """Watch nothing more."""


def make_watcher() -> Watcher:
    """The watcher of this operating system."""
    if sys.platform == "linux":
        try:
            return InotifyWatcher()
        except OSError as e:
            # The limit of instances of this user (fs.inotify.max_user_instances).
            return BlindWatcher(e.strerror or str(e))
    from ostro.loader.watch_portable import PortableWatcher

    return PortableWatcher()


class BlindWatcher:
    """Notices nothing: surveys find everything, a little later."""

    def __init__(self, why: str) -> None:
        self._why = why
        self.refused: dict[str, str] = {}

    def watch(self, folders: Iterable[str], files: Iterable[str]) -> None:
        self.refused = dict.fromkeys(folders, self._why)

    def pump(self) -> Notices:
        return Notices()

    def filenos(self) -> Iterable[int]:
        return ()

    def close(self) -> None:
        return


class InotifyWatcher:
    """inotify of Linux. Raises OSError when the kernel gives no instance."""

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
        if self._fd < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        #: One watch may stand for several paths: links to the same directory.
        self._paths: dict[int, set[str]] = {}
        self._watches: dict[str, int] = {}

    def watch(self, folders: Iterable[str], files: Iterable[str]) -> None:
        wanted = dict.fromkeys(files, FILE_MASK) | dict.fromkeys(folders, FOLDER_MASK)
        for path in [p for p in self._watches if p not in wanted]:
            self._leave(path)
        self.refused = {p: why for p, why in self.refused.items() if p in wanted}
        for path, mask in wanted.items():
            # Asking again for a watched path is how a directory that was replaced by another is noticed: the number
            # of the watch then differs.
            self._enter(path, mask)

    def pump(self) -> Notices:
        notices = Notices()
        while True:
            try:
                data = os.read(self._fd, _READ)
            except BlockingIOError:
                return notices
            except InterruptedError:
                continue
            self._take(data, notices)

    def filenos(self) -> Iterable[int]:
        return (self._fd,)

    def close(self) -> None:
        os.close(self._fd)
        self._watches.clear()
        self._paths.clear()

    def _enter(self, path: str, mask: int) -> None:
        number = self._libc.inotify_add_watch(self._fd, os.fsencode(path), mask)
        before = self._watches.get(path)
        if number < 0:
            code = ctypes.get_errno()
            if before is not None:
                self._forget(path, before)
            if code not in (errno.ENOENT, errno.ENOTDIR):
                self.refused[path] = os.strerror(code)
            return
        self.refused.pop(path, None)
        if before == number:
            return
        if before is not None:
            self._leave(path)
        self._watches[path] = number
        self._paths.setdefault(number, set()).add(path)

    def _leave(self, path: str) -> None:
        number = self._watches[path]
        self._forget(path, number)
        if number not in self._paths:
            # Refused when the directory is gone: the kernel has let go of it by itself.
            self._libc.inotify_rm_watch(self._fd, number)

    def _forget(self, path: str, number: int) -> None:
        self._watches.pop(path, None)
        paths = self._paths.get(number)
        if paths is not None:
            paths.discard(path)
            if not paths:
                del self._paths[number]

    def _take(self, data: bytes, notices: Notices) -> None:
        at = 0
        while at < len(data):
            number, mask, _, length = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            name = os.fsdecode(data[at : at + length].rstrip(b"\0"))
            at += length
            if mask & IN_Q_OVERFLOW:
                notices.everything = True
                continue
            for path in tuple(self._paths.get(number, ())):
                self._took(path, number, mask, name, notices)

    def _took(self, path: str, number: int, mask: int, name: str, notices: Notices) -> None:
        if mask & SELF_GONE:
            notices.everything = True
            notices.paths.add(path)
            if mask & IN_IGNORED:
                self._forget(path, number)
            return
        notices.paths.add(os.path.join(path, name) if name else path)
        # "..data" is how a mounted volume of Kubernetes is changed: a link that is pointed elsewhere.
        if name and mask & ENTRIES_CHANGE and (not is_noise(name) or name.startswith("..")):
            notices.folders.add(path)
            if mask & IN_ISDIR or name.startswith(".."):
                notices.everything = True


def close_quietly(descriptor: int) -> None:
    """Close a descriptor that may be closed."""
    with contextlib.suppress(OSError):
        os.close(descriptor)

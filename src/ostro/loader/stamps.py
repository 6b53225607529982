"""Whether what a file depends on is still the same.

Each dependency has a stamp: the hash of a file's content, of a directory's names, of a Variable's value. The stamps of
all dependencies together are the fingerprint of the file: equal fingerprints mean that parsing again would give the
same (but for the network). Contents are hashed again only when a file looks different, so that a checkout that touches
every file parses none.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable

from ostro.loader.find import Look, look_of
from ostro.protocol.parse import Dependency

#: A larger file is known by size and time of change: hashing it would hold up the engine.
LARGEST_HASHED = 8 << 20
#: Nanoseconds for which a change may not show in the look of a file: clocks of file systems tick coarsely.
COARSE = 2_000_000_000
#: Stamp of what is not there.
ABSENT = "-"

#: Kinds that live in the file system.
ON_DISK = frozenset({"module", "file", "directory"})
#: Kinds that only the engine can look up.
ASKED = frozenset({"variable", "connection"})


class Stamps:
    """The present stamps, and a memory of those on disk."""

    def __init__(self, salt: str) -> None:
        #: Part of every fingerprint: version and settings that shape every DAG.
        self._salt = salt
        self._on_disk: dict[tuple[str, str], tuple[Look | None, int, str]] = {}
        #: Stamps of Variables and Connections, as far as they were asked for.
        self._values: dict[tuple[str, str], str] = {}

    def fingerprint(self, dependencies: Iterable[Dependency]) -> str:
        """The fingerprint of a file with these dependencies, as they are now. 32 hex digits."""
        digest = hashlib.sha256(self._salt.encode())
        for dependency in sorted(dependencies, key=lambda d: (d.kind, d.name)):
            if dependency.kind != "network":
                stamp = self.stamp(dependency)
                digest.update(f"\n{dependency.kind} {dependency.name!r} {stamp}".encode())
        return digest.hexdigest()[:32]

    def stamp(self, dependency: Dependency) -> str:
        """The present stamp of one dependency."""
        kind = dependency.kind
        if kind in ON_DISK:
            return self._disk(kind == "directory", dependency.name)
        if kind == "env":
            value = os.environ.get(dependency.name)
            return ABSENT if value is None else _hash(value.encode(errors="surrogateescape"))
        return self._values.get((kind, dependency.name), ABSENT)

    def unknown(self, dependencies: Iterable[Dependency]) -> list[Dependency]:
        """Those whose stamp must be asked for first."""
        return [d for d in dependencies if d.kind in ASKED and (d.kind, d.name) not in self._values]

    def learn(self, kind: str, name: str, value: bytes | None) -> bool:
        """The value of a Variable or Connection. True when it differs from what was known."""
        stamp = ABSENT if value is None else _hash(value)
        before = self._values.get((kind, name))
        self._values[(kind, name)] = stamp
        return before is not None and before != stamp

    def forget_value(self, kind: str, name: str) -> None:
        """It was written: ask again."""
        self._values.pop((kind, name), None)

    def forget(self, path: str) -> None:
        """A notice of change came for the path: its look proves nothing."""
        self._on_disk.pop((path, "f"), None)
        self._on_disk.pop((path, "d"), None)

    def differs(self, dependency: Dependency) -> bool:
        """Whether the look of a dependency on disk changed since it was last stamped. Reads no content."""
        key = (dependency.name, "d" if dependency.kind == "directory" else "f")
        known = self._on_disk.get(key)
        return known is not None and not _trusted(known, _look(dependency.name))

    def keep_only(self, dependencies: Iterable[Dependency]) -> None:
        """Drop the memory of everything else."""
        wanted = {(d.name, "d" if d.kind == "directory" else "f") for d in dependencies}
        for key in [k for k in self._on_disk if k not in wanted]:
            del self._on_disk[key]

    def _disk(self, as_directory: bool, path: str) -> str:
        key = (path, "d" if as_directory else "f")
        look = _look(path)
        known = self._on_disk.get(key)
        if known is not None and _trusted(known, look):
            return known[2]
        now = time.time_ns()
        stamp = _stamp_directory(path) if as_directory else _stamp_file(path)
        self._on_disk[key] = (look, now, stamp)
        return stamp


def changed_since(path: str, moment: int) -> bool:
    """Whether a file or directory was changed at or after a moment (ns of the wall clock)."""
    try:
        status = os.stat(path)
    except OSError:
        return False
    return max(status.st_mtime_ns, status.st_ctime_ns) >= moment


def _trusted(known: tuple[Look | None, int, str], look: Look | None) -> bool:
    """The same look means the same content, unless the last change was so recent that another may hide behind it."""
    before, stamped_at, _ = known
    return before == look and (look is None or max(look[0], look[1]) < stamped_at - COARSE)


def _look(path: str) -> Look | None:
    try:
        return look_of(os.stat(path))
    except (OSError, ValueError):
        return None


def _stamp_file(path: str) -> str:
    try:
        with open(path, "rb", opener=_open_quietly) as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                return "special"
            if status.st_size > LARGEST_HASHED:
                return f"large {status.st_size} {status.st_mtime_ns}"
            return _hash(opened.read())
    except IsADirectoryError:
        return "directory"
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except (OSError, ValueError) as e:
        return f"unreadable {type(e).__name__}"


def _open_quietly(path: str, flags: int) -> int:
    # A named pipe in the place of a file must not hang the engine.
    return os.open(path, flags | os.O_NONBLOCK)


def _stamp_directory(path: str) -> str:
    """The hash of the names in a directory, with what editors and Python put there for themselves left out."""
    try:
        with os.scandir(path) as listing:
            names = sorted(e.name + ("/" if e.is_dir() else "") for e in listing if not is_noise(e.name))
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT
    except OSError as e:
        return f"unreadable {type(e).__name__}"
    return _hash("\n".join(names).encode(errors="surrogateescape"))


def is_noise(name: str) -> bool:
    """Names that come and go without meaning: hidden files (of editors, above all), backups, bytecode."""
    return name.startswith(".") or name == "__pycache__" or name.endswith(("~", ".pyc"))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]

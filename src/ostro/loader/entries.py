"""The DAG files that are known, and what depends on what."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from ostro.loader.config import Bundle
from ostro.protocol.parse import Dependency
from ostro.protocol.task import FileRef

_K = TypeVar("_K")

#: Bundle name and path inside it.
Key = tuple[str, str]


class Entry(msgspec.Struct, eq=False):
    """One DAG file."""

    bundle: Bundle
    #: With the fingerprint of the content that was parsed last; "" before the first parse.
    file: FileRef
    dependencies: tuple[Dependency, ...] = ()
    dag_ids: frozenset[str] = frozenset()
    #: A walk has seen the file in this life of the loader.
    seen: bool = False
    #: Monotonic moment when it was found missing.
    missing_since: float | None = None
    #: A process is parsing it.
    running: bool = False
    #: What it depended on when that began, and the fingerprint of it then.
    begun_with: tuple[tuple[Dependency, ...], str] = ((), "")
    #: It is parsed though nothing is known to have changed.
    refreshing: bool = False
    #: The parse before this one was ended because the file was edited meanwhile.
    cut_short: bool = False
    #: Someone asked meanwhile to have it parsed again.
    again: bool = False
    #: Something changed so close to the last parse that its result may be of the old content.
    doubtful: bool = False
    #: Monotonic moment of the last result, and parses in a row soon after each other for which no edit was the reason.
    done_at: float = float("-inf")
    streak: int = 0

    @property
    def key(self) -> Key:
        return (self.file.bundle, self.file.path)


class Entries:
    """All known files, found by what they depend on and by the DAGs they define."""

    def __init__(self) -> None:
        self._entries: dict[Key, Entry] = {}
        self._dependents: dict[tuple[str, str], set[Key]] = {}
        self._definers: dict[str, set[Key]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries.values()))

    def get(self, key: Key) -> Entry | None:
        """The file of a bundle and path."""
        return self._entries.get(key)

    def of_path(self, path: str) -> Entry | None:
        """The first file with this path in any bundle."""
        return next((e for (_, p), e in self._entries.items() if p == path), None)

    def in_bundle(self, name: str) -> list[Entry]:
        """All files of a bundle."""
        return [e for (bundle, _), e in self._entries.items() if bundle == name]

    def add(self, entry: Entry) -> None:
        """A new file; it depends on itself at least."""
        self._entries[entry.key] = entry
        self.update(entry, entry.dependencies, entry.dag_ids)

    def update(self, entry: Entry, dependencies: Iterable[Dependency], dag_ids: Iterable[str]) -> None:
        """What the last parse found out."""
        self._unlink(entry)
        own = Dependency(kind="module", name=own_path(entry.file))
        entry.dependencies = tuple(sorted({own, *dependencies}, key=lambda d: (d.kind, d.name)))
        entry.dag_ids = frozenset(dag_ids)
        for dependency in entry.dependencies:
            self._dependents.setdefault(_index(dependency), set()).add(entry.key)
        for dag_id in entry.dag_ids:
            self._definers.setdefault(dag_id, set()).add(entry.key)

    def remove(self, entry: Entry) -> None:
        """The file is gone."""
        self._unlink(entry)
        self._entries.pop(entry.key, None)

    def on_path(self, path: str) -> Iterator[Entry]:
        """Files that depend on the content of a file."""
        return self._found(("file", path))

    def on_folder(self, path: str) -> Iterator[Entry]:
        """Files that depend on the names in a directory."""
        return self._found(("directory", path))

    def on_value(self, kind: str, name: str) -> Iterator[Entry]:
        """Files that depend on a Variable or Connection."""
        yield from self._found((kind, name))

    def defining(self, dag_id: str) -> Iterator[Entry]:
        """Files that define a DAG."""
        for key in tuple(self._definers.get(dag_id, ())):
            yield self._entries[key]

    def dependencies(self) -> list[Dependency]:
        """Everything that any file depends on; modules as files."""
        return [Dependency(kind=kind, name=name) for kind, name in self._dependents]

    def _found(self, index: tuple[str, str]) -> Iterator[Entry]:
        for key in tuple(self._dependents.get(index, ())):
            yield self._entries[key]

    def _unlink(self, entry: Entry) -> None:
        for dependency in entry.dependencies:
            _discard(self._dependents, _index(dependency), entry.key)
        for dag_id in entry.dag_ids:
            _discard(self._definers, dag_id, entry.key)


def own_path(file: FileRef) -> str:
    """The file on disk that a DAG file is, or is in."""
    head, found, _ = file.path.partition(".zip/")
    path = os.path.join(file.folder, file.path)
    if found:
        archive = os.path.join(file.folder, head + ".zip")
        if not os.path.isdir(archive):
            return archive
    return path


def _index(dependency: Dependency) -> tuple[str, str]:
    return ("file" if dependency.kind == "module" else dependency.kind, dependency.name)


def _discard(index: dict[_K, set[Key]], name: _K, key: Key) -> None:
    keys = index.get(name)
    if keys is not None:
        keys.discard(key)
        if not keys:
            del index[name]

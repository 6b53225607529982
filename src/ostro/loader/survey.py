"""Looking at everything: which files there are, whether anything looks different, what must be watched.

A survey runs in small steps. It is made at start, after notices that say that whole folders came or went, and slowly
all the time as the net for folders that send no notices.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import msgspec

from ostro.loader.config import Bundle, LoaderConfig
from ostro.loader.entries import Entries
from ostro.loader.find import Finder, Found
from ostro.loader.stamps import ON_DISK, Stamps
from ostro.loader.watch import Watcher
from ostro.protocol.parse import Dependency

#: Dependencies looked at in one step.
STEP = 64


class Surveyed(msgspec.Struct):
    """What a survey found."""

    #: Per bundle name what its walk found.
    found: dict[str, Found] = {}
    #: Dependencies that look different.
    different: list[Dependency] = []


class Survey:
    """Makes surveys, and keeps the watcher at what they found."""

    def __init__(
        self, config: LoaderConfig, entries: Entries, finder: Finder, stamps: Stamps, watcher: Watcher
    ) -> None:
        self._config = config
        self._entries = entries
        self._finder = finder
        self._stamps = stamps
        self._watcher = watcher
        self._folders: frozenset[str] = frozenset()
        self._candidates: frozenset[str] = frozenset()
        #: Links to files by what they lead to: notices come for the target.
        self._aliases: dict[str, set[str]] = {}
        #: Links that folders are reached through: pointing one elsewhere changes everything.
        self._hinges: frozenset[str] = frozenset()
        self._watched: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def run(self, done: Callable[[Surveyed], None]) -> Iterator[None]:
        """One survey; `done` hears of the result before the watches are set anew."""
        result = Surveyed()
        for bundle in self._config.bundles:
            result.found[bundle.name] = found = Found()
            yield from self._finder.walk(bundle, found)
        self._remember(result)
        dependencies = [d for d in self._entries.dependencies() if d.kind in ON_DISK]
        for at in range(0, len(dependencies), STEP):
            result.different += [d for d in dependencies[at : at + STEP] if self._stamps.differs(d)]
            yield
        self._stamps.keep_only(dependencies)
        done(result)

    def concerns(self, path: str) -> bool:
        """Whether a notice for a path that no file depends on calls for a survey."""
        name = os.path.basename(path)
        if path in self._hinges or path in self._candidates or name == ".airflowignore":
            return True
        return name.endswith((".py", ".zip")) and os.path.dirname(path) in self._folders

    def real_paths(self, path: str) -> set[str]:
        """The paths by which files know what a notice came for."""
        return {path, *self._aliases.get(path, ())}

    def watch(self) -> bool:
        """Watch what files depend on now. True when something is watched that was not before."""
        folders = set(self._folders)
        files: set[str] = set()
        for link in self._hinges:
            folders.add(os.path.dirname(link))
        files.update(self._aliases)
        for dependency in self._entries.dependencies():
            if dependency.kind in ON_DISK:
                self._watch_one(dependency, folders, files)
        wanted = (frozenset(folders), frozenset(files))
        before = self._watched
        self._watched = wanted
        self._watcher.watch(folders, files)
        return not (wanted[0] <= before[0] and wanted[1] <= before[1])

    def _watch_one(self, dependency: Dependency, folders: set[str], files: set[str]) -> None:
        path = dependency.name
        if dependency.kind == "directory":
            folders.add(_existing(path))
            return
        parent = os.path.dirname(path)
        if parent in folders:
            return
        if self._is_users(parent) or not os.path.exists(path):
            folders.add(_existing(parent))
        else:
            # Outside of the users' folders a file may have noisy neighbours.
            files.add(path)

    def _is_users(self, folder: str) -> bool:
        own = [b.folder for b in self._config.bundles]
        if self._config.plugins_folder:
            own.append(self._config.plugins_folder)
        return any(folder == o or folder.startswith(o.rstrip("/") + "/") for o in own)

    def _remember(self, result: Surveyed) -> None:
        folders: set[str] = set()
        candidates: set[str] = set()
        aliases: dict[str, set[str]] = {}
        hinges: set[str] = set()
        for bundle in self._config.bundles:
            found = result.found[bundle.name]
            if found.missing:
                folders.add(_existing(os.path.dirname(bundle.folder)))
            folders |= found.folders
            candidates |= found.candidates
            hinges.update(_links_on_the_way(bundle))
            for link in found.links:
                target = os.path.realpath(link)
                if os.path.isdir(target):
                    hinges.add(link)
                else:
                    aliases.setdefault(target, set()).add(link)
        self._folders = frozenset(folders)
        self._candidates = frozenset(candidates)
        self._aliases = aliases
        self._hinges = frozenset(hinges)


def _links_on_the_way(bundle: Bundle) -> Iterator[str]:
    """Symbolic links among a bundle's folder and the folders above it."""
    path = bundle.folder
    while path not in ("/", ""):
        if os.path.islink(path):
            yield path
        path = os.path.dirname(path)


def _existing(folder: str) -> str:
    """The folder, or the nearest one above it that exists."""
    while not os.path.isdir(folder) and folder not in ("/", ""):
        folder = os.path.dirname(folder)
    return folder or "/"

"""Which DAG files a bundle has.

A DAG file is a `.py` file, or one at the top of a `.zip` file, that is not ignored and whose text mentions Airflow (or
Ostro) and a DAG or asset (safe mode). Folders are followed through symbolic links, but never in a circle. Folders
whose name begins with a dot hold no DAG files: version control, caches, the hidden halves of mounted volumes.

A walk goes folder by folder and gives way between them, so that a large tree never holds up the engine.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator

import msgspec

from ostro.loader.config import Bundle, LoaderConfig
from ostro.loader.ignore import FILE_NAME, Rules

#: Names of folders that hold no DAG files, besides all that begin with a dot.
NO_FOLDERS = frozenset({"__pycache__", "node_modules"})
#: Bytes of a zip member that are searched for the words of safe mode.
LONGEST_MEMBER = 16 << 20

#: What tells two states of a file apart without reading it: mtime and ctime in ns, size, inode.
Look = tuple[int, int, int, int]


def look_of(found: os.stat_result) -> Look:
    """The look of a file."""
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


class Found(msgspec.Struct):
    """What one walk found; complete when the walk has ended."""

    #: Relative paths of DAG files ("a.zip/x.py" inside a zip) with the look of the file on disk.
    files: dict[str, Look] = {}
    #: Absolute paths of all folders walked.
    folders: set[str] = set()
    #: Absolute paths of symbolic links walked through or to files, which may be pointed elsewhere.
    links: set[str] = set()
    #: Files that are no DAG files now, and might become ones.
    candidates: set[str] = set()
    complaints: list[str] = []
    #: The folder of the bundle could not be read: nothing is known, and nothing may be retired.
    missing: bool = False


class Finder:
    """Walks bundles. Remembers the verdict of safe mode on each file until the file looks different."""

    def __init__(self, config: LoaderConfig) -> None:
        self._config = config
        self._verdicts: dict[str, tuple[Look, tuple[str, ...]]] = {}

    def walk(self, bundle: Bundle, found: Found) -> Iterator[None]:
        """Fill `found`, giving way after each folder and each file read."""
        try:
            os.scandir(bundle.folder).close()
        except OSError as e:
            found.missing = True
            if bundle.git is not None and not os.path.isdir(bundle.git.folder + "/tracking"):
                return  # not fetched yet
            if bundle.foreign is not None and not os.path.islink(bundle.foreign.link):
                return  # its class has not said where it is
            found.complaints.append(f"The folder {bundle.folder} cannot be read: {e.strerror}")
            return
        pending: list[tuple[str, Rules, frozenset[tuple[int, int]]]] = [("", Rules(), frozenset())]
        while pending:
            inside, rules, above = pending.pop()
            folder = os.path.join(bundle.folder, inside) if inside else bundle.folder
            try:
                status = os.stat(folder)
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda e: e.name)
            except OSError as e:
                found.complaints.append(f"The folder {folder} cannot be read: {e.strerror}")
                continue
            identity = (status.st_dev, status.st_ino)
            if identity in above:
                found.complaints.append(
                    f"The folder {folder} leads back to a folder above it; it is not followed"
                )
                continue
            found.folders.add(folder)
            rules = self._with_own(rules, inside, folder, entries, found)
            for entry in entries:
                path = f"{inside}/{entry.name}" if inside else entry.name
                if entry.is_symlink():
                    found.links.add(entry.path)
                if _is_folder(entry):
                    if not _never(entry.name) and not rules.ignores(path, is_folder=True):
                        pending.append((path, rules, above | {identity}))
                elif entry.name.endswith((".py", ".zip")) and not rules.ignores(path, is_folder=False):
                    yield from self._file(path, entry, found)
            yield
        found.complaints = list(dict.fromkeys(found.complaints))

    def forget(self, path: str) -> None:
        """The file changed, whatever its look says."""
        self._verdicts.pop(path, None)

    def _with_own(
        self, rules: Rules, inside: str, folder: str, entries: list[os.DirEntry[str]], found: Found
    ) -> Rules:
        if not any(e.name == FILE_NAME for e in entries):
            return rules
        path = os.path.join(folder, FILE_NAME)
        try:
            with open(path, encoding="utf-8", errors="replace") as opened:
                text = opened.read()
        except OSError as e:
            found.complaints.append(f"{path} cannot be read: {e.strerror}")
            return rules
        rules = rules.below(inside, text, self._config.ignore_syntax)
        found.complaints.extend(rules.complaints)
        return rules

    def _file(self, path: str, entry: os.DirEntry[str], found: Found) -> Iterator[None]:
        try:
            status = entry.stat()
        except OSError:
            # Gone meanwhile, or a link to nowhere: a link that leads somewhere later is seen by the next walk.
            return
        if not stat.S_ISREG(status.st_mode):
            return
        look = look_of(status)
        known = self._verdicts.get(entry.path)
        if known is None or known[0] != look:
            known = (look, tuple(self._holds(path, entry.path)))
            self._verdicts[entry.path] = known
            yield
        if not known[1]:
            found.candidates.add(entry.path)
        for name in known[1]:
            found.files[name] = look

    def _holds(self, path: str, location: str) -> Iterator[str]:
        """Relative paths of the DAG files that a file is or holds."""
        if path.endswith(".zip"):
            for member in self._members(location):
                yield f"{path}/{member}"
        elif not self._config.safe_mode:
            yield path
        else:
            try:
                with open(location, "rb") as opened:
                    data = opened.read()
            except OSError:
                # Not readable: parsing it tells the author why.
                yield path
                return
            if mentions_dag(data):
                yield path

    def _members(self, location: str) -> list[str]:
        try:
            with zipfile.ZipFile(location) as archive:
                names = [n for n in archive.namelist() if n.endswith(".py") and "/" not in n]
                if not self._config.safe_mode:
                    return names
                return [n for n in names if mentions_dag(_beginning(archive, n))]
        except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            # No zip file after all, half written, or encrypted: no DAG file can be read from it.
            return []


def mentions_dag(data: bytes) -> bool:
    """Safe mode: whether a text may define a DAG.

    Source: Airflow, setting `[core] dag_discovery_safe_mode`; files of the own import name count as well.
    """
    data = data.lower()
    return (b"airflow" in data or b"ostro" in data) and (b"dag" in data or b"asset" in data)


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        return member.read(LONGEST_MEMBER)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A circle of symbolic links.
        return False


def _never(name: str) -> bool:
    return name.startswith(".") or name in NO_FOLDERS

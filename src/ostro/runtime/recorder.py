"""What a DAG file reads while it is imported: the dependencies that decide when it is parsed again.

Owns noticing, through Python's audit events. Refuses judging whether something changed; that is the loader's.

A read counts when its content can change the DAGs:
* modules of the user's folders; names that could not be imported, as the files that would provide them,
* any other file opened for reading and any directory listed, outside of the Python installation and the system,
* environment variables that the user's own code reads, and those that stand for Variables and Connections,
* Variables and Connections (told by `ostro.sdk.asking`),
* the network, and programs that the user's own code starts: their answers are outside data.

What the file itself writes while it is parsed does not count, or it would be parsed for ever.
"""

from __future__ import annotations

import importlib.util
import os
import site
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from ostro.protocol.parse import Dependency

#: Folders of the machine whose files are no input of a DAG.
SYSTEM = ("/proc/", "/sys/", "/dev/", "/usr/lib/", "/usr/share/", "/etc/ssl/", "/etc/pki/", "/run/")
#: Files of the machine that libraries read on their own.
SYSTEM_FILES = frozenset({
    "/etc/localtime", "/etc/timezone", "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf",
    "/etc/mime.types", "/etc/passwd", "/etc/group", "/etc/gai.conf", "/etc/os-release", "/etc/services",
})  # fmt: skip
#: Environment variables that count whoever reads them.
TELLING_ENV = ("AIRFLOW_VAR_", "AIRFLOW_CONN_", "AIRFLOW__", "OSTRO__")
#: Provider packages install beside our import names, and are none of ours.
PROVIDERS = "/airflow/providers/"
#: A file with more dependencies than this is recorded by the first ones only; the hourly refresh covers the rest.
MOST = 20_000

_IMPORTLIB = ("<frozen importlib", "<frozen zipimport")
_WRITES = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_STARTS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "pty.spawn"})
_LISTS = frozenset({"os.listdir", "os.scandir"})


class Recorder:
    """Records from `start` to `stop`. One process records once: audit hooks cannot be taken away."""

    def __init__(self, roots: Iterable[str], note: Callable[[Dependency], None] | None = None) -> None:
        #: Folders of the user, each ending in a slash: bundle, plugins.
        self.roots = tuple(_as_folder(r) for r in roots)
        self.installed = INSTALLED
        #: Told of each dependency once, at once; survives when the process does not.
        self._note = note
        self._seen: dict[tuple[str, str], None] = {}
        self._written: set[tuple[str, str]] = set()
        self._wanted: dict[str, None] = {}
        self._active = False
        self._environ: type[os._Environ[str]] | None = None

    def start(self) -> None:
        """Begin to record."""
        self._active = True
        self._watch_environ()
        sys.addaudithook(self._hook)

    def stop(self) -> None:
        """Record nothing more, and look after the names that could not be imported."""
        self._active = False
        if self._environ is not None:
            os.environ.__class__ = self._environ
        for name in self._wanted:
            if name not in sys.modules:
                self._missing(name)

    def dependencies(self) -> list[Dependency]:
        """What was read, in order of name."""
        kept = [key for key in self._seen if key not in self._written]
        return [Dependency(kind=kind, name=name) for kind, name in sorted(kept)]

    def add(self, kind: str, name: str) -> None:
        """Record one dependency."""
        key = (kind, name)
        if key in self._seen or len(self._seen) >= MOST or not _sendable(name):
            return
        self._seen[key] = None
        if self._note is not None:
            self._note(Dependency(kind=kind, name=name))

    def forget(self, kind: str, name: str) -> None:
        """The file wrote this itself: not a dependency."""
        self._written.add((kind, name))

    def is_users(self, path: str) -> bool:
        """Whether a path lies in a folder of the user."""
        return path.startswith(self.roots)

    # ---- audit events ----------------------------------------------------------------------------------------

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        # Called for every audit event of the process: the common case must leave at once.
        if not self._active:
            return
        if event == "open":
            self._opened(*args)
        elif event == "import":
            self._imports(args[0])
        elif event in _LISTS:
            self._listed(args[0])
        elif event == "socket.connect":
            self._connected(args[1])
        elif event == "socket.getaddrinfo":
            self.add("network", _text(args[0]))
        elif event == "sqlite3.connect":
            self._opened(args[0], "r", 0)
        elif event in _STARTS and self._by_user(_STDLIB_STARTERS):
            self.add("network", f"program {_program(args)}")

    def _opened(self, path: Any, mode: Any, flags: Any) -> None:
        name = _path(path)
        if name is None:
            return
        if _is_write(mode, flags):
            self.forget("file", name)
            return
        if _from_importlib(sys._getframe(2)):
            self._imported(name)
        elif self.is_users(name) or not self._foreign(name):
            self.add("file", name)

    def _imported(self, path: str) -> None:
        if "__pycache__" in path and path.endswith(".pyc"):
            path = importlib.util.source_from_cache(path)
        if self.is_users(path):
            self.add("module", path)
        elif not self._is_own(path):
            for folder in self.installed:
                if path.startswith(folder):
                    # Installing or upgrading a package changes the list of its folder.
                    if self._for_user():
                        self.add("directory", folder.rstrip("/"))
                    return
            if not self._foreign(path):
                self.add("module", path)

    def _imports(self, name: str) -> None:
        if self._by_user(_IMPORTLIB):
            self._wanted[name] = None

    def _listed(self, path: Any) -> None:
        caller = sys._getframe(2)
        if isinstance(path, int) or _from_importlib(caller) or caller.f_code.co_filename == _METADATA:
            return
        name = _path("." if path is None else path)
        if name is not None and (self.is_users(name + "/") or not self._foreign(name + "/")):
            self.add("directory", name)

    def _connected(self, address: Any) -> None:
        if isinstance(address, tuple) and len(address) >= 2:
            self.add("network", f"{address[0]}:{address[1]}")

    def _by_user(self, passing: tuple[str, ...]) -> bool:
        """Whether the nearest frame beside those of `passing` is the user's own code."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            path = frame.f_code.co_filename
            if path != __file__ and not path.startswith(passing):
                return self.is_users(path)
            frame = frame.f_back
        return False

    def _for_user(self) -> bool:
        """Whether the user's code wanted what is imported now, and not Ostro for itself."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            path = frame.f_code.co_filename
            if self.is_users(path):
                return True
            if path != __file__ and self._is_own(path):
                return False
            frame = frame.f_back
        return False

    def _is_own(self, path: str) -> bool:
        return path.startswith(OWN) and PROVIDERS not in path

    def _foreign(self, path: str) -> bool:
        return path.startswith(_FOREIGN) or path in SYSTEM_FILES

    def _missing(self, name: str) -> None:
        """An import that failed: the places where the module would be found."""
        parent, _, last = name.rpartition(".")
        package = sys.modules.get(parent) if parent else None
        if parent and package is None:
            return
        folders = list(getattr(package, "__path__", ())) if parent else [r.rstrip("/") for r in self.roots]
        for folder in folders:
            if self.is_users(_as_folder(folder)):
                self.add("file", os.path.join(folder, last))
                self.add("file", os.path.join(folder, last + ".py"))
        for folder in self.installed:
            if folder.rstrip("/") in sys.path:
                self.add("directory", folder.rstrip("/"))

    # ---- environment -----------------------------------------------------------------------------------------

    def _watch_environ(self) -> None:
        """Environment reads raise no audit event, so `os.environ` gets a class that tells."""
        self._environ = type(os.environ)
        _Environ.recorder = self
        os.environ.__class__ = _Environ

    def _read_env(self, key: Any) -> None:
        if (
            self._active
            and isinstance(key, str)
            and (key.startswith(TELLING_ENV) or self._by_user(_ENV_READERS))
        ):
            self.add("env", key)


class _Environ(type(os.environ)):  # type: ignore[misc]
    """`os.environ` that tells the recorder what is read."""

    recorder: Recorder

    def __getitem__(self, key: str) -> str:
        self.recorder._read_env(key)
        value: str = super().__getitem__(key)
        return value


# ---- helpers -----------------------------------------------------------------------------------------------


def _as_folder(path: str) -> str:
    return path.rstrip("/") + "/"


def _path(path: Any) -> str | None:
    if isinstance(path, int):
        return None
    try:
        name = os.fsdecode(path)
    except TypeError:
        return None
    if not name or "\0" in name:
        return None
    try:
        return os.path.abspath(name)
    except OSError:
        # A relative path, and the current directory is gone.
        return None


def _sendable(name: str) -> bool:
    """A path that is not UTF-8 cannot be sent; such a file is left to the slow refresh."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_write(mode: Any, flags: Any) -> bool:
    if isinstance(mode, str):
        return any(c in mode for c in "wax")
    return bool(isinstance(flags, int) and flags & _WRITES)


def _from_importlib(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_IMPORTLIB)


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _program(args: tuple[Any, ...]) -> str:
    """The name of the program in the arguments of an audit event of process starts."""
    first = args[0] if args else ""
    if isinstance(first, (list, tuple)):
        first = first[0] if first else ""
    words = _text(first).split()
    return os.path.basename(words[0]) if words else ""


def _installed() -> tuple[str, ...]:
    """Folders of installed packages, each ending in a slash."""
    found = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), site.getusersitepackages()}
    found.update(site.getsitepackages())
    found.update(p for p in sys.path if os.path.basename(p) in {"site-packages", "dist-packages"})
    return tuple(sorted(_as_folder(p) for p in found if p))


def _own_folders() -> tuple[str, ...]:
    """Ostro itself: the folders of the packages `ostro` and `airflow`."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return (_as_folder(package), os.path.join(os.path.dirname(package), "airflow") + "/")


#: Computed once, for all processes forked from this one.
INSTALLED = _installed()
OWN = _own_folders()
_STDLIB = _as_folder(sysconfig.get_path("stdlib"))
#: Lists every folder of sys.path in search of installed packages.
_METADATA = os.path.join(_STDLIB, "importlib", "metadata", "__init__.py")
_FOREIGN = (*SYSTEM, *INSTALLED, *OWN, _as_folder(os.path.dirname(_STDLIB.rstrip("/"))))
_STDLIB_STARTERS = (subprocess.__file__, os.__file__, "<frozen os>", _STDLIB + "pty.py")
_ENV_READERS = (
    os.__file__,
    "<frozen os>",
    "<frozen _collections_abc>",
    _STDLIB + "_collections_abc.py",
)

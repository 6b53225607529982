"""The folder in which Ostro keeps its state.

    ostro.cfg                settings
    ostro.db                 the database, unless it is PostgreSQL
    started.json             database and DAG folder of the last start, when its command line named them
    logs/                    task logs
    keys/                    one file for each key, readable by the owner only
    run/engine.sock          the engine listens here for task processes, the CLI and the API
    run/nursery.sock         the nursery listens here for the engine

Everything is made for the owner alone: folders 0700, files 0600.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ostro.errors import SettingInvalid

#: Bytes of the longest path that a Unix socket may have on Linux and macOS, with room for the name of the socket.
_SOCKET_PATH = 103 - len("/nursery.sock")


@dataclass(frozen=True)
class Home:
    """Where everything is. Making the object touches nothing; `ensure` makes the folders."""

    path: Path

    @classmethod
    def of(cls, environ: Mapping[str, str], path: Path | None = None) -> Home:
        """The home at `path`, else OSTRO_HOME, else ~/.ostro."""
        if path is None:
            text = environ.get("OSTRO_HOME") or "~/.ostro"
            if text == "~" or text.startswith("~/"):
                text = environ.get("HOME", str(Path.home())) + text[1:]
            path = Path(text)
        return cls(path.absolute())

    @property
    def config_file(self) -> Path:
        """ostro.cfg."""
        return self.path / "ostro.cfg"

    @property
    def database_file(self) -> Path:
        """The SQLite database."""
        return self.path / "ostro.db"

    @property
    def logs(self) -> Path:
        """Folder of the logs, unless the settings name another."""
        return self.path / "logs"

    @property
    def keys(self) -> Path:
        """Folder of the keys."""
        return self.path / "keys"

    @property
    def run(self) -> Path:
        """Folder of the sockets. Beside the temporary files when the home's own path is too long for a socket."""
        folder = self.path / "run"
        if len(os.fsencode(folder)) <= _SOCKET_PATH:
            return folder
        mark = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ostro-{os.getuid()}-{mark}"

    @property
    def engine_socket(self) -> Path:
        """Where the engine listens."""
        return self.run / "engine.sock"

    @property
    def nursery_socket(self) -> Path:
        """Where the nursery listens."""
        return self.run / "nursery.sock"

    def ensure(self) -> None:
        """Make the folders that are missing.

        Raises SettingInvalid when one cannot be made, or belongs to somebody else.
        """
        for folder in (self.path, self.logs, self.keys, self.run):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                if folder != self.path:
                    _own_only(folder)
            except OSError as error:
                raise SettingInvalid(f"The folder {folder} cannot be used: {error.strerror}.") from error
        # New ones are made so; those of earlier releases were not.
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                _own_only(self.database_file.with_name(self.database_file.name + ending))

    def key(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The key `name`; the first who asks makes it. Two processes that ask at once get the same.

        Raises SettingInvalid when it cannot be read or written.
        """
        path = self.keys / name
        try:
            if not path.exists():
                _create_private(path, make())
            _own_only(path)
            return path.read_bytes()
        except OSError as error:
            raise SettingInvalid(f"The key {path} cannot be used: {error.strerror}.") from error

    def write_config(self, text: str) -> bool:
        """Write ostro.cfg when there is none; True when it was written."""
        return _create_private(self.config_file, text.encode())


def _create_private(path: Path, data: bytes) -> bool:
    """Make a file 0600 with all its bytes at once; False when another was faster."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(name)
    return True


def _own_only(path: Path) -> None:
    """Take the rights of group and others away. Raises SettingInvalid for a link or another owner's file."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) and path.parent == Path(tempfile.gettempdir()):
        raise SettingInvalid(f"{path} is a link; it must be a folder of this user.")
    found = path.stat()
    if found.st_uid != os.getuid():
        raise SettingInvalid(f"{path} belongs to another user.")
    if found.st_mode & 0o077:
        path.chmod(stat.S_IMODE(found.st_mode) & 0o700)

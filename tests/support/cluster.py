"""A PostgreSQL server of a test's own, which it may kill."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.services import missing
from support.standalone import free_port


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl; None where PostgreSQL is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    found = shutil.which("pg_ctl")
    folders += [Path(found).parent] if found else []
    return next((f for f in folders if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


class Cluster:
    """One server with its own data folder and port."""

    def __init__(self, bin_folder: Path, folder: Path, user: str | None, *, connections: int = 60) -> None:
        """`user`: whom the server belongs to, None = who runs this; `connections`: how many it takes at once."""
        self._bin = bin_folder
        self._folder = folder
        self._user = user
        self._connections = connections
        self.port = free_port()
        self.url = f"postgresql://ostro@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make the data folder and start."""
        self._call(
            "initdb",
            "--auth=trust",
            "--username=ostro",
            "--encoding=UTF8",
            "--no-sync",
            str(self._folder / "data"),
        )
        with (self._folder / "data" / "postgresql.conf").open("a") as config:
            # Only processes die in these tests, never the machine: what was written needs no fsync to last.
            config.write(
                f"listen_addresses = '127.0.0.1'\nport = {self.port}\nfsync = off\nmax_wal_size = 256MB\n"
                f"unix_socket_directories = '{self._folder}'\nmax_connections = {self._connections}\n"
            )
        self._control("start")

    def kill_and_restart(self) -> None:
        """End all server processes at once, as a crash does, and start again. Returns when it answers."""
        self._control("restart", "--mode=immediate")

    def kill(self) -> None:
        """End all server processes at once."""
        self._control("stop", "--mode=immediate")

    def start(self) -> None:
        """Start again. Returns when it answers."""
        self._control("start")

    def destroy(self) -> None:
        """End it for good."""
        if (self._folder / "data" / "postmaster.pid").exists():
            self.kill()
        shutil.rmtree(self._folder)

    def _control(self, *words: str) -> None:
        log = str(self._folder / "server.log")
        self._call("pg_ctl", *words, "--wait", "-D", str(self._folder / "data"), "-l", log)

    def _call(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._bin / name), *arguments],
            check=True,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )


@contextmanager
def cluster(within: Path | None = None, *, connections: int = 60) -> Iterator[Cluster]:
    """A running server; skips where PostgreSQL is not installed, fails there in CI. `within`: None = where temporary files are."""
    found = binaries()
    if found is None:
        missing("PostgreSQL's initdb and pg_ctl", "not found in /usr/lib/postgresql or PATH")
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="ostro-pg-", dir=within))
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    server = Cluster(found, folder, user, connections=connections)
    try:
        server.create()
        yield server
    finally:
        server.destroy()

"""The engine as a process: `python -m ostro.assembly.engine`."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable
from types import FrameType
from typing import IO, Any

import msgspec

from ostro import events, private
from ostro.assembly import child, keys, listeners, parts, repositories
from ostro.assembly.triggers import add_triggers
from ostro.clock import Clock, SystemClock
from ostro.errors import NotAllowed, StoreError, StoreUnavailable
from ostro.executors.local import LocalExecutor
from ostro.loader import ForkSpawner, Loader
from ostro.protocol.frames import Unpacker
from ostro.protocol.parse import ParseEnded
from ostro.scheduler.loop import Engine, Source
from ostro.scheduler.purge import PurgeXComs
from ostro.settings import Settings, started
from ostro.store import Store
from ostro.store.notify import Listener
from ostro.worker.processes import LocalProcesses

#: Seconds between two attempts to listen to PostgreSQL again.
RECONNECT = 2.0


class Signals:
    """SIGTERM and SIGINT end the loop after its present turn; a descriptor wakes it."""

    def __init__(self, stop: Any) -> None:
        self._read, write = socket.socketpair()
        self._read.setblocking(False)
        write.setblocking(False)
        self._write = write
        signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)

        def record(_number: int, _frame: FrameType | None) -> None:
            stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, record)

    def filenos(self) -> Iterable[int]:
        return (self._read.fileno(),)

    def pump(self) -> tuple[list[int], list[str]]:
        """Signals change no runs; only the bytes that woke the loop are taken away."""
        with contextlib.suppress(BlockingIOError):
            self._read.recv(4096)
        return [], []


def lock_home(settings: Settings) -> IO[str]:
    """One engine for each home. Raises NotAllowed when another runs; the lock goes with the process."""
    path = settings.home.run / "engine.lock"
    handle = open(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, private.FILE), "a+")  # noqa: SIM115 - kept while it runs
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        owner = handle.read().strip() or "unknown"
        handle.close()
        raise NotAllowed(
            f"another engine (process {owner}) works on {settings.home.path}; stop it first, or set OSTRO_HOME"
        ) from None
    with contextlib.suppress(OSError):
        # Only told to people; on a full disk the lock holds all the same.
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
    return handle


class Wakes:
    """Commands of other processes, as they arrive on the engine's socket; the executor's descriptor wakes the loop."""

    def __init__(self, processes: LocalProcesses) -> None:
        self._processes = processes

    def filenos(self) -> Iterable[int]:
        return ()

    def pump(self) -> tuple[list[int], list[str]]:
        """Runs and DAGs that were changed."""
        return self._processes.take_wakes()


class Notices:
    """What other processes and machines wrote, as PostgreSQL tells it. A lost connection is made again."""

    def __init__(self, database: Store) -> None:
        self._database = database
        self._listener: Listener | None = None
        self._again_at = 0.0

    def filenos(self) -> Iterable[int]:
        fileno = -1 if self._listener is None else self._listener.fileno()
        return () if fileno < 0 else (fileno,)

    def pump(self) -> tuple[list[int], list[str]] | None:
        """Runs and DAGs that were changed; None when messages may have been missed."""
        runs: list[int] = []
        dags: list[str] = []
        try:
            if self._listener is None or self._listener.fileno() < 0:
                if time.monotonic() < self._again_at:
                    return [], []
                self._connect()
                return None
            for message in self._listener.pump():
                if message.get("all"):
                    return None
                runs += message.get("runs", ())
                dags += message.get("dags", ())
        except StoreError:
            # The loop finds out by itself and waits; what was told meanwhile is looked for after the next connect.
            self._again_at = time.monotonic() + RECONNECT
        return runs, dags

    def _connect(self) -> None:
        if self._listener is None:
            self._listener = Listener(self._database)
        else:
            self._listener.connect()


class NurserySpawner(ForkSpawner):
    """Parse processes forked from the nursery, which has everything loaded already."""

    def __init__(self, processes: LocalProcesses) -> None:
        super().__init__()
        self._processes = processes

    def _start(self) -> socket.socket:
        control = self._processes.open_parser()
        control.setblocking(False)
        self._control = control
        self._unpacker = Unpacker(ParseEnded)
        return control


def build(
    settings: Settings,
    database: Store,
    *,
    unpause_new: bool,
    clock: Clock | None = None,
    kind: type[Engine] = Engine,
    **config_changes: Any,
) -> Engine:
    """The engine with all its parts. Tests give it another clock, class and values of its SchedulerConfig."""
    clock = clock or SystemClock()
    log = listeners.log_events(sys.stderr)
    heard = parts.listener(settings, warn=lambda text: log(events.Warned(text=text)))
    listen = log if heard is None else listeners.together(log, listeners.News(heard.tell))
    config = parts.scheduler_config(settings, unpause_new=unpause_new)
    config = msgspec.structs.replace(config, **config_changes)
    processes = LocalProcesses(
        parts.worker_config(settings), warn=lambda text: listen(events.Warned(text=text))
    )
    executor = LocalExecutor(processes, slots=config.parallelism, hostname=config.hostname)
    cipher = keys.cipher(settings)
    loader = Loader(
        parts.loader_config(settings),
        NurserySpawner(processes),
        clock=clock,
        access=repositories.access_of(settings, database, cipher),
    )
    sources: list[Source] = [Wakes(processes)]
    if database.dialect == "postgresql":
        sources.append(Notices(database))
    engine = kind(database, executor, loader, sources, config, clock, cipher, listen)
    if heard is not None:
        engine.sources.append(heard)
        engine.services.append(PurgeXComs(heard))
        engine.at_end.append(heard.close)
    add_triggers(engine, processes.open_triggers)
    engine.calendars.client = parts.calendar(settings, NurserySpawner(processes), clock)
    return engine


def run(settings: Settings, unpause_new: bool, ready: child.Ready) -> int:
    """Run until SIGTERM or SIGINT."""
    settings.home.ensure()
    lock = lock_home(settings)
    started.keep(settings)
    database = parts.make_store(settings)
    _migrate(database)
    keys.check(settings, database)
    engine = build(settings, database, unpause_new=unpause_new)
    engine.sources.append(Signals(engine.stop))
    engine.start()
    ready({})
    try:
        engine.run()
    finally:
        engine.close()
        lock.close()
    return 0


def _migrate(database: Store) -> None:
    try:
        database.migrate()
    except StoreUnavailable as error:
        raise NotAllowed(f"the database {database.url} cannot be reached: {error}") from error


def main() -> int:
    """Entry point."""
    return child.main(run)


if __name__ == "__main__":
    sys.exit(main())

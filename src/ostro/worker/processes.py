"""All processes of this machine that run user code, in one object: what the local executor and the loader use."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from ostro.executors.local import Event
from ostro.protocol.task import Answer, CallbackOrder, FileRef, Question, Ready, Resume, TaskOrder
from ostro.protocol.worker import HostUp, OpenTriggers, TriggerLimits, Wake
from ostro.worker import system
from ostro.worker.attempts import Attempts
from ostro.worker.hosts import Asking, Hosts
from ostro.worker.hub import Connection, Hub, Owner
from ostro.worker.nursery import NurseryClient, clean_environment, fingerprint


class WorkerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the local processes."""

    #: $OSTRO_HOME/run: sockets, and the nursery's own log.
    run_folder: str
    plugins_folder: str | None = None
    #: As in ParseOrder.
    defaults: dict[str, Any] = {}
    #: Seconds without an attempt after which the host of a file leaves.
    host_idle: float = 60.0
    #: Seconds that a host may take to import its file.
    import_timeout: float = 30.0
    #: Modules that nearly every DAG file imports (pandas, say): loaded once, before any file. Must not start threads.
    preload: tuple[str, ...] = ()
    triggers: TriggerLimits = TriggerLimits()
    #: Environment of user code; None = this process's without the engine's own secrets.
    environment: dict[str, str] | None = None


class LocalProcesses:
    """Hub, nursery, hosts and attempts, pumped by the engine's loop."""

    def __init__(self, config: WorkerConfig, *, warn: Callable[[str], None]) -> None:
        """`warn` is told sentences for people: a DAG file that cannot be forked, a nursery that died."""
        environment: Mapping[str, str] = (
            clean_environment(os.environ) if config.environment is None else config.environment
        )
        setup = fingerprint(environment, config.preload)
        self._plugins_folder = config.plugins_folder
        self._defaults = config.defaults
        self._trigger_limits = config.triggers
        self._events: list[Event] = []
        self._woken_runs: list[int] = []
        self._woken_dags: list[str] = []
        self.hub = Hub(os.path.join(config.run_folder, "engine.sock"))
        self.hub.introduce = self._introduce
        self.nursery = NurseryClient(
            self.hub,
            path=os.path.join(config.run_folder, "nursery.sock"),
            log_path=os.path.join(config.run_folder, "nursery.log"),
            environment=environment,
            setup=setup,
            preload=config.preload,
            warn=warn,
        )
        self.attempts = Attempts(self.hub, self._put)
        self.hosts = Hosts(
            open_host=self.nursery.open_host,
            tell=self._put,
            exited=self.attempts.exited,
            gone=self.attempts.host_gone,
            warn=warn,
            setup=setup,
            idle=config.host_idle,
            import_timeout=config.import_timeout,
            plugins_folder=config.plugins_folder,
            defaults=config.defaults,
        )
        self.attempts.reports = self.hosts.is_connected
        self.nursery.hosts = self.hosts

    # ---- life ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen, and have a nursery. Raises OstroError when the socket cannot be made."""
        self.hub.listen()
        self.nursery.start()

    def close(self, *, leave_running: bool) -> None:
        """End. With `leave_running` nursery, hosts and attempts go on for the next engine."""
        self.attempts.close(leave_running=leave_running)
        self.hosts.close(leave_running=leave_running)
        self.nursery.close(leave_running=leave_running)
        self.hub.close()

    def pump(self) -> list[Event]:
        """Handle what is ready and due; what it means."""
        self.hub.pump()
        now = time.monotonic()
        wakeup = self.next_wakeup()
        if wakeup is not None and wakeup <= now:
            self.attempts.tick(now)
            self.hosts.tick(now)
            self.nursery.tick(now)
        events, self._events = self._events, []
        return events

    def fileno(self) -> int:
        """Readable when `pump` has something to do."""
        return self.hub.fileno()

    def next_wakeup(self) -> float | None:
        """Monotonic seconds at which `pump` must be called at the latest."""
        if self._events:
            return 0.0
        moments = (self.attempts.next_wakeup(), self.hosts.next_wakeup(), self.nursery.next_wakeup())
        return min((m for m in moments if m is not None), default=None)

    # ---- attempts ------------------------------------------------------------------------------------------

    def fork(self, file: FileRef, count: int) -> None:
        """Have `count` warm processes of the file made; each is told as Warm, or as ForksLost."""
        self.hosts.fork(file, count)

    def launch(self, place_id: int, order: TaskOrder | CallbackOrder) -> None:
        self.attempts.launch(place_id, order)

    def leave(self, place_id: int) -> None:
        self.attempts.leave(place_id)

    def answer(self, place_id: int, answer: Answer) -> None:
        connection = self.hub.connections.get(place_id)
        if connection is not None and isinstance(connection.owner, Asking):
            connection.send(answer)
        else:
            self.attempts.answer(place_id, answer)

    def adopt(self, attempt_id: str, pid: int, pid_birth: int) -> bool:
        return self.attempts.adopt(attempt_id, pid, pid_birth)

    def lives(self, pid: int, pid_birth: int) -> bool:
        """Whether this very process runs on this machine."""
        return system.alive(pid, pid_birth)

    def stop(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None:
        self.attempts.stop(attempt_id, grace=grace, cause=cause)

    def retire(self, files: Iterable[FileRef]) -> None:
        self.hosts.retire(files)

    # ---- others --------------------------------------------------------------------------------------------

    def open_parser(self) -> socket.socket:
        """The control socket of a new parent of parse processes, forked from the nursery.

        It takes ParseOrder (with the descriptor of the child's socket) and ParseKill, and says ParseEnded. When it
        closes, the parent is gone; ask for another.
        """
        return self.nursery.open_parser()

    def open_triggers(self) -> socket.socket:
        """The control connection of a new process with triggers, forked from the nursery (`ostro.protocol.trigger`)."""
        return self.nursery.open_triggers(
            OpenTriggers(
                plugins_folder=self._plugins_folder, defaults=self._defaults, limits=self._trigger_limits
            )
        )

    def take_wakes(self) -> tuple[list[int], list[str]]:
        """Runs and DAGs that other processes have changed since the last call."""
        runs, self._woken_runs = self._woken_runs, []
        dags, self._woken_dags = self._woken_dags, []
        return runs, dags

    # ---- who connects --------------------------------------------------------------------------------------

    def _put(self, event: Event) -> None:
        self._events.append(event)

    def _introduce(self, connection: Connection, message: Any) -> Owner | None:
        if isinstance(message, Ready):
            # The kernel's word for the pid, where it gives one.
            pid = connection.pid or message.pid
            file = self.hosts.attempt_ready(pid, message.host_pid)
            if file is None:
                connection.close()
                return None
            return self.attempts.ready(connection, message, pid, file)
        if isinstance(message, Resume):
            return self.attempts.resume(connection, message)
        if isinstance(message, HostUp):
            return self.hosts.up(connection, message)
        owner: Owner
        if isinstance(message, Wake):
            owner = Waker(self._woken_runs_and_dags)
        elif isinstance(message, Question):
            owner = Asking(self._put)
        else:
            connection.close()
            return None
        owner.heard(connection, message)
        return owner

    def _woken_runs_and_dags(self, wake: Wake) -> None:
        self._woken_runs += wake.runs
        self._woken_dags += wake.dags


class Waker:
    """A process that changed the database and says so."""

    def __init__(self, woken: Callable[[Wake], None]) -> None:
        self._woken = woken

    def heard(self, connection: Connection, message: Any) -> None:
        if isinstance(message, Wake):
            self._woken(message)

    def left(self, connection: Connection) -> None:
        return

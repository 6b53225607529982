"""Parse processes under way: start, questions and answers, time limit, result or death.

Every job ends in exactly one `Finished` or `Lost`: with the result that its process sent, with the error that explains
why there is none, or without either when its process vanished together with the parent of all parse processes. One of
the files may have killed that parent, so the lost ones are tried again one at a time, and the second time is the file's
own fault. Where not even the import began, the machine is at fault and never a file.
"""

from __future__ import annotations

import math
import os
import socket
import tempfile
from collections.abc import Iterable

import msgspec

from ostro.clock import Clock
from ostro.loader.causes import Death, dependencies_in, explain, read_notes
from ostro.loader.config import LoaderConfig
from ostro.loader.spawner import Begun, Ended, ParseSpawner, SpawnFailed
from ostro.protocol.frames import Unpacker, pack_any
from ostro.protocol.parse import Dependency, FileError, Parsed, ParseOrder
from ostro.protocol.task import Answer, FileRef, FromProcess, Question

#: Seconds that a process gets beyond the time limit to end itself and leave word of the place.
GRACE = 2.0
#: Seconds from the end of a job's socket to word of its process, after which it counts as vanished.
PATIENCE = 5.0
#: Seconds that a process may take to read the answer that it waits for.
ANSWER_TIME = 0.25
#: Orders that wait at the parent of parse processes in a large load.
AHEAD = 8
_READ = 1 << 18


class Finished(msgspec.Struct, frozen=True):
    """One job has ended."""

    file: FileRef
    parsed: Parsed
    #: Nanoseconds of the wall clock when its process was asked for.
    began: int
    #: The process died: what it said is our own explanation.
    died: bool = False


class Lost(msgspec.Struct, frozen=True):
    """The process of a job vanished through no fault that is proven; try again."""

    file: FileRef
    #: The import had begun, so the file may be the cause.
    begun: bool


class AskedByParse(msgspec.Struct, frozen=True):
    """A parse process asks; answer with `Loader.answer(job, …)`."""

    job: int
    question: Question


class _Job:
    def __init__(
        self, number: int, file: FileRef, sock: socket.socket, *, deadline: float, began: int, since: float
    ) -> None:
        self.number = number
        self.file = file
        self.sock = sock
        self.notes = _notes()
        self.deadline = deadline
        self.began = began
        self.since = since
        self.unpacker = Unpacker(FromProcess | Parsed)
        self.parsed: Parsed | None = None
        self.at_end = False
        self.timed_out = False
        self.ended: Ended | None = None

    def close(self) -> None:
        self.sock.close()
        os.close(self.notes)


class Jobs:
    """The running jobs; at most `config.processes`."""

    def __init__(self, config: LoaderConfig, spawner: ParseSpawner, clock: Clock) -> None:
        self._config = config
        self._spawner = spawner
        self._clock = clock
        self._jobs: dict[int, _Job] = {}
        #: Files whose process vanished together with its parent.
        self._suspects: set[tuple[str, str]] = set()
        self._last = 0
        #: Questions of processes since the last call of `pump`.
        self.asked: list[AskedByParse] = []

    def __len__(self) -> int:
        return len(self._jobs)

    def free(self, waiting: int) -> bool:
        """Whether another job may start while so many files wait.

        In a large load some orders are given ahead of need, so that processes do not wait for the engine's commits.
        """
        if self._suspects:
            return not self._jobs
        ahead = AHEAD if waiting > AHEAD else 0
        return len(self._jobs) < self._config.processes + ahead

    def start(self, file: FileRef) -> None:
        """Start the parse of a file. Raises SpawnFailed."""
        self._last += 1
        number = self._last
        order = ParseOrder(
            job=number,
            file=file,
            plugins_folder=self._config.plugins_folder,
            defaults=self._config.defaults,
            memory_limit=self._config.memory_limit,
            time_limit=self._config.time_limit,
            at_once=self._config.processes,
            ahead=len(self._jobs) >= self._config.processes,
        )
        ours, theirs = socket.socketpair()
        since = self._clock.monotonic()
        deadline = math.inf if order.ahead else since + self._config.time_limit + GRACE
        began = int(self._clock.now().timestamp() * 1e9)
        job = _Job(number, file, ours, deadline=deadline, began=began, since=since)
        try:
            # The socket buffer holds this until the process reads it.
            socket.send_fds(ours, [b"\0"], [job.notes])
            ours.setblocking(False)
            self._spawner.spawn(order, theirs)
        except (SpawnFailed, OSError):
            theirs.close()
            job.close()
            raise
        self._jobs[number] = job

    def cancel(self, file: FileRef) -> None:
        """The file is gone: its result is of no interest."""
        self._suspects.discard((file.bundle, file.path))
        for job in list(self._jobs.values()):
            if (job.file.bundle, job.file.path) == (file.bundle, file.path):
                self._drop(job)

    def answer(self, number: int, answer: Answer) -> None:
        """Answer a question. Unknown jobs are ignored: the process has ended."""
        job = self._jobs.get(number)
        if job is None:
            return
        try:
            # The process waits for just this, so even a long answer is taken at once.
            job.sock.settimeout(ANSWER_TIME)
            job.sock.sendall(pack_any(answer))
        except OSError:
            # It does not read, or has ended: without its answer it can only wait until its time is up.
            self._spawner.kill(number)
        finally:
            job.sock.setblocking(False)

    def pump(self) -> list[Finished | Lost]:
        """Jobs that have ended since the last call."""
        now = self._clock.monotonic()
        # First the ends, then the sockets: what a process said before it ended is read after its end is known.
        for event in self._spawner.pump():
            job = self._jobs.get(event.job)
            if isinstance(event, Begun) and job is not None:
                job.deadline = now + self._config.time_limit + GRACE
            elif isinstance(event, Ended) and job is not None:
                job.ended = event
        finished: list[Finished | Lost] = []
        for job in list(self._jobs.values()):
            if not job.at_end:
                self._read(job)
            if job.parsed is None and job.ended is None and now >= job.deadline:
                self._overdue(job, now)
            result = self._result(job)
            if result is not None:
                finished.append(result)
                self._drop(job)
        return finished

    def filenos(self) -> Iterable[int]:
        """Descriptors whose readiness means that `pump` has something to say."""
        yield from self._spawner.filenos()
        for job in self._jobs.values():
            if not job.at_end:
                yield job.sock.fileno()

    def next_wakeup(self) -> float | None:
        """Monotonic moment at which `pump` must be called at the latest."""
        moment = min((j.deadline for j in self._jobs.values()), default=math.inf)
        return None if math.isinf(moment) else moment

    def close(self) -> None:
        """End all processes."""
        for job in list(self._jobs.values()):
            self._drop(job)
        self._spawner.close()

    # ---- one job -----------------------------------------------------------------------------------------------

    def _read(self, job: _Job) -> None:
        while job.parsed is None:
            try:
                data = job.sock.recv(_READ)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                job.at_end = True
                if job.ended is None:
                    job.deadline = min(job.deadline, self._clock.monotonic() + PATIENCE)
                return
            try:
                for message in job.unpacker.feed(data):
                    if isinstance(message, Parsed):
                        job.parsed = message
                    elif isinstance(message, Question):
                        self.asked.append(AskedByParse(job.number, message))
            except msgspec.DecodeError:
                # The file wrote to the socket of its process.
                text = "The file disturbed the process that imported it: its answer cannot be read"
                job.parsed = Parsed(job=job.number, errors=[FileError(text=text, path=job.file.path)])

    def _overdue(self, job: _Job, now: float) -> None:
        if job.timed_out or job.at_end:
            # Killed, or closed by itself, and still no word from its parent.
            job.ended = Ended(job.number, None)
            return
        job.timed_out = True
        job.deadline = now + PATIENCE
        self._spawner.kill(job.number)

    def _result(self, job: _Job) -> Finished | Lost | None:
        key = (job.file.bundle, job.file.path)
        if job.parsed is not None:
            self._suspects.discard(key)
            return Finished(job.file, job.parsed, job.began)
        if job.ended is None:
            return None
        if job.ended.status is None and not job.timed_out:
            begun = bool(read_notes(job.notes))
            if not begun or key not in self._suspects:
                self._suspects.update([key] if begun else [])
                return Lost(job.file, begun)
        self._suspects.discard(key)
        return Finished(job.file, self._explained(job, job.ended), job.began, died=True)

    def _explained(self, job: _Job, ended: Ended) -> Parsed:
        notes = read_notes(job.notes)
        error = explain(Death(ended.status, job.timed_out, notes), job.file, self._config)
        found: list[Dependency] = dependencies_in(notes)
        duration = self._clock.monotonic() - job.since
        return Parsed(job=job.number, errors=[error], dependencies=found, duration=duration)

    def _drop(self, job: _Job) -> None:
        if job.parsed is None and job.ended is None:
            self._spawner.kill(job.number)
        if self._jobs.pop(job.number, None) is not None:
            job.close()


def _notes() -> int:
    """A file in memory that a process writes to and that outlives it."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("ostro-parse", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as made:
        return os.dup(made.fileno())

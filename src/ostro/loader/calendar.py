"""Asks child processes when DAGs with a timetable of their author's are due, and what mappers of theirs make of keys.

One process for each DAG file with questions; it imports the file once and answers one question at a time. It is started
when it is needed, let go of when it idles or its file changed, and killed when an answer takes too long. A question
whose process died or hung is answered with the reason, the others of its file go to a new process: a broken timetable
harms nobody else. No method blocks.
"""

from __future__ import annotations

import contextlib
import socket
from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from ostro.clock import Clock
from ostro.loader.config import LoaderConfig
from ostro.loader.spawner import Ended, ParseSpawner, SpawnFailed
from ostro.protocol.calendar import AnyQuestion, AskKeys, AskRollups, Failed, Telling
from ostro.protocol.frames import Unpacker, pack_any
from ostro.protocol.parse import ParseOrder
from ostro.protocol.task import FileRef

#: Most processes at a time; the one that idles longest makes room.
MOST = 4
#: Seconds without a question after which a process is let go of.
IDLE = 60.0
#: Seconds after which a long question goes on to a process that had no room for it.
SOON = 0.01
_READ = 1 << 16

Then = Callable[[Telling], None]


class _Child:
    """The process of one file."""

    def __init__(self, number: int, file: FileRef, sock: socket.socket, deadline: float) -> None:
        self.number = number
        self.file = file
        self.sock = sock
        self.unpacker = Unpacker(Telling)
        #: The question that it works on, then those that wait for it.
        self.asked: deque[tuple[AnyQuestion, Then]] = deque()
        #: What the socket had no room for yet.
        self.unsent = b""
        self.deadline = deadline
        #: Moment of its last answer, 0 before the first.
        self.used = 0.0

    @property
    def key(self) -> tuple[str, str, str]:
        return self.file.folder, self.file.path, self.file.fingerprint


class Calendar:
    """See the module."""

    def __init__(
        self,
        config: LoaderConfig,
        spawner: ParseSpawner,
        clock: Clock,
        *,
        time_limit: float = 10.0,
        engine: str = "",
    ) -> None:
        """`time_limit`: seconds that one answer may take. `engine`: path of its socket, for what files ask."""
        self._config = config
        self._spawner = spawner
        self._clock = clock
        self._time_limit = time_limit
        self._engine = engine
        self._children: dict[tuple[str, str, str], _Child] = {}
        self._jobs = 0
        #: Questions for which there is no process yet.
        self._queue: deque[tuple[FileRef, AnyQuestion, Then]] = deque()
        self._told: list[tuple[Then, Telling]] = []

    def ask(self, file: FileRef, question: AnyQuestion, then: Then) -> None:
        """Have a question answered; `then` is called by `pump`, once, with the answer or why there is none."""
        self._queue.append((file, question, then))

    def pump(self) -> None:
        """Hand out what was asked, take what was answered, notice the dead and the slow."""
        now = self._clock.monotonic()
        ended = {event.job for event in self._spawner.pump() if isinstance(event, Ended)}
        for child in list(self._children.values()):
            self._go_on(child)
            alive = self._read(child, now)
            if not alive or child.number in ended:
                self._lost(child, "{what}, or the import of its file, ended its process")
            elif child.asked and now >= child.deadline:
                self._lost(child, f"{{what}} gave no answer within {self._time_limit:g} seconds")
            elif not child.asked and now - child.used >= IDLE:
                self._let_go(child)
        self._hand_out(now)
        told, self._told = self._told, []
        for then, answer in told:
            then(answer)

    def filenos(self) -> Iterable[int]:
        """Descriptors whose readiness means that `pump` has something to say."""
        if self._children:
            yield from self._spawner.filenos()
        for child in self._children.values():
            yield child.sock.fileno()

    def next_wakeup(self) -> float | None:
        """Monotonic moment at which `pump` must be called at the latest."""
        if self._told or (self._queue and len(self._children) < MOST):
            return float("-inf")
        if any(child.unsent for child in self._children.values()):
            return self._clock.monotonic() + SOON
        moments = (c.deadline if c.asked else c.used + IDLE for c in self._children.values())
        return min(moments, default=None)

    def close(self) -> None:
        """End all processes; what was asked is not answered."""
        for child in list(self._children.values()):
            self._let_go(child)
        self._spawner.close()

    # ---- handing out -----------------------------------------------------------------------------------------------

    def _hand_out(self, now: float) -> None:
        for _ in range(len(self._queue)):
            file, question, then = self._queue.popleft()
            child = self._child_of(file, now)
            if child is None:
                self._queue.append((file, question, then))
            elif isinstance(child, str):
                self._told.append((then, Failed(seq=question.seq, text=child)))
            else:
                child.asked.append((question, then))
                if len(child.asked) == 1:
                    self._send(child, now)

    def _child_of(self, file: FileRef, now: float) -> _Child | str | None:
        """The process of a file; None: all work for other files; a sentence: there is none to be had."""
        child = self._children.get((file.folder, file.path, file.fingerprint))
        if child is not None:
            return child
        idle = [c for c in self._children.values() if not c.asked]
        for other in [c for c in idle if (c.file.folder, c.file.path) == (file.folder, file.path)]:
            idle.remove(other)
            self._let_go(other)
        if len(self._children) >= MOST:
            if not idle:
                return None
            self._let_go(min(idle, key=lambda c: c.used))
        try:
            child = self._start(file, now)
        except (SpawnFailed, OSError) as error:
            return f"no process can be made to ask the timetable: {error}"
        self._children[child.key] = child
        return child

    def _start(self, file: FileRef, now: float) -> _Child:
        self._jobs += 1
        order = ParseOrder(
            job=self._jobs,
            file=file,
            plugins_folder=self._config.plugins_folder,
            defaults=self._config.defaults,
            memory_limit=self._config.memory_limit,
            stay=True,
            engine=self._engine,
        )
        ours, theirs = socket.socketpair()
        try:
            # In the place of the descriptor of the notes: none are kept.
            ours.sendall(b"\0")
            ours.setblocking(False)
            self._spawner.spawn(order, theirs)
        except (SpawnFailed, OSError):
            theirs.close()
            ours.close()
            raise
        # Its first answer includes the import.
        return _Child(self._jobs, file, ours, now + self._config.time_limit + self._time_limit)

    def _send(self, child: _Child, now: float) -> None:
        if child.used:
            child.deadline = now + self._time_limit
        child.unsent = pack_any(child.asked[0][0])
        self._go_on(child)

    @staticmethod
    def _go_on(child: _Child) -> None:
        # Of a process that has ended the next look tells.
        with contextlib.suppress(OSError):
            while child.unsent:
                child.unsent = child.unsent[child.sock.send(child.unsent) :]

    # ---- answers and ends ----------------------------------------------------------------------------------------------

    def _read(self, child: _Child, now: float) -> bool:
        """Take its answers; False when it has gone."""
        while True:
            try:
                data = child.sock.recv(_READ)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not data:
                return False
            try:
                answers = list(child.unpacker.feed(data))
            except msgspec.DecodeError:
                # The file wrote to the socket of its process.
                return False
            for answer in answers:
                if child.asked:
                    self._told.append((child.asked.popleft()[1], answer))
                child.used = now
                if child.asked:
                    self._send(child, now)

    def _lost(self, child: _Child, why: str) -> None:
        """The question that it worked on is to blame; the others go to a new process."""
        self._let_go(child)
        if not child.asked:
            return
        question, then = child.asked.popleft()
        self._told.append((then, Failed(seq=question.seq, text=why.format(what=_asked_of(question)))))
        self._queue.extendleft((child.file, q, t) for q, t in reversed(child.asked))

    def _let_go(self, child: _Child) -> None:
        del self._children[child.key]
        self._spawner.kill(child.number)
        child.sock.close()


def _asked_of(question: AnyQuestion) -> str:
    return "the partition mapper" if isinstance(question, AskKeys | AskRollups) else "the timetable"

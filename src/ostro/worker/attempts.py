"""The processes of attempts as the engine sees them, from Ready to the last word about their end.

    warm ──launch──▶ running ──result answered──▶ settled ──▶ gone
                        └────────── dead ──▶ Died ──▶ gone

Three witnesses tell of an end: the connection, the pidfd, the parent's exit report. None alone is enough: a forked
child can hold the connection open, a task can close it, and only the parent knows the status, and has the last output
in hand. A verdict waits for the parent's word: for `VERDICT` seconds, or `LATE` when the parent lives and only has no
time on a machine with too much to do. It never comes before an unanswered result was answered.
"""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ostro import deaths
from ostro.executors.base import Died
from ostro.executors.local import Event, Warm, WarmLost
from ostro.protocol.task import Answer, CallbackOrder, FileRef, Leave, Ready, Resume, TaskOrder
from ostro.protocol.worker import Exit
from ostro.worker import death, last_words, system
from ostro.worker.attempt import Attempt
from ostro.worker.hub import Connection, Hub

#: Seconds after its launch at which an attempt gets a pidfd. Most are over by then; until then the connection tells.
UNWATCHED = 0.2
#: Seconds that a verdict waits for the parent's report of the exit status.
VERDICT = 1.0
#: Seconds that it waits when the parent is known to live.
LATE = 15.0
#: Seconds between a host's death and the signal to its attempts.
ORPHANED = 0.5
#: Seconds between looks at processes for which the system has no pidfd.
LOOK = 1.0


class Attempts:
    """All of them."""

    def __init__(self, hub: Hub, tell: Callable[[Event], None]) -> None:
        self._hub = hub
        self.tell = tell
        #: Whether this parent lives and will tell of its children; set by the owner of the hosts.
        self.reports: Callable[[int], bool] = lambda _pid: False
        self._places: dict[int, Attempt] = {}
        self._pids: dict[int, Attempt] = {}
        self._ids: dict[str, Attempt] = {}
        #: Launched, without pidfd yet, in the order of their moment.
        self._young: deque[tuple[float, Attempt]] = deque()
        #: Of dead hosts, to be told so when the kernel has given them a new parent.
        self._orphans: deque[tuple[float, Attempt]] = deque()
        self._dying: dict[int, Attempt] = {}
        self._stopping: dict[int, Attempt] = {}
        #: Processes that only looking can watch.
        self._looked_at: dict[int, Attempt] = {}
        self._next_look = 0.0
        self._oom_kills = system.oom_kills()

    # ---- introductions -------------------------------------------------------------------------------------

    def ready(self, connection: Connection, message: Ready, pid: int, file: FileRef) -> Attempt:
        """A warm process."""
        attempt = self._add(connection.id, pid, message.pid_birth)
        attempt.connection = connection
        attempt.file = file
        attempt.host_pid = message.host_pid
        self.tell(Warm(connection.id, pid, message.pid_birth, file))
        return attempt

    def resume(self, connection: Connection, message: Resume) -> Attempt:
        """A process that had lost its connection, or outlived an engine."""
        attempt = self._ids.get(message.attempt_id)
        if attempt is None or attempt.pid != message.pid:
            # Not adopted: the database knows better, and will answer its questions so.
            attempt = self._add(connection.id, message.pid, message.pid_birth)
            self._name(attempt, message.attempt_id)
        elif attempt.connection is not None:
            before, attempt.connection = attempt.connection, None
            before.close()
        attempt.connection = connection
        # What it asked over the old connection it repeats over this one.
        attempt.result = None
        self._watch(attempt)
        return attempt

    def adopt(self, attempt_id: str, pid: int, pid_birth: int) -> bool:
        """Watch the process of an earlier engine's attempt; False when it is gone."""
        if attempt_id in self._ids:
            return True  # watched already; if it is dead, its verdict comes
        if not system.alive(pid, pid_birth):
            system.kill_remains(pid, pid_birth)
            return False
        # No connection yet, and so no place that anybody was told of: its pid stands for it, negative.
        attempt = self._add(-pid, pid, pid_birth)
        self._name(attempt, attempt_id)
        attempt.host_pid = system.parent(pid)
        self._watch(attempt)
        return True

    # ---- orders and answers --------------------------------------------------------------------------------

    def launch(self, place_id: int, order: TaskOrder | CallbackOrder) -> None:
        """Hand the order over; a process that is gone meanwhile is told as Died."""
        attempt = self._places.get(place_id)
        name = order.attempt_id if isinstance(order, TaskOrder) else f"callback-{order.callback_id}"
        if attempt is None or attempt.connection is None or not attempt.connection.send(order):
            if attempt is not None:
                self._forget(attempt)
            self.tell(Died(place_id, name, deaths.unstarted()))
            return
        self._name(attempt, name)
        attempt.log_path = order.log_path
        # A callback's process owes no result, only its confirmation.
        attempt.settled = attempt.callbacks = isinstance(order, CallbackOrder)
        self._young.append((time.monotonic() + UNWATCHED, attempt))

    def leave(self, place_id: int) -> None:
        """A warm process is not needed."""
        attempt = self._places.get(place_id)
        if attempt is not None and not attempt.attempt_id:
            connection, attempt.connection = attempt.connection, None
            self._forget(attempt)
            if connection is not None:
                connection.send(Leave())
                connection.close()

    def answer(self, place_id: int, answer: Answer) -> None:
        """Answer a question or result."""
        attempt = self._places.get(place_id)
        if attempt is None:
            return
        if attempt.connection is not None:
            attempt.connection.send(answer)
        attempt.answered(answer)
        if attempt.finished:
            # Its end is no news; the connection's end is enough to forget it.
            self._unwatch(attempt)
        self._conclude(attempt)

    def stop(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None:
        """SIGTERM now, SIGKILL to the group after `grace` seconds. Died follows with the cause."""
        attempt = self._ids.get(attempt_id)
        if attempt is None:
            self.tell(Died(0, attempt_id, death.cause(None, stopped=cause)))
            return
        self._watch(attempt)
        kill_at = time.monotonic() + grace
        if attempt.stopped is not None and attempt.kill_at <= kill_at:
            return  # told already; being told again must not put its end off
        attempt.stopped = attempt.stopped or cause
        attempt.kill_at = kill_at
        self._stopping[attempt.pid] = attempt
        if grace > 0:
            self._signal(attempt, signal.SIGTERM)
        else:
            self._kill(attempt)

    # ---- ends ----------------------------------------------------------------------------------------------

    def exited(self, report: Exit) -> None:
        """The parent's word."""
        attempt = self._pids.get(report.pid)
        if attempt is not None:
            attempt.exit = report
            self._died(attempt)

    def _disconnected(self, attempt: Attempt) -> None:
        """Its connection ended: mostly its process with it."""
        if not attempt.attempt_id:
            self._forget(attempt)
            self.tell(WarmLost(attempt.place_id, attempt.file))
        elif attempt.finished:
            self._forget(attempt)
        else:
            self._watch(attempt)

    def host_gone(self, host_pid: int) -> None:
        """Warm processes of a dead host are sent away; the others are told that nobody reads their raw output.

        The nursery tells them too; but it may be dead itself.
        """
        for attempt in [a for a in self._places.values() if a.host_pid == host_pid]:
            if attempt.attempt_id:
                self._orphans.append((time.monotonic() + ORPHANED, attempt))
            else:
                self.leave(attempt.place_id)
                self.tell(WarmLost(attempt.place_id, attempt.file))

    def tick(self, now: float) -> None:
        """What is due."""
        while self._young and self._young[0][0] <= now:
            _, attempt = self._young.popleft()
            if attempt.pid in self._pids and not attempt.finished:
                self._watch(attempt)
        while self._orphans and self._orphans[0][0] <= now:
            _, attempt = self._orphans.popleft()
            self._signal(attempt, signal.SIGURG)
        for attempt in [a for a in self._stopping.values() if a.kill_at <= now]:
            self._kill(attempt)
            del self._stopping[attempt.pid]
        for attempt in [a for a in self._dying.values() if a.verdict_at <= now]:
            self._conclude(attempt)
        if self._looked_at and self._next_look <= now:
            self._next_look = now + LOOK
            for attempt in [a for a in self._looked_at.values() if not system.alive(a.pid, a.birth)]:
                self._died(attempt)

    def next_wakeup(self) -> float | None:
        moments = [a.kill_at for a in self._stopping.values()]
        moments += [a.verdict_at for a in self._dying.values() if a.result is None]
        moments += [queue[0][0] for queue in (self._young, self._orphans) if queue]
        if self._looked_at:
            moments.append(self._next_look)
        return min(moments) if moments else None

    def running(self) -> list[int]:
        """Pids of processes that have an order."""
        return [a.pid for a in self._pids.values() if a.attempt_id]

    def close(self, *, leave_running: bool) -> None:
        """Forget all; without `leave_running` end them."""
        for attempt in list(self._places.values()):
            if not leave_running and attempt.attempt_id:
                self._kill(attempt)
            if attempt.pidfd >= 0:
                self._unwatch(attempt)

    # ---- one process ---------------------------------------------------------------------------------------

    def _add(self, place_id: int, pid: int, pid_birth: int) -> Attempt:
        attempt = Attempt(place_id, pid, pid_birth, tell=self.tell, disconnected=self._disconnected)
        self._places[place_id] = attempt
        self._pids[pid] = attempt
        return attempt

    def _name(self, attempt: Attempt, attempt_id: str) -> None:
        attempt.attempt_id = attempt_id
        self._ids[attempt_id] = attempt

    def _forget(self, attempt: Attempt) -> None:
        self._unwatch(attempt)
        if self._places.get(attempt.place_id) is attempt:
            del self._places[attempt.place_id]
        if self._pids.get(attempt.pid) is attempt:
            del self._pids[attempt.pid]
        if self._ids.get(attempt.attempt_id) is attempt:
            del self._ids[attempt.attempt_id]
        self._dying.pop(attempt.pid, None)
        self._stopping.pop(attempt.pid, None)
        connection, attempt.connection = attempt.connection, None
        if connection is not None:
            connection.close()

    def _watch(self, attempt: Attempt) -> None:
        """Learn of its end from the kernel."""
        if attempt.pidfd >= 0 or attempt.dead:
            return
        fd = system.pidfd(attempt.pid)
        if fd < 0 or (attempt.birth and not system.same(system.birth_or_zombie(attempt.pid), attempt.birth)):
            # Gone and its number perhaps another's; or no pidfd on this system.
            if fd >= 0:
                os.close(fd)
            if system.alive(attempt.pid, attempt.birth):
                self._looked_at[attempt.pid] = attempt
            else:
                self._died(attempt)
            return
        attempt.pidfd = fd
        self._hub.watch(fd, lambda _: self._died(attempt))

    def _unwatch(self, attempt: Attempt) -> None:
        self._looked_at.pop(attempt.pid, None)
        if attempt.pidfd >= 0:
            self._hub.unwatch(attempt.pidfd)
            os.close(attempt.pidfd)
            attempt.pidfd = -1

    def _died(self, attempt: Attempt) -> None:
        self._unwatch(attempt)
        if not attempt.dead:
            attempt.dead = True
            attempt.died_at = time.monotonic()
            attempt.verdict_at = attempt.died_at + VERDICT
            self._dying[attempt.pid] = attempt
            # Its last words may still be unread: a result that arrived counts.
            while attempt.connection is not None and attempt.connection.read():
                pass
        self._conclude(attempt)

    def _conclude(self, attempt: Attempt) -> None:
        if not attempt.dead or attempt.result is not None or self._pids.get(attempt.pid) is not attempt:
            return
        if attempt.finished:
            self._forget(attempt)
            return
        if not attempt.attempt_id:
            self._forget(attempt)
            self.tell(WarmLost(attempt.place_id, attempt.file))
            return
        if attempt.exit is None and self._may_be_told(attempt):
            return
        cause = self._cause(attempt)
        self._forget(attempt)
        # What it started goes too: a retry must not run beside it.
        system.kill_group(attempt.pid, signal.SIGKILL)
        if attempt.log_path:
            last_words.write(attempt.log_path, cause)
        self.tell(Died(attempt.place_id, attempt.attempt_id, cause))

    def _may_be_told(self, attempt: Attempt) -> bool:
        """Whether the parent's word about a dead process is still to be expected."""
        now = time.monotonic()
        if now < attempt.verdict_at:
            return True
        if now >= attempt.died_at + LATE or not self.reports(attempt.host_pid):
            return False
        attempt.verdict_at = min(now + VERDICT, attempt.died_at + LATE)
        return True

    def _cause(self, attempt: Attempt) -> dict[str, Any]:
        report = attempt.exit
        killed = (
            report is not None
            and os.WIFSIGNALED(report.status)
            and os.WTERMSIG(report.status) == signal.SIGKILL
        )
        return death.cause(
            report.status if report is not None else None,
            stopped=attempt.stopped,
            killed_by_us=attempt.killed,
            oom=self._was_oom() if killed and not attempt.killed else None,
            maxrss=report.maxrss if report is not None else 0,
        )

    def _was_oom(self) -> bool | None:
        """Whether the kernel counted one kill for memory more than we have explained."""
        now = system.oom_kills()
        if now is None or self._oom_kills is None:
            return None
        if now > self._oom_kills:
            self._oom_kills += 1
            return True
        return False

    def _signal(self, attempt: Attempt, signum: signal.Signals) -> None:
        try:
            if attempt.pidfd >= 0:
                signal.pidfd_send_signal(attempt.pidfd, signum)
            elif system.alive(attempt.pid, attempt.birth):
                os.kill(attempt.pid, signum)
        except ProcessLookupError:
            return

    def _kill(self, attempt: Attempt) -> None:
        attempt.killed = True
        self._signal(attempt, signal.SIGKILL)
        system.kill_group(attempt.pid, signal.SIGKILL)

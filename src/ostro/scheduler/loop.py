"""The engine's loop: wait, gather, decide, write, send.

`Engine.turn` does the work and says when it must be called next; `Engine.run` only waits. A turn that could not be
written is thrown away with every board it touched, and the same events are handled again from the database's truth.
"""

from __future__ import annotations

import gc
import os
import selectors
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from ostro import events, store
from ostro.commands.waking import ENGINES
from ostro.errors import StoreError, StoreFull, StoreUnavailable
from ostro.executors.base import Asked, Available, Died, Event, FileBroken, Reported
from ostro.scheduler.blame import Blamed, blame
from ostro.scheduler.boards import Boards, attempt_of
from ostro.scheduler.round import Conflict, Round
from ostro.scheduler.services import Source

#: Seconds between two attempts to reach a database that is gone, doubled up to the maximum.
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0


class Engine(Boards):
    """All services of one scheduler, driven by one thread."""

    #: The database refused what was written together: each run is written apart, to find whose it is.
    _apart = False
    _pause = 0.0
    #: The database does not answer: not before this monotonic moment again.
    _retry_at = 0.0
    _stopping = False
    #: Monotonic moment of the last sign of life.
    _beaten = float("-inf")

    # -- life

    def start(self) -> None:
        """Read the live runs, adopt their processes, begin."""
        self.executor.start()

    def stop(self) -> None:
        """Ask the loop to end after the present turn. Safe in a signal handler."""
        self._stopping = True

    def wake(self, runs: Iterable[int], dags: Iterable[str]) -> None:
        """These runs and DAGs were changed by a command: read them again at the next turn."""
        self._changed_runs.update(runs)
        self._hear(dags)

    def _hear(self, dags: Iterable[str]) -> None:
        self._changed_dags.update(dags)
        if ENGINES in self._changed_dags:
            self._changed_dags.discard(ENGINES)
            self._beaten = float("-inf")

    def run(self) -> None:
        """Turn until stopped."""
        _settle_memory()
        selector = selectors.DefaultSelector()
        known: set[int] = set()
        while not self._stopping:
            wait = self.turn()
            self._watch(selector, known)
            if wait is None or wait > 0:
                selector.select(wait)
        selector.close()

    def close(self) -> None:
        """End: running tasks go on and are adopted by the next engine."""
        self._say_goodbye()
        self.executor.close(leave_running=True)
        self.parsing.close()
        self.calendars.close()
        for end in self.at_end:
            end()
        self.store.dispose()

    def _say_goodbye(self) -> None:
        """Others may go on with the runs at once; a database that is gone finds out when the leases end."""
        try:
            with self.store.begin() as tx:
                store.engines.stop(tx, self.lead.owner, self.clock.now())
                if self.lead.shared:
                    store.watchers.release(tx, self.lead.owner)
                if not self.live.attempts:
                    self.lead.give_back(tx)
        except StoreError as error:
            self.emit(events.Warned(text=f"the engine's end could not be written: {error}"))

    def _watch(self, selector: selectors.BaseSelector, known: set[int]) -> None:
        wanted = set(self.executor.filenos()) | set(self.parsing.filenos()) | set(self.calendars.filenos())
        for source in self.sources:
            wanted.update(source.filenos())
        for gone in known - wanted:
            selector.unregister(gone)
        for new in wanted - known:
            selector.register(new, selectors.EVENT_READ)
        known.clear()
        known.update(wanted)

    # -- one turn

    def turn(self) -> float | None:
        """Handle what happened. Returns seconds until the next turn is due, 0 = at once, None = when woken."""
        self._gather()
        if self.clock.monotonic() < self._retry_at:
            return self._retry_at - self.clock.monotonic()
        if not self._something_to_do():
            self._tidy()
            return self._wait()
        try:
            sent = self._decide_and_write()
        except Blamed as blamed:
            self._set_aside(blamed)
            return 0.0
        except (Conflict, StoreError) as error:
            return self._failed(error)
        if self._pause:
            self._pause = 0.0
            self.emit(events.DatabaseBack())
        sent.send(self.executor, kill_grace=self.config.kill_grace)
        self._after(sent)
        return 0.0 if self._something_to_do() else self._wait()

    def _gather(self) -> None:
        self._events.extend(self.executor.pump())
        for source in self.sources:
            told = source.pump()
            if told is None:
                self._look_everywhere()
            else:
                self._changed_runs.update(told[0])
                self._hear(told[1])
        self.parsing.pump(self.clock.now())
        self.calendars.pump()
        self._events.extend(self.by_hand.ready())

    def _something_to_do(self) -> bool:
        now = self.clock.now()
        return bool(
            not self._loaded
            or self._events
            or self._changed_runs
            or self._changed_dags
            or self.live.dirty
            or self.live.past_changed
            or self.parsing.pending
            or self.plan.look_at
            or _is_due(self.plan.next_due(), now)
            or _is_due(self.expire.next_due(now), now)
            or any(_is_due(service.next_due(now), now) for service in self.services)
            or self.clock.monotonic()
            >= min(self._swept + self.config.sweep, self._beaten + self.config.heartbeat)
            or self.lead.is_due(self.clock.monotonic())
        )

    def _tidy(self) -> None:
        """Housekeeping, when nothing else is to do."""
        try:
            self.prune.run_once(self.clock.now(), self.clock.monotonic())
        except StoreError as error:
            self.emit(events.Warned(text=f"old events could not be deleted: {error}"))

    def _decide_and_write(self) -> Round:
        now = self.clock.now()
        taken = [self._events[i] for i in range(min(len(self._events), self.config.events_per_turn))]
        round_: Round | None = None
        told = set(self._changed_runs), set(self._changed_dags)
        marks = self._swept, self._beaten
        self.plan.fresh.clear()
        try:
            with self.store.begin() as tx:
                round_ = Round(tx, now)
                self.lead.begin(tx, self.clock.monotonic(), saves=bool(self.parsing.pending))
                if beats := self.clock.monotonic() >= self._beaten + self.config.heartbeat:
                    self._beaten = self.clock.monotonic()
                    self._say_alive(round_)
                self._decide(round_, taken)
                self._net(round_, beats=beats)
                if self._apart:
                    round_.write_apart(blame)
                else:
                    round_.write()
                if self.lead.is_too_old(self.clock.monotonic()):
                    raise Conflict("the round took so long that another engine may have come")
        except BaseException as error:
            # Nothing of it happened: what the round consumed is there again, what it changed in memory is read anew.
            self._changed_runs.update(told[0])
            self._changed_dags.update(told[1])
            self._swept, self._beaten = marks
            self.lead.forget_renewal()
            if round_ is not None:
                round_.abandon(self.executor, in_doubt=isinstance(error, StoreError))
                self._changed_runs.update(round_.touched)
                self._changed_dags.update(round_.planned)
            self.answers.forget_changes()
            self.deliver.look = True
            for service in self.services:
                service.look_everywhere()
            raise
        for _ in taken:
            self._events.popleft()
        return round_

    def _decide(self, round_: Round, taken: list[Event]) -> None:
        """All that follows from what happened, in the order in which it follows."""
        self._give_up(round_)
        self._keep_leases(round_)
        self._read_again(round_)
        self._give_up(round_)
        self.lead.keep_limits(round_.tx, self.live)
        for event in taken:
            where = self.live.attempts.get(attempt_of(event))
            with blame("event", event) if where is None else blame("run", where[0]):
                self._absorb(round_, event)
        if self.parsing.run_once(round_):
            self.deliver.look = True
        self.expire.run_once(round_)
        for service in self.services:
            service.run_once(round_)
        self.plan.run_once(round_)
        self.advance.run_once(round_)
        self._settle_what_ends(round_)
        self.expire.note_settled()
        self.deliver.run_once(round_)
        if self.lead.drains:
            self.dispatch.hold()
        elif self.lead.may_start:
            self.dispatch.run_once(round_)

    def _set_aside(self, blamed: Blamed) -> None:
        """One item failed the round: without it the next one goes on."""
        key = blamed.key
        if blamed.kind == "event":
            self._events.remove(key)
            self.emit(events.Warned(text=f"an event could not be handled and is left out: {blamed.text}"))
        elif blamed.kind == "run" and key in self.plan.fresh:
            # Undone with the round; it would be made again and fail again.
            self.plan.set_aside(self.plan.fresh[key], blamed.text)
            self.quarantine.note_dag(self.plan.fresh[key], blamed.text)
        elif blamed.kind == "run":
            self.quarantine.suspect(key, blamed.text)
            self._changed_runs.add(key)
        elif blamed.kind == "dag":
            self.plan.set_aside(key, blamed.text)
            self.quarantine.note_dag(key, blamed.text)
        elif blamed.kind == "file":
            self.parsing.refuse(key, blamed.text)

    def _give_up(self, round_: Round) -> None:
        """Runs that cannot be handled end here; those that wait for their place are looked at."""
        for text in self.quarantine.run_once(round_):
            self.emit(events.Warned(text=text))

    def _settle_what_ends(self, round_: Round) -> None:
        """A run that ended in this round makes room for queued runs of its DAG in the same round."""
        if round_.freed_dags:
            before = set(round_.ended)
            self.plan.run_once(round_)
            self.advance.run_once(round_)
            # Runs of empty tasks end as soon as they start; the room that they leave is for the next turn.
            ended = round_.ended - before
            self.plan.look_at.update(self.live.runs[r].run.dag_id for r in ended if r in self.live.runs)

    def _absorb(self, round_: Round, event: Event) -> None:
        if isinstance(event, Reported | Died):
            self.abroad.ended(attempt_of(event))
        if isinstance(event, Reported):
            self.advance.absorb_result(round_, event)
        elif isinstance(event, Asked):
            if not self.by_hand.puts_off(round_, event):
                self.answers.absorb(round_, event)
        elif isinstance(event, Died):
            self.advance.absorb_death(round_, event)
            self.deliver.process_died(round_, event)
        elif isinstance(event, FileBroken) and not self.files.is_as_parsed(event.file):
            self.parsing.look_again(event.file)
        elif isinstance(event, FileBroken):
            self.dispatch.file_broken(round_, event, self.advance.lost)
            self.deliver.file_broken(round_, event)
        elif isinstance(event, Available):
            pass

    def _say_alive(self, round_: Round) -> None:
        """A sign of life; what people want of this engine is read with it, before anything is decided."""
        drains = store.engines.beat(
            round_.tx, self.lead.owner, round_.now, hostname=self.config.hostname, pid=os.getpid(),
            parallelism=self.live.limits.parallelism,
        )  # fmt: skip
        if drains is not self.lead.drains:
            self.lead.drains = drains
            self.lead.forget_renewal()

    def _net(self, round_: Round, *, beats: bool) -> None:
        """What no message told: looked for slowly."""
        mono = self.clock.monotonic()
        if beats:
            self._beat(round_)
            self.lead.look_around(round_.tx, mono)
            self.expire.attempts_too_long(round_, self.rescue.is_here)
            if not self.lead.alone:
                self._look_for_what_others_did()
        if mono >= self._swept + self.config.sweep:
            self._read_pools(round_)
            self._look_for_runs(round_)
            self._look_for_what_others_did()
            self.deliver.look_elsewhere(round_)
            self.deliver.end_hung(round_)
            self.deliver.release_tries(round_)
            for service in self.services:
                service.look_everywhere()
            self._swept = mono

    def _beat(self, round_: Round) -> None:
        """The attempts on this machine live; one that is not open any more was overtaken by a command."""
        written = {a: w for a, w in self.live.attempts.items() if w[1] not in round_.moves}
        here = [a for a, w in written.items() if self.rescue.is_here(self._engine_of(w))]
        still_open = set(store.instances.heartbeat(round_.tx, here))
        self._changed_runs.update(written[a][0] for a in here if a not in still_open)
        if len(here) < len(written):
            self.rescue.look_elsewhere(round_, self.advance)
        self.abroad.beat(round_)

    def _engine_of(self, where: tuple[int, int]) -> str | None:
        return self.live.runs[where[0]].board.instances[where[1]].engine

    def _look_for_what_others_did(self) -> None:
        """Ends of runs that no message told of: they make room, and later runs may depend on them."""
        self.plan.look_for_room()
        self.live.past_changed.update(
            live.run.dag_id for live in self.live.runs.values() if live.board.held_by_past
        )

    def _failed(self, error: Exception) -> float:
        """The round was not written: forget its boards, wait when the database is to blame."""
        if isinstance(error, Conflict):
            return 0.0
        if not self._apart and not isinstance(error, StoreUnavailable | StoreFull):
            # The database answers and refuses something: look for whose it is.
            self._apart = True
            return 0.0
        self._apart = False
        self.quarantine.forgive()
        if not self._pause:
            self.emit(events.DatabaseLost(text=str(error)))
        self._pause = min(max(self._pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        self._changed_runs.update(self.live.runs)
        self._in_doubt = True
        self._retry_at = self.clock.monotonic() + self._pause
        return self._pause

    def _after(self, sent: Round) -> None:
        self.lead.after(self.clock.monotonic(), self._beaten)
        if not self._loaded:
            self._loaded = True
            self.emit(events.Started(runs=len(self.live.runs), adopted=self.rescue.adopted))
        for move in sent.run_moves:
            self._say_moved(sent, move)
        for news in sent.news:
            self.emit(news)
        for run_id in sent.ended:
            self.live.drop(run_id)
        self._changed_runs.update(self.answers.changed_runs)
        self._changed_dags.update(self.answers.changed_dags, sent.paused_dags)
        self.answers.forget_changes()
        self._in_doubt = False
        self._ran_before.clear()
        self._taken_over.clear()
        self._apart = False
        self.quarantine.forgive()
        self.quarantine.after()
        self.parsing.after()
        if sent.moves or sent.run_moves:
            self.emit(
                events.Advanced(moves=len(sent.moves), runs=len(sent.run_moves), started=len(sent.launches))
            )

    def _say_moved(self, sent: Round, move: store.RunMove) -> None:
        live = self.live.runs.get(move.id)
        if live is None or move.before is move.after:
            return
        info = msgspec.structs.replace(
            live.info,
            state=move.after.value,
            start_date=live.info.start_date if move.start_date is msgspec.UNSET else move.start_date,
            end_date=live.info.end_date if move.end_date is msgspec.UNSET else move.end_date,
        )
        self.emit(events.RunMoved(run=info, reason=move.reason))

    def _wait(self) -> float | None:
        now, mono = self.clock.now(), self.clock.monotonic()
        waits = [self._swept + self.config.sweep - mono, self._beaten + self.config.heartbeat - mono]
        due = (service.next_due(now) for service in self.services)
        for moment in (self.plan.next_due(), self.expire.next_due(now), *due):
            if moment is not None:
                waits.append((moment - now) / timedelta(seconds=1))
        for wakeup in (
            self.executor.next_wakeup(),
            self.parsing.next_wakeup(),
            self.calendars.next_wakeup(),
            self.lead.wakeup(),
            self.prune.wakeup(),
        ):
            if wakeup is not None:
                waits.append(wakeup - mono)
        return max(0.0, min(waits))


def _settle_memory() -> None:
    """What was loaded at start stays; a full pass of the collector over it costs 40 ms, longer than a hand-over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def _is_due(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


__all__ = ["Engine", "Source"]

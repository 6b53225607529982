"""Which runs the engine has in memory: read at its start, read again when in doubt, left to others.

The truth is in the database. Whoever changed a run or a DAG there says so, and it is read again; the slow look below
the messages finds what no message told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from ostro import events, store
from ostro.clock import Clock
from ostro.commands import board as facts
from ostro.executors.base import Asked, Died, Event, Executor, Reported
from ostro.rules.limits import Pool
from ostro.scheduler.blame import blame
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.parsing import FileLoader
from ostro.scheduler.round import Round
from ostro.scheduler.services import Services, Source
from ostro.states import RUN_FINISHED


class Boards(Services):
    """The services of an engine, and what they see of the database."""

    def __init__(
        self,
        database: store.Store,
        executor: Executor,
        loader: FileLoader,
        sources: list[Source],
        config: SchedulerConfig,
        clock: Clock,
        cipher: store.Cipher,
        emit: Callable[[events.Event], None],
    ) -> None:
        super().__init__(database, executor, loader, sources, config, clock, cipher, emit)
        self._events: deque[Event] = deque()
        self._changed_runs: set[int] = set()
        self._changed_dags: set[str] = set()
        #: Attempts that were running before their board was read again, and runs that came to this engine: their
        #: processes must be looked at in a round that is written.
        self._ran_before: dict[str, tuple[int, int]] = {}
        self._taken_over: set[int] = set()
        #: A round may have been written although the database's answer was lost: attempts may be called running that
        #: were never given to a process.
        self._in_doubt = False
        self._loaded = False
        #: Monotonic moment of the last look for what no message told.
        self._swept = float("-inf")

    def _read_again(self, round_: Round) -> None:
        """Boards that are in doubt, and at start all of them."""
        if not self._loaded:
            self._read_pools(round_)
            self.plan.refresh(round_.tx, None, round_.now)
            self.parsing.restore(round_)
            self.lead.renew(round_.tx, self.clock.monotonic())
            self.live.load(round_.tx, self.lead.all_mine(round_.tx))
            self.plan.look_at.update(live.run.dag_id for live in self.live.runs.values())
            self.rescue.run_once(round_, self.advance, self._dead())
            self.abroad.adopt(round_, self.advance)
            self.deliver.after_start(round_)
            for service in self.services:
                service.after_start(round_)
        if self._changed_dags:
            self._read_pools(round_)
            if "" in self._changed_dags:
                self.parsing.loader.values_changed()
                for bundle, path in store.specs.files_to_parse(round_.tx):
                    self.parsing.loader.parse_again(path, bundle)
            self.plan.refresh(round_.tx, self._changed_dags, round_.now)
            self._note_past(self._changed_dags)
            for service in self.services:
                service.note_dags(self._changed_dags)
            self._changed_dags.clear()
        if self._changed_runs:
            self._reload(round_, list(self._changed_runs))
            self._changed_runs.clear()
        if self._in_doubt and self._loaded:
            self._taken_over.update(self.live.runs)
            self.rescue.take_over(round_, self.advance, self._taken_over, self._dead())
            self.deliver.after_start(round_)
        if self.live.past_changed:
            self._past_changed(round_)

    def _read_pools(self, round_: Round) -> None:
        sizes = store.pools.sizes(round_.tx)
        self.limits.set_pools({n: Pool(p.slots, p.include_deferred) for n, p in sizes.items()})

    def _past_changed(self, round_: Round) -> None:
        """Earlier runs changed: later runs whose tasks depend on the past look again."""
        for dag_id in self.live.past_changed:
            for live in self.live.of_dag(dag_id):
                with blame("run", live.run.id):
                    for task_id, past in facts.past_of(round_.tx, live.run, live.topology).items():
                        live.board.note_past(task_id, past)
                self.live.dirty.add(live.run.id)
        self.live.past_changed.clear()

    def _note_past(self, dag_ids: Iterable[str]) -> None:
        """Runs of these DAGs changed, ended ones perhaps: what depends on them must look again."""
        dependent = {live.run.dag_id for live in self.live.runs.values() if live.needs_past}
        self.live.past_changed |= dependent.intersection(dag_ids)

    def _reload(self, round_: Round, ids: list[int]) -> None:
        wanted = set(ids)
        self._ran_before.update((a, w) for a, w in self.live.attempts.items() if w[0] in wanted)
        dags = {self.live.runs[i].run.dag_id for i in ids if i in self.live.runs}
        for run_id in ids:
            self.live.drop(run_id)
        mine = self.lead.mine(round_.tx, ids)
        self.live.load(round_.tx, [r for r in mine if r.state not in RUN_FINISHED])
        found = store.runs.load_runs(round_.tx, ids)
        dags.update(r.dag_id for r in found)
        # Runs that ended, or that have gone, make room for others and may be what later ones wait for.
        self.plan.look_at |= dags
        self._note_past(dags)
        elsewhere = {r.id for r in found if r.state not in RUN_FINISHED} - {r.id for r in mine}
        if any(run in elsewhere for run, _ in self._ran_before.values()):
            # Their boards are another engine's by now; that ends nothing.
            for attempt in self.abroad.speak_for(round_, elsewhere):
                self._ran_before.pop(attempt, None)
        self.rescue.end_superseded(round_, self._ran_before)

    def _look_everywhere(self) -> None:
        """Messages were lost: whatever they said, it is in the database."""
        self._changed_runs.update(self.live.runs)
        self._changed_dags.update(self.plan.schedules)
        for service in self.services:
            service.look_everywhere()
        self._swept = float("-inf")

    def _look_for_runs(self, round_: Round) -> None:
        """Runs that no message told of, and those whose engine stopped renewing its lease."""
        found = [r for r in self.lead.all_mine(round_.tx) if r.id not in self.live.runs]
        for live in self.live.load(round_.tx, found):
            self.plan.look_at.add(live.run.dag_id)
        self._taken_over.update(r.id for r in found)
        self.rescue.take_over(round_, self.advance, self._taken_over, self._dead())

    def _dead(self) -> set[str]:
        """Attempts that have told how they ended, or of which the executor has; the loop comes to it in its turn."""
        return {attempt_of(e) for e in self._events if isinstance(e, Died | Reported)}

    def _keep_leases(self, round_: Round) -> None:
        """Renew before anything is decided; forget the runs that another engine has taken over."""
        held = self.lead.renew(round_.tx, self.clock.monotonic()) if self._loaded else None
        if held is not None:
            self._lose(r for r in self.live.runs if r not in held)
            self._look_for_runs(round_)
        if self.lead.lets_go:
            round_.abroad |= self.lead.give_back(round_.tx)
            round_.touched.update(self.live.runs)
            self._lose(self.live.runs)

    def _lose(self, runs: Iterable[int]) -> None:
        """Other engines go on with these runs; this one speaks for the processes that it started in them."""
        lost = set(runs)
        self.abroad.lost_lease(lost)
        self._taken_over -= lost
        for run_id in lost:
            self.live.drop(run_id)


def attempt_of(event: Event) -> str:
    """The attempt that an event speaks of; empty when it speaks of none."""
    if isinstance(event, Reported):
        return str(event.result.attempt_id)
    if isinstance(event, Asked):
        return str(event.question.attempt_id)
    return event.attempt_id if isinstance(event, Died) else ""

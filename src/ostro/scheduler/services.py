"""The parts of one engine, made and told of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import Protocol

from ostro import events, store
from ostro.clock import Clock
from ostro.executors.base import Executor
from ostro.protocol.task import PutDeadline
from ostro.rules.limits import Limits
from ostro.scheduler.abroad import Abroad
from ostro.scheduler.advance import Advance
from ostro.scheduler.answers import Answers
from ostro.scheduler.assets import Assets
from ostro.scheduler.backfill import Backfills
from ostro.scheduler.by_hand import ByHand
from ostro.scheduler.calendar import Calendars
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.deadlines import Deadlines
from ostro.scheduler.deferral import start_in_trigger
from ostro.scheduler.deliver import Deliver
from ostro.scheduler.dispatch import Dispatch
from ostro.scheduler.expire import Expire
from ostro.scheduler.files import Files
from ostro.scheduler.lead import Lead
from ostro.scheduler.live import Live
from ostro.scheduler.missing import MissingFiles
from ostro.scheduler.parsing import FileLoader, Parsing
from ostro.scheduler.plan import Plan
from ostro.scheduler.prune import Prune
from ostro.scheduler.quarantine import Quarantine
from ostro.scheduler.rescue import Rescue
from ostro.scheduler.service import Service


class Source(Protocol):
    """Something beside the executor that the loop listens to: commands of other processes, the database."""

    def filenos(self) -> Iterable[int]: ...

    def pump(self) -> tuple[list[int], list[str]] | None:
        """Runs and DAGs that were changed from outside; None = something was, and nobody knows what."""
        ...


class Services:
    """What the loop drives. Made once, in the order in which the parts need each other."""

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
        self.store = database
        self.executor = executor
        self.sources = sources
        self.config = config
        self.clock = clock
        self.emit = emit
        self.limits = Limits(parallelism=min(config.parallelism, executor.slots))
        self.lead = Lead(config.name, config, shared=database.dialect == "postgresql")
        self.live = Live(self.limits, engine=config.name if self.lead.shared else None)
        self.files = Files()
        self.calendars = Calendars(self.files)
        self.plan = Plan(self.live, config, emit, self.lead, self.calendars)
        self.advance = Advance(self.live, config)
        self.dispatch = Dispatch(self.live, self.limits, self.files, executor, config, self.plan.is_paused)
        self.dispatch.start_in_trigger = partial(start_in_trigger, advance=self.advance)
        self.expire = Expire(self.live, self.advance, config)
        self.deliver = Deliver(self.live, self.files, executor, config, shared=self.lead.shared)
        self.parsing = Parsing(loader, self.live, self.files, self.plan, executor, config, emit)
        self.answers = Answers(self.live, clock, cipher, self.parsing.variable_changed)
        self.by_hand = ByHand(self.plan, self.calendars, self.answers)
        self.parsing.answer = self.answers.carry_out
        self.abroad = Abroad(self.live, executor, config, shared=self.lead.shared)
        self.advance.find_abroad = self.abroad.find
        self.answers.find = self.advance.find
        self.rescue = Rescue(self.live, executor, config, shared=self.lead.shared)
        self.quarantine = Quarantine(self.live, config)
        self.prune = Prune(database, keep=timedelta(days=config.keep_events))
        #: In the order in which a round calls them.
        self.backfills = Backfills(self.live, self.plan, self.lead, self.calendars, config, clock, emit)
        self.plan.start_backfills = self.backfills.start_queued
        self.assets = Assets(self.live, self.plan, self.lead, self.calendars, emit)
        self.advance.record_assets = self.assets.record
        #: Called when the engine ends, before it lets go of the database.
        self.at_end: list[Callable[[], None]] = []
        self.services: list[Service] = [self.backfills, self.assets]
        deadlines = Deadlines(self.live, cipher)
        self.answers.learn(PutDeadline, deadlines.put)
        self.services.append(deadlines)
        self.services.append(MissingFiles(self.live, self.files, self.advance, config))


__all__ = ["Services", "Source"]

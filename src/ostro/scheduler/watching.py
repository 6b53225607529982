"""Watchers of assets: triggers that no task waits for, each of whose events is an event of their assets.

A watcher runs while an unpaused DAG listens to one of its assets. With several engines on one database one of them runs
it (a lease, renewed); when that engine is gone, another does. A watcher that fails is started again, later each time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from ostro import events, logfiles, store
from ostro.errors import StoreError
from ostro.protocol.task import FileRef
from ostro.protocol.trigger import Fired, Outcome, StartTrigger, TriggerFailed
from ostro.scheduler.assets import Assets
from ostro.scheduler.config import SchedulerConfig
from ostro.scheduler.files import Files
from ostro.scheduler.lead import RENEW_AFTER, Lead
from ostro.scheduler.plan import Plan
from ostro.scheduler.round import Round
from ostro.store.watchers import Watcher

#: Seconds until a watcher that failed is started again: first, doubled up to the longest.
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 300.0


class Runs(Protocol):
    """What this part needs of the processes with triggers."""

    def start(self, order: StartTrigger) -> None: ...
    def stop(self, trigger: int, *, killed: bool) -> None: ...
    def stored(self, trigger: int, number: int) -> None: ...


class Watching:
    """A service of the loop; `ostro.scheduler.deferral` hands it what its triggers say."""

    def __init__(
        self,
        plan: Plan,
        assets: Assets,
        files: Files,
        lead: Lead,
        triggerer: Runs,
        config: SchedulerConfig,
        emit: Callable[[events.Event], None],
    ) -> None:
        self.plan = plan
        self.assets = assets
        self.files = files
        self.lead = lead
        self.triggerer = triggerer
        self.config = config
        self.emit = emit
        self._look = True
        #: The schedules that were looked at, to see which were read again.
        self._seen: dict[str, object] = {}
        #: Rows of what runs: trigger (the number of its first row, negative) -> its rows.
        self._running: dict[int, list[Watcher]] = {}
        #: The DAG file of each as it was when it was started.
        self._files: dict[int, FileRef | None] = {}
        #: Watchers that failed: how often in a row, and when they are started again.
        self._failures: dict[int, int] = {}
        self._again_at: dict[int, datetime] = {}
        self._renew_at: datetime | None = None

    # ---- Service -------------------------------------------------------------------------------------------

    def after_start(self, round_: Round) -> None:
        self._look = True

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """The schedules tell by themselves which DAGs changed."""

    def look_everywhere(self) -> None:
        self._look = True

    def next_due(self, now: datetime) -> datetime | None:
        if self._look:
            return now
        moments = [*self._again_at.values(), *([self._renew_at] if self._renew_at is not None else [])]
        return min(moments, default=None)

    def run_once(self, round_: Round) -> None:
        """Start and stop watchers as the DAGs want it."""
        for dag_id in self.plan.look_at:
            schedule = self.plan.schedules.get(dag_id)
            found = schedule if schedule is not None and schedule.listens else None
            if self._seen.get(dag_id) is not found:
                self._look = True
                if found is None:
                    del self._seen[dag_id]
                else:
                    self._seen[dag_id] = found
        due = self.next_due(round_.now)
        if due is not None and due <= round_.now:
            self._settle(round_)

    def _settle(self, round_: Round) -> None:
        self._look = False
        wanted: dict[str, list[Watcher]] = {}
        for row in store.watchers.active(round_.tx):
            wanted.setdefault(row.key, []).append(row)
        by_id = {-rows[0].id: rows for rows in wanted.values()}
        self._renew_at = None
        if self.lead.shared and by_id:
            held = store.watchers.hold(
                round_.tx, self.lead.owner, [-i for i in by_id], seconds=self.config.lease
            )
            by_id = {i: rows for i, rows in by_id.items() if -i in held}
            # Those of others are looked at too: their engine may end.
            self._renew_at = round_.now + timedelta(seconds=self.config.lease * RENEW_AFTER)
        for trigger in list(self._again_at):
            if trigger not in by_id:
                del self._again_at[trigger]
            elif self._again_at[trigger] <= round_.now:
                del self._again_at[trigger]
                self._running.pop(trigger, None)
        orders = self._orders(round_, by_id)
        by_id = {i: by_id[i] for i in orders}
        # A changed file gets its new code.
        start = [o for i, o in orders.items() if i not in self._running or self._files.get(i) != o.file]
        stop = [i for i in self._running if i not in by_id or self._files.get(i) != orders[i].file]
        round_.afterwards.append(partial(self._carry_out, by_id, start, stop))

    def _orders(self, round_: Round, by_id: dict[int, list[Watcher]]) -> dict[int, StartTrigger]:
        """What runs; a watcher whose arguments nobody can decrypt any more is said to be so, and costs no other."""
        orders = {}
        for i, rows in by_id.items():
            try:
                orders[i] = self._order(round_, i, rows)
            except StoreError as error:
                who = f"the watcher {rows[0].name!r} of asset {rows[0].asset_name!r}"
                self.emit(events.Warned(text=f"{who} cannot be started: {error}"))
        return orders

    def _order(self, round_: Round, trigger: int, rows: list[Watcher]) -> StartTrigger:
        row = rows[0]
        log = logfiles.watcher_log_path(self.config.log_folder, row.key)
        return StartTrigger(
            id=trigger,
            classpath=row.classpath,
            kwargs=store.sealed.unseal(round_.tx, row.kwargs),
            file=self.files.of_dag(row.dag_id),
            log_path=str(log),
            assets=sorted({(each.asset_name, each.asset_uri) for each in rows}),
        )

    def _carry_out(self, rows: dict[int, list[Watcher]], start: list[StartTrigger], stop: list[int]) -> None:
        for trigger in stop:
            self.triggerer.stop(trigger, killed=False)
        self._running = rows
        self._files = {i: file for i, file in self._files.items() if i in rows}
        for order in start:
            if order.id not in self._again_at:
                self._files[order.id] = order.file
                self.triggerer.start(order)

    # ---- what they say -------------------------------------------------------------------------------------

    def absorb(self, round_: Round, outcome: Outcome) -> None:
        """An event of a watcher, or its end."""
        rows = self._running.get(outcome.id)
        if rows is None:
            return
        if isinstance(outcome, TriggerFailed):
            self._failed(round_, rows[0], outcome)
        elif isinstance(outcome, Fired):
            self._failures.pop(outcome.id, None)
            extra = {"from_trigger": True, "payload": outcome.payload}
            for name, uri in dict.fromkeys((row.asset_name, row.asset_uri) for row in rows):
                event = store.assets.record_event(round_.tx, name=name, uri=uri, at=round_.now, extra=extra)
                if event is not None:
                    self.assets.note_event(round_, event, {"name": name, "uri": uri, "extra": extra})
            if outcome.number:
                round_.afterwards.append(partial(self.triggerer.stored, outcome.id, outcome.number))

    def _failed(self, round_: Round, row: Watcher, outcome: TriggerFailed) -> None:
        times = self._failures[outcome.id] = self._failures.get(outcome.id, 0) + 1
        pause = min(FIRST_PAUSE * 2 ** (times - 1), LONGEST_PAUSE)
        self._again_at[outcome.id] = round_.now + timedelta(seconds=pause)
        self.emit(
            events.Warned(
                text=f"the watcher {row.name!r} of asset {row.asset_name!r} failed and is started again in {pause:g} s: "
                f"{outcome.text}"
            )
        )

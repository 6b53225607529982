"""How it goes elsewhere: the state of runs, tasks and groups of other DAGs, for sensors and triggers that wait for them.

`Outside` asks the engine one question at a time and gives a verdict; the sensor and the trigger differ only in how they
wait between two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ostro.protocol.task import FindRuns, FindTaskInstances, Question
from ostro.sdk.timezone import convert_to_utc

Verdict = Literal["success", "skipped", "failed", "waiting"]


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What is waited for: a DAG's runs, or its tasks, or one of its groups, at `dates` or with `run_ids`."""

    dag_id: str
    task_ids: Sequence[str] = ()
    group_id: str | None = None
    dates: Sequence[dt.datetime] = ()
    run_ids: Sequence[str] = ()
    allowed: Sequence[str] = ("success",)
    skipped: Sequence[str] = ()
    failed: Sequence[str] = ()
    #: What has to be done for each date or run: filled in.
    keys: frozenset[Any] = field(init=False)

    def __post_init__(self) -> None:
        keys = set(self.run_ids) if self.run_ids else {convert_to_utc(date) for date in self.dates}
        object.__setattr__(self, "keys", frozenset(keys))

    def question(self) -> Question:
        """What to ask the engine."""
        where: dict[str, Any] = (
            {"run_ids": list(self.run_ids)} if self.run_ids else {"logical_dates": sorted(self.keys)}
        )
        if self.task_ids or self.group_id:
            return FindTaskInstances(
                seq=0,
                dag_id=self.dag_id,
                task_ids=list(self.task_ids) or None,
                group_id=self.group_id,
                **where,
            )
        return FindRuns(seq=0, dag_id=self.dag_id, **where)

    def verdict(self, rows: Iterable[dict[str, Any]]) -> Verdict:
        """What the answer means.

        One instance in a failed state fails, one in a skipped state skips. It is done when, for each date or run, every
        task that is waited for has instances and all of them are in an allowed state.
        """
        states: dict[Any, dict[str, list[str]]] = {key: {} for key in self.keys}
        for row in rows:
            key = row["run_id"] if self.run_ids else convert_to_utc(row["logical_date"])
            if key in states:
                states[key].setdefault(row.get("task_id", ""), []).append(str(row["state"]))
        seen = {state for tasks in states.values() for several in tasks.values() for state in several}
        if seen & set(self.failed):
            return "failed"
        if seen & set(self.skipped):
            return "skipped"
        return "success" if all(self._is_done(tasks) for tasks in states.values()) else "waiting"

    def _is_done(self, tasks: dict[str, list[str]]) -> bool:
        if not tasks or not set(self.task_ids) <= tasks.keys():
            return False
        return all(state in self.allowed for several in tasks.values() for state in several)

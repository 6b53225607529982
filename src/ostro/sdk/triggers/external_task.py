"""Triggers that wait for other DAGs: `airflow.providers.standard.triggers.external_task`."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any

from ostro.protocol.task import FindRuns
from ostro.sdk import asking
from ostro.sdk.dagrun import moments, texts
from ostro.sdk.outside import Outside
from ostro.sdk.trigger import BaseTrigger, TriggerEvent

_MODULE = "airflow.providers.standard.triggers.external_task"


class WorkflowTrigger(BaseTrigger):
    """Fires when tasks, a group or the runs of another DAG are in one of the states.

    The payload is {"status": "success" | "failed" | "skipped"}. `poke_interval` is seconds.
    """

    def __init__(
        self,
        external_dag_id: str,
        run_ids: list[str] | None = None,
        execution_dates: list[dt.datetime] | None = None,
        logical_dates: list[dt.datetime] | None = None,
        external_task_ids: Sequence[str] | None = None,
        external_task_group_id: str | None = None,
        failed_states: Sequence[str] | None = None,
        skipped_states: Sequence[str] | None = None,
        allowed_states: Sequence[str] | None = None,
        poke_interval: float = 2.0,
        soft_fail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.external_dag_id = external_dag_id
        self.run_ids = run_ids
        self.logical_dates = logical_dates if logical_dates is not None else execution_dates
        self.external_task_ids = external_task_ids
        self.external_task_group_id = external_task_group_id
        self.failed_states = texts(failed_states)
        self.skipped_states = texts(skipped_states)
        self.allowed_states = texts(allowed_states)
        self.poke_interval = poke_interval
        self.soft_fail = soft_fail

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        names = (
            "external_dag_id", "run_ids", "logical_dates", "external_task_ids", "external_task_group_id",
            "failed_states", "skipped_states", "allowed_states", "poke_interval", "soft_fail",
        )  # fmt: skip
        return f"{_MODULE}.WorkflowTrigger", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask, wait, ask again."""
        outside = Outside(
            dag_id=self.external_dag_id,
            task_ids=self.external_task_ids or (),
            group_id=self.external_task_group_id,
            dates=moments(self.logical_dates) or (),
            run_ids=self.run_ids or (),
            allowed=self.allowed_states or ("success",),
            skipped=self.skipped_states or (),
            failed=self.failed_states or (),
        )
        while True:
            verdict = outside.verdict(await asking.ademand(outside.question()) or ())
            if verdict != "waiting":
                yield TriggerEvent({"status": verdict})
                return
            self.log.info("Waiting for %s, checked again in %s s", self.external_dag_id, self.poke_interval)
            await asyncio.sleep(self.poke_interval)


class DagStateTrigger(BaseTrigger):
    """Fires when all runs of a DAG, by id or by logical date, are in one of `states`.

    The payload is a pair: the path of this class, and its arguments with the state of each run by its id.
    """

    def __init__(
        self,
        dag_id: str,
        states: Sequence[str],
        run_ids: list[str] | None = None,
        execution_dates: list[dt.datetime] | None = None,
        poll_interval: float = 5.0,
    ) -> None:
        super().__init__()
        self.dag_id = dag_id
        self.states = texts(states) or []
        self.run_ids = run_ids
        self.execution_dates = execution_dates
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Path and arguments."""
        return (
            f"{_MODULE}.DagStateTrigger",
            {
                "dag_id": self.dag_id,
                "states": self.states,
                "run_ids": self.run_ids,
                "execution_dates": self.execution_dates,
                "poll_interval": self.poll_interval,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask, wait, ask again."""
        wanted = len(self.run_ids or self.execution_dates or ())
        question = FindRuns(
            seq=0,
            dag_id=self.dag_id,
            run_ids=self.run_ids,
            logical_dates=moments(self.execution_dates),
            states=list(self.states),
        )
        while True:
            found = await asking.ademand(question) or ()
            if len(found) >= max(wanted, 1):
                path, arguments = self.serialize()
                yield TriggerEvent((path, {**arguments, **{run["run_id"]: run["state"] for run in found}}))
                return
            await asyncio.sleep(self.poll_interval)

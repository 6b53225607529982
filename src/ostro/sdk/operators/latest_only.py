"""LatestOnlyOperator: lets only the newest run of a schedule through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pendulum

from ostro.sdk.operators.branch import BaseBranchOperator


class LatestOnlyOperator(BaseBranchOperator):
    """Skips the tasks right after it unless now lies between the due moment of this run and that of the next.

    Runs that somebody triggered are always let through.
    """

    ui_color = "#e9ffdb"

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        """All tasks after this one, or none."""
        everything = list(context["task"].get_direct_relative_ids(upstream=False))
        run = context["dag_run"]
        if run.run_type == "manual":
            self.log.info("Manually triggered DAG_Run: allowing execution to proceed.")
            return everything
        due_next = self._due_next(run)
        if due_next is None:
            self.log.info("Last scheduled execution: allowing execution to proceed.")
            return everything
        now = pendulum.now("UTC")
        self.log.info("Checking latest only: due %s, now %s, next due %s", run.run_after, now, due_next)
        if run.run_after < now <= due_next:
            return everything
        self.log.info("Not latest execution, skipping downstream.")
        return []

    def _due_next(self, run: Any) -> Any:
        """When the run after this one is due, None when there is none."""
        from ostro.sdk.timetables import TimeRestriction

        assert self.dag is not None
        if run.data_interval is None:
            return None
        info = self.dag.timetable.next_dagrun_info(
            last_automated_data_interval=run.data_interval, restriction=TimeRestriction(None, None, True)
        )
        return None if info is None else info.run_after

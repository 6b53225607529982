"""More of what code asks a DAG run, in the words of 2.x and 3.x."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from ostro.sdk.absent import Absent, table
from ostro.sdk.log import get_logger

if TYPE_CHECKING:
    from ostro.sdk.taskinstance import TaskInstance


class RunFacts(Absent):
    """See the module; DagRun has the rest."""

    __absent__: ClassVar = table(
        engine="backfill backfill_id backfill_max_active_runs bundle_version context_carrier created_dag_version "
        "created_dag_version_id creating_job_id dag_versions deadlines execute_dag_callbacks "
        "get_queued_dag_runs_to_set_running get_running_dag_runs_to_examine last_scheduling_decision log_template_id "
        "next_dagruns_to_examine notify_dagrun_state_changed produce_dag_callback schedule_tis scheduled_by_job_id "
        "task_instance_scheduling_decisions task_instances_histories update_state verify_integrity version_number "
        "dag_run_note dag_hash",
        find="get_run dag_model find_duplicate",
    )

    if TYPE_CHECKING:
        dag_id: str
        run_id: str
        start_date: Any
        end_date: Any

        def get_task_instances(self, state: Any = None, session: Any = None) -> list[TaskInstance]: ...
        def get_task_instance(
            self, task_id: str, session: Any = None, *, map_index: int = -1
        ) -> TaskInstance | None: ...

    @property
    def log(self) -> logging.Logger:
        """The logger of the task that asks."""
        return get_logger("airflow.task")

    logger = log

    @property
    def duration(self) -> float | None:
        """Seconds from start to end; None while it runs."""
        if self.start_date is None or self.end_date is None:
            return None
        seconds: float = (self.end_date - self.start_date).total_seconds()
        return seconds

    @property
    def task_instances(self) -> list[TaskInstance]:
        """All task instances of the run."""
        return self.get_task_instances()

    @staticmethod
    def fetch_task_instances(
        dag_id: str, run_id: str, task_ids: list[str] | None = None, state: Any = None, **_: Any
    ) -> list[TaskInstance]:
        """Task instances of a run, of all tasks or of these; none when there is no such run."""
        from ostro.sdk.dagrun import DagRun

        run = DagRun.get(dag_id, run_id)
        found = [] if run is None else run.get_task_instances(state=state)
        return [ti for ti in found if task_ids is None or ti.task_id in task_ids]

    @staticmethod
    def fetch_task_instance(
        dag_id: str, dag_run_id: str, task_id: str, map_index: int = -1, **_: Any
    ) -> TaskInstance | None:
        """One task instance of a run, None when there is none."""
        from ostro.sdk.dagrun import DagRun

        run = DagRun.get(dag_id, dag_run_id)
        return None if run is None else run.get_task_instance(task_id, map_index=map_index)

    @staticmethod
    def generate_run_id(
        run_type: Any,
        execution_date: dt.datetime | None = None,
        *,
        logical_date: dt.datetime | None = None,
        run_after: dt.datetime | None = None,
        **_: Any,
    ) -> str:
        """The id that a run of this kind and date has by default. Raises TypeError without a date."""
        date = run_after or logical_date or execution_date
        if date is None:
            raise TypeError("DagRun.generate_run_id() needs logical_date or run_after")
        return f"{getattr(run_type, 'value', run_type)}__{date.isoformat()}"

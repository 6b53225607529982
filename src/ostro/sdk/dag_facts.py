"""More of what code asks a DAG: its runs and their tasks, which the engine knows, in the words of 2.x."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from ostro.sdk.absent import Absent, table
from ostro.sdk.log import get_logger
from ostro.sdk.timezone import coerce_datetime

if TYPE_CHECKING:
    from ostro.sdk.dagrun import DagRun
    from ostro.sdk.taskinstance import TaskInstance


class DagFacts(Absent):
    """See the module; DAG has the rest."""

    __absent__: ClassVar = table(
        check="validate",
        sets="update_relative",
        spec="get_serialized_fields",
        engine="clear clear_dags deactivate_stale_dags deactivate_unknown_dags execute_callback fetch_callback "
        "handle_callback set_dag_runs_state set_task_group_state set_task_instance_state",
        trigger="create_dagrun",
        files="bulk_sync_to_db bulk_write_to_db sync_to_db pickle pickle_info",
    )
    #: Sub-DAGs become task groups.
    is_subdag: bool = False
    parent_dag: Any = None
    default_view: str = "grid"

    if TYPE_CHECKING:
        dag_id: str
        doc_md: str | None
        max_active_tasks: int

        @property
        def roots(self) -> list[Any]: ...

        def get_is_paused(self) -> bool | None: ...

    @property
    def log(self) -> logging.Logger:
        """The logger of the task that asks, or of the file."""
        return get_logger("airflow.task")

    logger = log

    @property
    def subdags(self) -> list[Any]:
        """None: sub-DAGs become task groups."""
        return []

    def get_default_view(self) -> str:
        """The page that opens first (2.x)."""
        return self.default_view

    def get_doc_md(self, doc_md: str | None = None) -> str | None:
        """The documentation."""
        return self.doc_md

    @property
    def is_paused(self) -> bool | None:
        """Whether the DAG is paused; None when no engine knows it (2.x)."""
        return self.get_is_paused()

    def get_is_active(self, session: Any = None) -> bool | None:
        """Whether its file still has it; None when no engine knows it (2.x)."""
        from ostro.sdk.around.engine import DagModel

        found = DagModel.get_dagmodel(self.dag_id)
        return None if found is None else bool(found.__dict__.get("is_active"))

    # ---- runs ----------------------------------------------------------------------------------------------

    def _runs(self, **wanted: Any) -> list[DagRun]:
        """Oldest first."""
        from ostro.sdk.dagrun import DagRun

        return DagRun.find(self.dag_id, **wanted)

    def get_dagrun(
        self, execution_date: dt.datetime | None = None, run_id: str | None = None, session: Any = None
    ) -> DagRun | None:
        """The run of a logical date or id, None without one (2.x)."""
        found = self._runs(**({"run_id": run_id} if run_id else {"execution_date": execution_date}))
        return found[-1] if found else None

    fetch_dagrun = get_dagrun

    def get_last_dagrun(
        self, session: Any = None, include_externally_triggered: bool = False
    ) -> DagRun | None:
        """The latest run, by hand too only if it is asked for; None without one (2.x)."""
        wanted = {} if include_externally_triggered else {"external_trigger": False}
        return next(reversed(self._runs(**wanted)), None)

    def has_dag_runs(self, session: Any = None, include_externally_triggered: bool = True) -> bool:
        """Whether there is a run (2.x)."""
        return self.get_last_dagrun(include_externally_triggered=include_externally_triggered) is not None

    def get_latest_execution_date(self, session: Any = None) -> Any:
        """Logical date of the latest run, None without one (2.x)."""
        run = self.get_last_dagrun(include_externally_triggered=True)
        return None if run is None else run.logical_date

    @property
    def latest_execution_date(self) -> Any:
        """`get_latest_execution_date()` (1.10)."""
        return self.get_latest_execution_date()

    def get_active_runs(self) -> list[Any]:
        """Logical dates of the runs that run (2.x)."""
        return [run.logical_date for run in self._runs(state="running")]

    def get_num_active_runs(
        self, external_trigger: bool | None = None, only_running: bool = True, session: Any = None
    ) -> int:
        """How many runs run, or wait too (2.x)."""
        states = ["running"] if only_running else ["running", "queued"]
        wanted = {} if external_trigger is None else {"external_trigger": external_trigger}
        return sum(len(self._runs(state=state, **wanted)) for state in states)

    def get_dagruns_between(
        self, start_date: dt.datetime, end_date: dt.datetime, session: Any = None
    ) -> list[DagRun]:
        """Runs with logical dates from one moment to another, both included (2.x)."""
        return self._runs(execution_start_date=start_date, execution_end_date=end_date)

    # ---- task instances ------------------------------------------------------------------------------------

    def get_task_instances(
        self,
        start_date: dt.datetime | None = None,
        end_date: dt.datetime | None = None,
        state: Any = None,
        session: Any = None,
    ) -> list[TaskInstance]:
        """Task instances of the runs with logical dates from one moment to another, both included (2.x)."""
        first, last = coerce_datetime(start_date), coerce_datetime(end_date)
        return [
            ti
            for run in self._runs()
            if run.logical_date is not None
            and (first is None or run.logical_date >= first)
            and (last is None or run.logical_date <= last)
            for ti in run.get_task_instances(state=state)
        ]

    @staticmethod
    def get_num_task_instances(
        dag_id: str,
        run_id: str | None = None,
        task_ids: list[str] | None = None,
        states: Any = None,
        **_: Any,
    ) -> int:
        """How many task instances of a DAG there are, of a run, of tasks, in states (2.x)."""
        from ostro.protocol.task import FindTaskInstances
        from ostro.sdk import asking
        from ostro.sdk.dagrun import texts

        question = FindTaskInstances(
            seq=0,
            dag_id=dag_id,
            run_ids=None if run_id is None else [run_id],
            task_ids=None if task_ids is None else list(task_ids),
            states=texts(states),
        )
        return len(asking.demand(question) or [])

    def get_concurrency_reached(self, session: Any = None) -> bool:
        """Whether as many tasks run as may (2.x)."""
        return self.get_num_task_instances(self.dag_id, states=["running"]) >= self.max_active_tasks

    @property
    def concurrency_reached(self) -> bool:
        """`get_concurrency_reached()` (1.10)."""
        return self.get_concurrency_reached()

    # ---- as text -------------------------------------------------------------------------------------------

    def get_tree_view(self) -> str:
        """The tasks, each below those before it, as indented lines (2.x)."""
        lines: list[str] = []
        left = [(task, 0) for task in sorted(self.roots, key=lambda t: t.task_id, reverse=True)]
        while left:
            task, depth = left.pop()
            lines.append(f"{' ' * 4 * depth}{task}\n")
            below = sorted(task.downstream_list, key=lambda t: t.task_id, reverse=True)
            left.extend((one, depth + 1) for one in below)
        return "".join(lines)

    def tree_view(self) -> None:
        """Print `get_tree_view()` (2.x)."""
        print(self.get_tree_view(), end="")

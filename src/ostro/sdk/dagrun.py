"""`dag_run` of the context, and the questions about runs that 2.x code asks of the model class (`DagRun.find`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from ostro.errors import UserError
from ostro.protocol.task import FindRuns, FindTaskInstances, GetRun, RunInfo
from ostro.sdk import asking
from ostro.sdk.queries.model import Model
from ostro.sdk.run_facts import RunFacts
from ostro.sdk.timezone import coerce_datetime

if TYPE_CHECKING:
    from pendulum import DateTime

    from ostro.sdk.asset_event import AssetEvent
    from ostro.sdk.taskinstance import TaskInstance


def texts(value: Any) -> list[str] | None:
    """One or several names or enum members as texts; None stays."""
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Iterable):
        value = [value]
    return [str(getattr(item, "value", item)) for item in value]


def moments(value: Any) -> list[dt.datetime] | None:
    """One or several datetimes, aware; None stays."""
    if value is None:
        return None
    return [coerce_datetime(item) for item in ([value] if isinstance(value, dt.datetime) else value)]


class _Moment:
    """A moment of the run as pendulum DateTime, made when asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, run: DagRun, owner: type) -> Any:
        if run is None:
            return self
        value: DateTime | None = coerce_datetime(getattr(run._info, self._name))
        run.__dict__[self._name] = value
        return value


class DagRun(RunFacts, metaclass=Model):
    """A DAG run, as it was when the task started or when it was asked for."""

    __columns__ = frozenset(
        {
            "clear_number",
            "conf",
            "dag_id",
            "data_interval_end",
            "data_interval_start",
            "end_date",
            "execution_date",
            "external_trigger",
            "id",
            "logical_date",
            "note",
            "queued_at",
            "run_after",
            "run_id",
            "run_type",
            "start_date",
            "state",
            "triggered_by",
        }
    )

    logical_date = _Moment()
    data_interval_start = _Moment()
    data_interval_end = _Moment()
    run_after = _Moment()
    queued_at = _Moment()
    start_date = _Moment()
    end_date = _Moment()
    partition_date = _Moment()

    def __init__(self, info: RunInfo, dag: Any = None) -> None:
        self._info = info
        self.dag = dag
        self.dag_id = info.dag_id
        self.run_id = info.run_id
        self.conf: dict[str, Any] = info.conf
        self.clear_number = info.clear_number
        self.note = info.note
        self.partition_key = info.partition_key
        self.triggering_user_name = info.triggering_user

    @property
    def run_type(self) -> Any:
        """DagRunType."""
        from ostro.sdk.enums import DagRunType

        return DagRunType(self._info.run_type)

    @property
    def consumed_asset_events(self) -> list[AssetEvent]:
        """The asset events that the run consumed, in the order in which they were written."""
        from ostro.sdk.asset_event import AssetEvent, consumed

        return [AssetEvent(data) for data in consumed(self._info)]

    @property
    def raw_logical_date(self) -> dt.datetime | None:
        """The logical date as the engine sent it."""
        return self._info.logical_date

    @property
    def triggered_by(self) -> str:
        """What made the run: timetable, rest_api, cli …"""
        return self._info.triggered_by

    @property
    def state(self) -> Any:
        """DagRunState."""
        from ostro.sdk.enums import DagRunState

        return DagRunState(self._info.state)

    @property
    def external_trigger(self) -> bool:
        """Whether somebody triggered it by hand (2.x)."""
        return self._info.run_type == "manual"

    @property
    def execution_date(self) -> DateTime | None:
        """The logical date by the name of 2.x."""
        date: DateTime | None = self.logical_date
        return date

    @property
    def data_interval(self) -> Any:
        """Start and end as a DataInterval, None without them."""
        from ostro.timetable import DataInterval

        if self.data_interval_start is None or self.data_interval_end is None:
            return None
        return DataInterval(start=self.data_interval_start, end=self.data_interval_end)

    @property
    def is_backfill(self) -> bool:
        """Whether a backfill made it."""
        return self._info.run_type == "backfill"

    def get_state(self) -> Any:
        """DagRunState (2.x)."""
        return self.state

    @property
    def id(self) -> str:
        """What tells the run from all others; the number of 2.x is the engine's alone."""
        return f"{self.dag_id}/{self.run_id}"

    def set_state(self, state: Any) -> NoReturn:
        """Not from a task (2.x)."""
        raise UserError(
            "a task cannot set the state of a run: use PATCH /api/v2/dags/…/dagRuns/…, or raise AirflowFailException"
        )

    def get_dag(self) -> Any:
        """The DAG (2.x)."""
        return self.dag

    def refresh_from_db(self, *_: Any, **__: Any) -> None:
        """Ask the engine for the present state of the run."""
        found = DagRun.get(self.dag_id, self.run_id)
        if found is not None:
            self.__dict__.update(found.__dict__, dag=self.dag)

    def __repr__(self) -> str:
        return f"<DagRun {self.dag_id} @ {self.logical_date}: {self.run_id}, state:{self._info.state}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DagRun) and (self.dag_id, self.run_id) == (other.dag_id, other.run_id)

    def __hash__(self) -> int:
        return hash((self.dag_id, self.run_id))

    # ---- other runs and instances --------------------------------------------------------------------------

    @staticmethod
    def get(dag_id: str, run_id: str) -> DagRun | None:
        """One run, None when there is none."""
        data = asking.demand(GetRun(seq=0, dag_id=dag_id, run_id=run_id))
        return None if data is None else from_data(data)

    @staticmethod
    def find(
        dag_id: str | Sequence[str] | None = None,
        run_id: Any = None,
        execution_date: Any = None,
        state: Any = None,
        external_trigger: bool | None = None,
        no_backfills: bool = False,
        run_type: Any = None,
        session: Any = None,
        execution_start_date: dt.datetime | None = None,
        execution_end_date: dt.datetime | None = None,
        *,
        logical_date: Any = None,
    ) -> list[DagRun]:
        """Runs of a DAG, of several, or of all; oldest logical date first (2.x)."""
        found: list[DagRun] = []
        for one in texts(dag_id) or [""]:
            question = FindRuns(
                seq=0,
                dag_id=one,
                run_ids=texts(run_id),
                states=texts(state),
                run_types=texts(run_type),
                logical_dates=moments(execution_date if logical_date is None else logical_date),
                logical_date_from=coerce_datetime(execution_start_date),
                logical_date_until=coerce_datetime(execution_end_date),
            )
            found += [from_data(data) for data in asking.demand(question) or []]
        found = [
            run
            for run in found
            if (external_trigger is None or run.external_trigger == external_trigger)
            and not (no_backfills and run.is_backfill)
        ]
        return sorted(found, key=lambda run: (run.logical_date or run.run_after, run.run_id))

    @staticmethod
    def find_duplicates(
        dag_id: str, run_id: str, execution_date: Any = None, session: Any = None, **_: Any
    ) -> DagRun | None:
        """The run of this id, or of this logical date; None when there is none (2.x)."""
        found = DagRun.get(dag_id, run_id)
        if found is None and execution_date is not None:
            found = next(iter(DagRun.find(dag_id=dag_id, execution_date=execution_date)), None)
        return found

    @staticmethod
    def get_latest_runs(session: Any = None) -> list[DagRun]:
        """The latest run of each DAG (2.x)."""
        latest = {run.dag_id: run for run in DagRun.find()}
        return list(latest.values())

    @staticmethod
    def active_runs_of_dags(
        dag_ids: Iterable[str] | None = None, only_running: bool = False, session: Any = None
    ) -> dict[str, int]:
        """How many runs of each DAG have not ended; DAGs without one are left out (2.x)."""
        states = ["running"] if only_running else ["running", "queued"]
        wanted = None if dag_ids is None else list(dag_ids)
        counts: dict[str, int] = {}
        for run in DagRun.find(dag_id=wanted, state=states):
            counts[run.dag_id] = counts.get(run.dag_id, 0) + 1
        return counts

    def get_previous_dagrun(self, state: Any = None, session: Any = None) -> DagRun | None:
        """The run before this one by logical date, in `state` when given."""
        return previous_run(self.dag_id, self.logical_date, state)

    def get_previous_scheduled_dagrun(self, session: Any = None) -> DagRun | None:
        """The scheduled run before this one."""
        return previous_run(self.dag_id, self.logical_date, None, run_types=["scheduled"])

    def get_task_instances(self, state: Any = None, session: Any = None) -> list[TaskInstance]:
        """Task instances of the run, in `state` (one or several) when given."""
        question = FindTaskInstances(seq=0, dag_id=self.dag_id, run_ids=[self.run_id], states=texts(state))
        return self._instances(question)

    def get_task_instance(
        self, task_id: str, session: Any = None, *, map_index: int = -1
    ) -> TaskInstance | None:
        """One task instance of the run, None when there is none."""
        question = FindTaskInstances(
            seq=0, dag_id=self.dag_id, run_ids=[self.run_id], task_ids=[task_id], map_index=map_index
        )
        return next(iter(self._instances(question)), None)

    def _instances(self, question: FindTaskInstances) -> list[TaskInstance]:
        from ostro.sdk.taskinstance import TaskInstance

        return [TaskInstance.from_data(data, self) for data in asking.demand(question) or []]


def from_data(data: dict[str, Any]) -> DagRun:
    """The run of an answer."""
    return DagRun(msgspec.convert(data, RunInfo))


def previous_run(
    dag_id: str, before: dt.datetime | None, state: Any, run_types: list[str] | None = None
) -> DagRun | None:
    """The latest run with a logical date before `before`; None without a date."""
    if before is None:
        return None
    question = FindRuns(
        seq=0, dag_id=dag_id, before=before, states=texts(state), run_types=run_types, limit=1
    )
    found = asking.demand(question)
    return from_data(found[0]) if found else None

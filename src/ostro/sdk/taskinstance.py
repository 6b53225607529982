"""`ti` of the context: the running task instance, its XComs, and questions about others.

Its state is what it was when the attempt started (or when it was asked for); only the engine changes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import quote, urlencode

from ostro.errors import UserError
from ostro.protocol.task import CountRuns, FindTaskInstances, FindXComs, GetDag
from ostro.sdk import asking, xcom
from ostro.sdk.dagrun import DagRun, moments, previous_run, texts
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.instance_facts import InstanceFacts
from ostro.sdk.lazy_xcom import LazyXComSequence
from ostro.sdk.log import get_logger
from ostro.sdk.queries.model import Model
from ostro.sdk.timezone import coerce_datetime
from ostro.sdk.types import NOTSET
from ostro.sdk.xcomarg import XCOM_RETURN_KEY

if TYPE_CHECKING:
    import logging

    from pendulum import DateTime


class TaskInstanceKey(NamedTuple):
    """What identifies one try of a task instance."""

    dag_id: str
    task_id: str
    run_id: str
    try_number: int = 1
    map_index: int = -1

    @property
    def primary(self) -> tuple[str, str, str, int]:
        """The key without the try."""
        return self.dag_id, self.task_id, self.run_id, self.map_index


class _Moment:
    """A moment that becomes a pendulum DateTime when it is read."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, ti: TaskInstance, owner: type) -> DateTime | None:
        value: DateTime | None = coerce_datetime(getattr(ti, self._name))
        return value

    def __set__(self, ti: TaskInstance, value: dt.datetime | None) -> None:
        setattr(ti, self._name, value)


class TaskInstance(InstanceFacts, metaclass=Model):
    """One instance of a task in a run."""

    __columns__ = frozenset(
        {
            "dag_id",
            "duration",
            "end_date",
            "execution_date",
            "hostname",
            "id",
            "job_id",
            "logical_date",
            "map_index",
            "max_tries",
            "operator",
            "pid",
            "pool",
            "pool_slots",
            "priority_weight",
            "queue",
            "queued_dttm",
            "run_id",
            "start_date",
            "state",
            "task_id",
            "try_number",
            "unixname",
        }
    )

    start_date = _Moment()
    end_date = _Moment()

    # Values of an instance that says nothing else; on the class, as most of them are asked for by few tasks.
    dag_run: DagRun | None = None
    id: str | None = None
    state: Any = None
    try_number: int = 0
    max_tries: int = 0
    queued_dttm: dt.datetime | None = None
    hostname: str = ""
    pool: str = "default_pool"
    queue: str = "default"
    pool_slots: int = 1
    priority_weight: int = 1
    job_id: int | None = None
    unixname: str | None = None
    operator: str | None = None
    pid: int | None = None
    base_url: str = ""
    rendered_map_index: str | None = None
    #: Where a deferred task goes on, and with what.
    next_method: str | None = None
    next_kwargs: dict[str, Any] | None = None
    #: 2 or 3: which rule `xcom_pull` without task_ids follows.
    dialect: int = 3
    first_start_date: dt.datetime | None = None
    reschedule_count: int = 0
    _start_date: dt.datetime | None = None
    _end_date: dt.datetime | None = None

    def __init__(
        self,
        task: Any = None,
        execution_date: dt.datetime | None = None,
        run_id: str | None = None,
        state: Any = None,
        map_index: int = -1,
        *,
        dag_id: str | None = None,
        task_id: str | None = None,
        start_date: dt.datetime | None = None,
        end_date: dt.datetime | None = None,
        **fields: Any,
    ) -> None:
        self.task = task
        self.map_index = map_index
        self.dag_id: str = dag_id or str(getattr(task, "dag_id", ""))
        self.task_id: str = task_id or str(getattr(task, "task_id", ""))
        if run_id is None and execution_date is not None:
            # As of 1.10: `TaskInstance(task, execution_date).current_state()`.
            runs = DagRun.find(self.dag_id, execution_date=execution_date)
            run_id = runs[-1].run_id if runs else None
        self.run_id: str = run_id or ""
        self._start_date = start_date
        self._end_date = end_date
        #: What a branch or short circuit decided: see `note_skips`.
        self.skip_decision: dict[str, list[str]] = {}
        self.skipped_task_ids: list[str] = []
        if state is not None:
            self.state = state
        self.__dict__.update(fields)

    @classmethod
    def from_data(cls, data: dict[str, Any], dag_run: DagRun | None = None) -> TaskInstance:
        """The instance of an answer of the engine."""
        fields = {key: value for key, value in data.items() if key not in ("run_id", "map_index", "state")}
        fields["queued_dttm"] = fields.pop("queued_at", None)
        state = data.get("state")
        return cls(
            None,
            run_id=data["run_id"],
            map_index=data.get("map_index", -1),
            dag_run=dag_run,
            state=None if state in (None, "none") else _state(state),
            **fields,
        )

    # ---- who it is -----------------------------------------------------------------------------------------

    @property
    def log(self) -> logging.Logger:
        """The logger of the task."""
        return get_logger("airflow.task")

    @property
    def key(self) -> TaskInstanceKey:
        """What identifies this try."""
        return TaskInstanceKey(self.dag_id, self.task_id, self.run_id, self.try_number, self.map_index)

    @property
    def logical_date(self) -> DateTime | None:
        """The logical date of the run."""
        if self.dag_run is None and "logical_date" in self.__dict__:
            known: DateTime | None = coerce_datetime(self.__dict__["logical_date"])
            return known
        run = self.get_dagrun()
        date: DateTime | None = run.logical_date
        return date

    execution_date = logical_date

    @property
    def duration(self) -> float | None:
        """Seconds from start to end; None while it runs."""
        if self.start_date is None or self.end_date is None:
            return None
        return (self.end_date - self.start_date).total_seconds()

    @property
    def task_display_name(self) -> str:
        """The name on screens."""
        return getattr(self.task, "task_display_name", None) or self.task_id

    @property
    def prev_attempted_tries(self) -> int:
        """Tries before this one (2.x)."""
        return max(0, self.try_number - 1)

    @property
    def next_try_number(self) -> int:
        """The number of the next try (2.x)."""
        return self.try_number + 1

    def is_eligible_to_retry(self) -> bool:
        """Whether a failure of this try is followed by another."""
        return self.try_number <= self.max_tries

    def current_state(self, *_: Any, **__: Any) -> Any:
        """The state now (2.x)."""
        self.refresh_from_db()
        return self.state

    def get_dagrun(self, *_: Any, **__: Any) -> DagRun:
        """The run of the instance. Raises AirflowException when it is gone."""
        if self.dag_run is None:
            self.dag_run = DagRun.get(self.dag_id, self.run_id)
        if self.dag_run is None:
            raise AirflowException(f"there is no run {self.run_id!r} of DAG {self.dag_id!r}")
        return self.dag_run

    def set_state(self, state: Any, *_: Any, **__: Any) -> NoReturn:
        """Not from a task (2.x)."""
        raise UserError(
            "a task cannot set the state of a task instance: use the REST API or `ostro tasks clear`; to end itself it "
            "raises AirflowFailException or AirflowSkipException"
        )

    def refresh_from_db(self, *_: Any, **__: Any) -> None:
        """Ask the engine how the instance is now; what is known of the one that runs here is as good."""
        if self.id is not None:
            return
        question = FindTaskInstances(
            seq=0,
            dag_id=self.dag_id,
            run_ids=[self.run_id],
            task_ids=[self.task_id],
            map_index=self.map_index,
        )
        found = asking.demand(question)
        self.state = None
        if found:
            now = TaskInstance.from_data(found[0], self.dag_run)
            self.__dict__.update({k: v for k, v in now.__dict__.items() if k != "task"})

    def get_template_context(self, *_: Any, **__: Any) -> Any:
        """The context of the task that is running."""
        from ostro.sdk.context import get_current_context

        return get_current_context()

    def __repr__(self) -> str:
        index = f" map_index={self.map_index}" if self.map_index >= 0 else ""
        return f"<TaskInstance: {self.dag_id}.{self.task_id} {self.run_id}{index} [{self.state}]>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TaskInstance) and self.key.primary == other.key.primary

    def __hash__(self) -> int:
        return hash(self.key.primary)

    # ---- pages ---------------------------------------------------------------------------------------------

    @property
    def log_url(self) -> str:
        """Address of the page with the log of this try."""
        return f"{self._page()}?{urlencode({'try_number': self.try_number})}"

    @property
    def mark_success_url(self) -> str:
        """Address of the page on which the instance can be marked."""
        return self._page()

    def _page(self) -> str:
        run = quote(self.run_id, safe="")
        mapped = f"/mapped/{self.map_index}" if self.map_index >= 0 else ""
        return f"{self.base_url.rstrip('/')}/dags/{self.dag_id}/runs/{run}/tasks/{self.task_id}{mapped}"

    # ---- XComs ---------------------------------------------------------------------------------------------

    def xcom_push(self, key: str, value: Any, execution_date: Any = None, **_: Any) -> None:
        """Hand a value over to other tasks, at once."""
        xcom.BaseXCom.set(
            key, value, dag_id=self.dag_id, task_id=self.task_id, run_id=self.run_id, map_index=self.map_index
        )

    async def axcom_push(self, key: str, value: Any) -> None:
        """`xcom_push` for coroutines."""
        self.xcom_push(key, value)

    def xcom_pull(
        self,
        task_ids: str | Iterable[str] | None = None,
        dag_id: str | None = None,
        key: str | None = XCOM_RETURN_KEY,
        include_prior_dates: bool = False,
        session: Any = None,
        *,
        map_indexes: Any = NOTSET,
        default: Any = None,
        run_id: str | None = None,
    ) -> Any:
        """Values that tasks handed over.

        One task id gives its value, several give a list. Without `task_ids` it is the instance's own value (a file
        that speaks 2.x: the newest of any task of the run). Without `map_indexes` a mapped task gives the list of the
        values of all its instances. `include_prior_dates` looks in earlier runs too: it gives the values of all of them (a
        file that speaks 2.x: of the latest that has one). A key of None is the one that was pushed last, as in 1.10.
        """
        dag_id, run_id = dag_id or self.dag_id, run_id or self.run_id
        if key is None:
            return self._pull_last(task_ids, dag_id, run_id, default)
        if task_ids is None and self.dialect == 2:
            return self._pull_any(dag_id, run_id, key, map_indexes, default)
        single = task_ids is None or isinstance(task_ids, str)
        tasks = [task_ids or self.task_id] if single else list(task_ids or ())
        if map_indexes is NOTSET:
            if single and default is NOTSET and self._is_mapped(str(tasks[0]), dag_id):
                return LazyXComSequence(dag_id=dag_id, run_id=run_id, task_id=str(tasks[0]), key=key)
            return self._pull_all(tasks, dag_id, run_id, key, include_prior_dates, single, default)
        indexes = [map_indexes] if map_indexes is None or isinstance(map_indexes, int) else list(map_indexes)
        values = []
        for task_id, index in product(tasks, indexes):
            found = xcom.BaseXCom.get_one(
                key=key,
                dag_id=dag_id,
                task_id=str(task_id),
                run_id=run_id,
                map_index=index,
                include_prior_dates=include_prior_dates,
            )
            values.append(default if found is None else found)
        if single and (map_indexes is None or isinstance(map_indexes, int)):
            return values[0]
        return values

    async def axcom_pull(self, *args: Any, **kwargs: Any) -> Any:
        """`xcom_pull` for coroutines."""
        return self.xcom_pull(*args, **kwargs)

    def _pull_all(
        self, tasks: list[Any], dag_id: str, run_id: str, key: str, prior: bool, single: bool, default: Any
    ) -> Any:
        values: list[Any] = []
        for task_id in tasks:
            found = xcom.rows(
                dag_id, run_id, str(task_id), key, include_prior_dates=prior, newest=self.dialect == 2
            )
            values.extend(found or [default])
        return values[0] if single and len(values) == 1 else values

    def _is_mapped(self, task_id: str, dag_id: str) -> bool:
        """Whether the task is mapped itself; one inside a mapped group is pulled as a list, as in Airflow."""
        dag = getattr(self.task, "dag", None)
        if dag is None or dag.dag_id != dag_id or not dag.has_task(task_id):
            return False
        return bool(dag.get_task(task_id).is_mapped)

    def _pull_last(self, task_ids: Any, dag_id: str, run_id: str, default: Any) -> Any:
        """What the tasks pushed last, whatever its key; for one task id a value, for several a list."""
        single = task_ids is None or isinstance(task_ids, str)
        values = []
        for task_id in [task_ids or self.task_id] if single else list(task_ids):
            question = FindXComs(seq=0, dag_id=dag_id, run_ids=[run_id], task_ids=[task_id], values=False)
            rows = [r for r in asking.demand(question) or [] if r["key"] != "skipmixin_key"]
            last = max(rows, key=lambda r: str(r["timestamp"]), default=None)
            values.append(
                default
                if last is None
                else xcom.BaseXCom.get_one(
                    key=last["key"],
                    dag_id=dag_id,
                    task_id=task_id,
                    run_id=run_id,
                    map_index=last["map_index"],
                )
            )
        return values[0] if single else values

    def _pull_any(self, dag_id: str, run_id: str, key: str, map_indexes: Any, default: Any) -> Any:
        """2.x without task_ids: the value pushed last. The push itself has no time here, its task's end has."""
        found = asking.demand(FindTaskInstances(seq=0, dag_id=dag_id, run_ids=[run_id])) or []
        unset = map_indexes is NOTSET or map_indexes is None
        wanted = None if unset else {map_indexes} if isinstance(map_indexes, int) else set(map_indexes)
        last = dt.datetime.max.replace(tzinfo=dt.UTC)
        rows = [r for r in found if r.get("start_date") and (wanted is None or r["map_index"] in wanted)]
        for data in sorted(rows, key=lambda r: r.get("end_date") or last, reverse=True):
            value = xcom.BaseXCom.get_one(
                key=key, dag_id=dag_id, task_id=data["task_id"], run_id=run_id, map_index=data["map_index"]
            )
            if value is not None:
                return value
        return default

    def get_relevant_upstream_map_indexes(
        self, upstream: Any, ti_count: int | None = None, session: Any = None
    ) -> int | None:
        """The map index of an upstream task in the same mapped group; None when all its instances matter."""
        if self.task is None or self.map_index < 0:
            return None
        own = self.task.get_closest_mapped_task_group()
        if own is None or upstream.get_closest_mapped_task_group() is not own:
            return None
        return self.map_index

    # ---- deciding about tasks after it ---------------------------------------------------------------------

    def note_skips(self, decision: Mapping[str, Sequence[str]], skipped: Sequence[str]) -> None:
        """Skip tasks after this one when it succeeds; `decision` is kept as the XCom `skipmixin_key`.

        In a file that speaks 3.x an instance in a mapped group, or of a mapped `@task`, decides nothing, as in Airflow
        3.3.2; one of a mapped operator decides about the instances of its own map index right after it.
        """
        if self.map_index >= 0 and self.dialect != 2:
            template: Any = self.task.dag.get_task(self.task_id)
            if not template.is_mapped or template.is_mapped_function:
                return
        for kind, names in decision.items():
            self.skip_decision.setdefault(kind, []).extend(names)
        self.skipped_task_ids.extend(name for name in skipped if name not in self.skipped_task_ids)

    def render_templates(self, context: Any = None, jinja_env: Any = None) -> Any:
        """Render the template fields of the task; gives the task."""
        self.task.render_template_fields(context or self.get_template_context(), jinja_env)
        return self.task

    # ---- other runs and instances --------------------------------------------------------------------------

    def get_previous_dagrun(self, state: Any = None, *_: Any, **__: Any) -> DagRun | None:
        """The run before this one by logical date, in `state` when given."""
        return previous_run(self.dag_id, self.logical_date, state)

    def get_previous_ti(
        self,
        state: Any = None,
        logical_date: dt.datetime | None = None,
        map_index: int | None = -1,
        *_: Any,
        **__: Any,
    ) -> TaskInstance | None:
        """The instance of this task in the latest run before, in `state` when given."""
        before = logical_date or self.logical_date
        if before is None:
            return None
        question = FindTaskInstances(
            seq=0, dag_id=self.dag_id, task_ids=[self.task_id], states=texts(state), map_index=map_index
        )
        rows = [
            r for r in asking.demand(question) or [] if r.get("logical_date") and r["logical_date"] < before
        ]
        latest = max(rows, key=lambda r: r["logical_date"], default=None)
        return None if latest is None else TaskInstance.from_data(latest)

    @property
    def previous_ti(self) -> TaskInstance | None:
        """The instance of the run before (2.x)."""
        return self.get_previous_ti()

    @property
    def previous_ti_success(self) -> TaskInstance | None:
        """The last successful instance (2.x)."""
        return self.get_previous_ti(state="success")

    def get_previous_execution_date(self, state: Any = None, *_: Any, **__: Any) -> DateTime | None:
        """The logical date of the run before (2.x)."""
        run = self.get_previous_dagrun(state)
        return None if run is None else run.execution_date

    def get_previous_start_date(self, state: Any = None, *_: Any, **__: Any) -> DateTime | None:
        """When the run before started (2.x)."""
        run = self.get_previous_dagrun(state)
        date: DateTime | None = None if run is None else run.start_date
        return date

    def get_first_reschedule_date(self, first_try_number: Any = None, *_: Any) -> dt.datetime | None:
        """When the present series of reschedules began, None when there was none."""
        return self.first_start_date if self.reschedule_count else None

    @staticmethod
    def get_ti_count(
        dag_id: str,
        map_index: int | None = None,
        task_ids: list[str] | None = None,
        task_group_id: str | None = None,
        logical_dates: list[dt.datetime] | None = None,
        run_ids: list[str] | None = None,
        states: list[str] | None = None,
    ) -> int:
        """Number of task instances that fit."""
        question = _find(dag_id, map_index, task_ids, task_group_id, logical_dates, run_ids, states)
        return len(asking.demand(question) or [])

    @staticmethod
    def get_task_states(
        dag_id: str,
        map_index: int | None = None,
        task_ids: list[str] | None = None,
        task_group_id: str | None = None,
        logical_dates: list[dt.datetime] | None = None,
        run_ids: list[str] | None = None,
    ) -> dict[str, dict[str, Any]]:
        """States by run id and task id (a mapped one as id_index)."""
        question = _find(dag_id, map_index, task_ids, task_group_id, logical_dates, run_ids, None)
        found: dict[str, dict[str, Any]] = {}
        for data in asking.demand(question) or []:
            name = data["task_id"] if data["map_index"] < 0 else f"{data['task_id']}_{data['map_index']}"
            state = None if data["state"] in (None, "none") else data["state"]
            found.setdefault(data["run_id"], {})[name] = state
        return found

    @staticmethod
    def get_task_breadcrumbs(dag_id: str, run_id: str) -> Iterable[dict[str, Any]]:
        """A short line for each instance of a run that has ended."""
        ended = ["success", "failed", "skipped", "upstream_failed", "removed"]
        rows = asking.demand(FindTaskInstances(seq=0, dag_id=dag_id, run_ids=[run_id], states=ended)) or []
        for data in rows:
            ti = TaskInstance.from_data(data)
            yield {
                "task_id": ti.task_id,
                "map_index": ti.map_index,
                "state": data["state"],
                "operator": ti.operator,
                "duration": ti.duration,
            }

    @staticmethod
    def get_dr_count(
        dag_id: str,
        logical_dates: list[dt.datetime] | None = None,
        run_ids: list[str] | None = None,
        states: list[str] | None = None,
    ) -> int:
        """Number of runs that fit."""
        question = CountRuns(
            seq=0, dag_id=dag_id, logical_dates=moments(logical_dates), run_ids=run_ids, states=texts(states)
        )
        return int(asking.demand(question) or 0)

    @staticmethod
    def get_dagrun_state(dag_id: str, run_id: str) -> str:
        """State of a run. Raises AirflowException when there is none."""
        run = DagRun.get(dag_id, run_id)
        if run is None:
            raise AirflowException(f"there is no run {run_id!r} of DAG {dag_id!r}")
        return str(run.state.value)

    @staticmethod
    def get_dag(dag_id: str) -> dict[str, Any]:
        """What the engine knows of a DAG. Raises AirflowException when it does not exist."""
        data = asking.demand(GetDag(seq=0, dag_id=dag_id))
        if data is None:
            raise AirflowException(f"there is no DAG {dag_id!r}")
        known: dict[str, Any] = data
        return known


def _find(
    dag_id: str,
    map_index: int | None,
    task_ids: list[str] | None,
    group_id: str | None,
    logical_dates: list[dt.datetime] | None,
    run_ids: list[str] | None,
    states: list[str] | None,
) -> FindTaskInstances:
    return FindTaskInstances(
        seq=0,
        dag_id=dag_id,
        map_index=map_index,
        task_ids=task_ids,
        group_id=group_id,
        logical_dates=moments(logical_dates),
        run_ids=run_ids,
        states=texts(states),
    )


def _state(text: str) -> Any:
    from ostro.sdk.enums import TaskInstanceState

    return TaskInstanceState(text)

"""`DAG`: a set of tasks with an order and a schedule."""

from __future__ import annotations

import copy
import datetime as dt
import os
import sys
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from ostro.sdk import dialect, parsing, scope
from ostro.sdk.dag_arguments import (
    MAX_TAG_LENGTH,
    as_datetime,
    file_of_author,
    old_arguments,
    run_types,
    searchpath,
)
from ostro.sdk.dag_facts import DagFacts
from ostro.sdk.enums import TriggerRule
from ostro.sdk.exceptions import (
    AirflowException,
    DuplicateTaskIdFound,
    FailFastDagInvalidTriggerRule,
    TaskNotFound,
)
from ostro.sdk.fields import moment, some
from ostro.sdk.graph import sort_tasks
from ostro.sdk.node import validate_key
from ostro.sdk.params import DagParam, ParamsDict
from ostro.sdk.schedule import ScheduleMixin
from ostro.sdk.taskgroup import TaskGroup
from ostro.sdk.timezone import coerce_datetime, make_aware, utcnow
from ostro.sdk.types import NOTSET, ArgNotSet, is_arg_set

if TYPE_CHECKING:
    from ostro.sdk.abstractoperator import AbstractOperator
    from ostro.sdk.baseoperator import BaseOperator
    from ostro.sdk.decorators import TaskDecoratorCollection


class DAG(ScheduleMixin, DagFacts):
    """A set of tasks with an order and a schedule. Inside `with DAG(...)` tasks and groups join it.

    All arguments of Airflow 2.x and 3.x are taken. What depends on the dialect of the file (cron intervals, catchup)
    is settled when the file was imported to its end: `settle`.
    Raises DagInvalid with a sentence for what cannot be.
    """

    def __init__(
        self,
        dag_id: str,
        *positional: Any,
        description: str | None = None,
        schedule: Any = NOTSET,
        start_date: dt.datetime | ArgNotSet | None = NOTSET,
        end_date: dt.datetime | None = None,
        template_searchpath: str | Iterable[str] | None = None,
        template_undefined: Any = None,
        user_defined_macros: dict[str, Any] | None = None,
        user_defined_filters: dict[str, Any] | None = None,
        default_args: Mapping[str, Any] | ArgNotSet | None = NOTSET,
        max_active_tasks: int | ArgNotSet | None = NOTSET,
        max_active_runs: int | ArgNotSet | None = NOTSET,
        max_consecutive_failed_dag_runs: int | ArgNotSet | None = NOTSET,
        dagrun_timeout: dt.timedelta | None = None,
        deadline: Any = None,
        sla_miss_callback: Any = None,
        catchup: bool | ArgNotSet | None = NOTSET,
        on_success_callback: Any = None,
        on_failure_callback: Any = None,
        doc_md: str | None = None,
        params: Mapping[str, Any] | None = None,
        access_control: Mapping[str, Any] | None = None,
        is_paused_upon_creation: bool | None = None,
        jinja_environment_kwargs: dict[str, Any] | None = None,
        render_template_as_native_obj: bool = False,
        tags: Collection[str] | ArgNotSet | None = NOTSET,
        owner_links: dict[str, str] | ArgNotSet | None = NOTSET,
        auto_register: bool = True,
        fail_fast: bool = False,
        allowed_run_types: Any = None,
        dag_display_name: str | ArgNotSet | None = NOTSET,
        task_group: TaskGroup | ArgNotSet | None = NOTSET,
        disable_bundle_versioning: bool | ArgNotSet | None = NOTSET,
        rerun_with_latest_version: bool | None = None,
        **old: Any,
    ) -> None:
        old = old_arguments(dag_id, positional, old)
        given = old.get
        validate_key(dag_id, what="dag_id")
        self.dag_id = dag_id
        self.description = given("description", description)
        self.default_args: dict[str, Any] = copy.copy(dict(default_args)) if default_args else {}
        self.params = self._initial_params(params)
        self._take_dates(given("start_date", start_date), given("end_date", end_date))
        self._take_schedule(given("schedule", schedule), catchup)
        self.template_searchpath = searchpath(given("template_searchpath", template_searchpath))
        self.template_undefined = template_undefined
        self.user_defined_macros = user_defined_macros
        self.user_defined_filters = user_defined_filters
        self.jinja_environment_kwargs = jinja_environment_kwargs
        self.render_template_as_native_obj = render_template_as_native_obj
        self.max_active_tasks = self._limit(
            "max_active_tasks", given("max_active_tasks", max_active_tasks), "max_active_tasks_per_dag"
        )
        self.max_active_runs = self._limit("max_active_runs", max_active_runs, "max_active_runs_per_dag")
        #: False: the number is only a default, so a schedule that allows fewer lowers it.
        self.max_active_runs_given = isinstance(max_active_runs, int)
        self.max_consecutive_failed_dag_runs = self._limit(
            "max_consecutive_failed_dag_runs",
            max_consecutive_failed_dag_runs,
            "max_consecutive_failed_dag_runs_per_dag",
        )
        self.dagrun_timeout = self._timeout(dagrun_timeout)
        self.deadline = deadline
        self.sla_miss_callback = sla_miss_callback
        self.on_success_callback = on_success_callback
        self.on_failure_callback = on_failure_callback
        # An empty one takes away what an earlier version of the file gave.
        self.access_control = None if access_control is None else dict(access_control)
        self.is_paused_upon_creation = is_paused_upon_creation
        self.tags: set[str] = self._checked_tags(tags or ())
        self.owner_links: dict[str, str] = dict(owner_links or {})
        self.auto_register = auto_register
        self.fail_fast = bool(given("fail_fast", fail_fast))
        self.allowed_run_types = run_types(allowed_run_types)
        self.dag_display_name: str = dag_display_name or dag_id
        self.disable_bundle_versioning = bool(disable_bundle_versioning)
        self.rerun_with_latest_version = rerun_with_latest_version
        self.fileloc = file_of_author()
        self.relative_fileloc: str | None = None
        self.task_dict: dict[str, AbstractOperator] = {}
        self.edge_info: dict[str, dict[str, dict[str, Any]]] = {}
        self.task_group: TaskGroup = task_group or TaskGroup.create_root(self)
        if self.task_group.dag is None:
            self.task_group.dag = self
        self.last_loaded = dt.datetime.now(dt.UTC)
        self.doc_md = self._text_of_doc(doc_md)

    # ---- reading the arguments ----------------------------------------------------------------------------

    def _initial_params(self, params: Mapping[str, Any] | None) -> ParamsDict:
        merged = ParamsDict()
        for layer in (self.default_args.pop("params", None), params):
            if layer:
                merged.update(layer)
        return merged

    def _take_dates(self, start: Any, end: Any) -> None:
        defaults = self.default_args
        chosen_start = start if start else defaults.get("start_date")
        chosen_end = end if end else defaults.get("end_date")
        self._choose_timezone(as_datetime(chosen_start) or as_datetime(chosen_end))
        self.start_date = self._to_utc("start_date", chosen_start)
        self.end_date = self._to_utc("end_date", chosen_end)
        for name in ("start_date", "end_date"):
            if defaults.get(name) is not None:
                defaults[name] = self._to_utc(name, defaults[name])
        if self.start_date and self.end_date and self.start_date > self.end_date:
            # Airflow takes it: such a DAG has no scheduled runs.
            self.log_warning(
                "start_date %s is after end_date %s: it has no scheduled runs", self.start_date, self.end_date
            )

    def _to_utc(self, name: str, value: Any) -> dt.datetime | None:
        if value is None:
            return None
        parsed = as_datetime(value)
        if parsed is None:
            raise self.invalid(f"{name} is {value!r}; give a datetime")
        if parsed.utcoffset() is None:
            parsed = make_aware(parsed, self.timezone)
        return cast("dt.datetime", moment(parsed))

    def _limit(self, name: str, value: Any, setting: str) -> int:
        if value is None or isinstance(value, ArgNotSet):
            value = parsing.default(setting)
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise self.invalid(f"{name} is {value!r}; give a whole number") from None
        if number < 0 and name != "max_active_tasks":
            raise self.invalid(f"{name} is {number}; give 0 (no limit) or more")
        return number

    def _timeout(self, value: Any) -> dt.timedelta | None:
        if value is None or isinstance(value, dt.timedelta):
            return value
        raise self.invalid(f"dagrun_timeout is {value!r}; give a timedelta")

    def _checked_tags(self, tags: Collection[str]) -> set[str]:
        if isinstance(tags, str):
            # Airflow takes it for a list of letters, and nobody means that.
            self.log_warning("tags is the string %r, taken for one tag; give a list of strings", tags)
            tags = [tags]
        for tag in tags:
            if len(tag) > MAX_TAG_LENGTH:
                raise self.invalid(
                    f"the tag {tag[:20]!r}… has {len(tag)} characters; use at most {MAX_TAG_LENGTH}"
                )
        return set(tags)

    def _text_of_doc(self, doc_md: str | None) -> str | None:
        """The text, or that of the .md file it names: beside the DAG file or on the search path."""
        if doc_md is None or not doc_md.endswith(".md") or "\n" in doc_md:
            return doc_md
        places = [self.folder, *(self.template_searchpath or ())]
        for path in [doc_md, *(os.path.join(p, doc_md) for p in places)]:
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as opened:
                    return opened.read()
        return doc_md

    # ---- who it is ----------------------------------------------------------------------------------------

    def earliest(self) -> dt.datetime | None:
        """Bound of scheduled runs: the DAG's start date, or the first of its tasks'."""
        starts: list[dt.datetime] = [self.start_date] if self.start_date is not None else []
        starts += [t.start_date for t in self.tasks if t.start_date is not None]
        return min(starts) if starts else None

    def latest(self) -> dt.datetime | None:
        """Bound of scheduled runs: the DAG's end date, or the last of its tasks' when all have one."""
        ends: list[dt.datetime] = [t.end_date for t in self.tasks if t.end_date is not None]
        if not ends or len(ends) < len(self.tasks):
            return self.end_date
        return max([*ends, self.end_date] if self.end_date is not None else ends)

    def __repr__(self) -> str:
        return f"<DAG: {self.dag_id}>"

    def __setattr__(self, name: str, value: Any) -> None:
        # Authors set one function where a list is kept, and after the DAG was made too.
        if name in ("on_success_callback", "on_failure_callback"):
            value = some(value)
        super().__setattr__(name, value)

    def __lt__(self, other: DAG) -> bool:
        return self.dag_id < other.dag_id

    @property
    def node_id(self) -> str:
        """The dag_id."""
        return self.dag_id

    @property
    def folder(self) -> str:
        """Folder of the DAG file: where template files are looked for."""
        return os.path.dirname(self.fileloc)

    @property
    def filepath(self) -> str:
        """Path of the file inside the DAG folder (2.x)."""
        return self.relative_fileloc or self.fileloc

    @property
    def full_filepath(self) -> str:
        """Path of the file (1.10)."""
        return self.fileloc

    @property
    def concurrency(self) -> int:
        """`max_active_tasks` by its 1.10 name."""
        return self.max_active_tasks

    @concurrency.setter
    def concurrency(self, value: int) -> None:
        self.max_active_tasks = value

    @property
    def fail_stop(self) -> bool:
        """`fail_fast` by its 2.x name."""
        return self.fail_fast

    @property
    def owner(self) -> str:
        """Owners of the tasks, comma separated."""
        return ", ".join(sorted({t.owner for t in self.tasks}))

    @property
    def has_on_success_callback(self) -> bool:
        """Whether something is called when a run succeeds."""
        return bool(self.on_success_callback)

    @property
    def has_on_failure_callback(self) -> bool:
        """Whether something is called when a run fails."""
        return bool(self.on_failure_callback)

    @property
    def allow_future_exec_dates(self) -> bool:
        """Whether a run may be for a date to come (2.x): only without a schedule."""
        return not self.timetable.can_be_scheduled

    def get_is_paused(self) -> bool | None:
        """Whether the DAG is paused; None when no engine knows it."""
        from ostro.protocol.task import GetDag
        from ostro.sdk import asking

        if not asking.connected():
            return None
        found = asking.demand(GetDag(seq=0, dag_id=self.dag_id))
        return None if found is None else bool(found["is_paused"])

    # ---- tasks and groups ---------------------------------------------------------------------------------

    @property
    def tasks(self) -> list[Any]:
        """All tasks, in the order of their making."""
        return list(self.task_dict.values())

    @property
    def task_ids(self) -> list[str]:
        """Ids of all tasks."""
        return list(self.task_dict)

    @property
    def task_group_dict(self) -> dict[str, TaskGroup]:
        """All groups by id."""
        return {k: v for k, v in self.task_group.get_task_group_dict().items() if k is not None}

    @property
    def roots(self) -> list[Any]:
        """Tasks without upstream."""
        return [t for t in self.tasks if not t.upstream_task_ids]

    @property
    def leaves(self) -> list[Any]:
        """Tasks without downstream."""
        return [t for t in self.tasks if not t.downstream_task_ids]

    @property
    def teardowns(self) -> list[Any]:
        """All teardowns."""
        return [t for t in self.tasks if t.is_teardown]

    @property
    def tasks_upstream_of_teardowns(self) -> list[Any]:
        """Tasks directly before a teardown that are no teardowns."""
        ids = {u for t in self.teardowns for u in t.upstream_task_ids}
        return [self.task_dict[i] for i in sorted(ids) if not self.task_dict[i].is_teardown]

    def has_task(self, task_id: str) -> bool:
        """Whether there is a task of this id."""
        return task_id in self.task_dict

    def has_task_group(self, task_group_id: str) -> bool:
        """Whether there is a group of this id."""
        return task_group_id in self.task_group_dict

    def get_task(self, task_id: str) -> Any:
        """The task. Raises TaskNotFound."""
        try:
            return self.task_dict[task_id]
        except KeyError:
            raise TaskNotFound(f"Task {task_id} not found in DAG {self.dag_id}") from None

    def __getitem__(self, task_id: str) -> Any:
        return self.get_task(task_id)

    def add_task(self, task: Any) -> None:
        """Put a task into the DAG. Raises DuplicateTaskIdFound, FailFastDagInvalidTriggerRule."""
        task_id = task.task_id
        known = self.task_dict.get(task_id)
        if known is task:
            return
        if known is not None or task_id in self.task_group.used_group_ids:
            kind = "task" if known is not None else "group"
            raise DuplicateTaskIdFound(
                f"Task id '{task_id}' has already been added to the DAG: {self.dag_id!r} has a {kind} of that name; rename one"
            )
        if task.task_group is None:
            group = scope.current_group(self)
            if group is not None:
                group.add(task)
        self._fit_dates(task)
        self.task_dict[task_id] = task
        self.task_group.used_group_ids.add(task_id)
        task.dag = self
        if self.fail_fast:
            self._check_fail_fast(task)

    def add_tasks(self, tasks: Iterable[BaseOperator]) -> None:
        """Put tasks into the DAG."""
        for task in tasks:
            self.add_task(task)

    def _fit_dates(self, task: Any) -> None:
        """A task lives at most as long as its DAG."""
        starts = [d for d in (task.start_date, self.start_date) if d is not None]
        ends = [d for d in (task.end_date, self.end_date) if d is not None]
        task.start_date = max(starts) if starts else None
        task.end_date = min(ends) if ends else None

    def _check_fail_fast(self, task: Any) -> None:
        if not task.is_teardown and task.trigger_rule != TriggerRule.ALL_SUCCESS:
            raise FailFastDagInvalidTriggerRule(
                f"DAG {self.dag_id!r} is fail_fast, so all its tasks need the trigger rule all_success; "
                f"task {task.task_id!r} has {task.trigger_rule.value}"
            )

    def set_dependency(self, upstream_task_id: str, downstream_task_id: str) -> None:
        """Put one task before another, by their ids."""
        self.get_task(upstream_task_id).set_downstream(self.get_task(downstream_task_id))

    def get_edge_info(self, upstream_task_id: str, downstream_task_id: str) -> dict[str, Any]:
        """What is known of an edge: its label."""
        return self.edge_info.get(upstream_task_id, {}).get(downstream_task_id, {})

    def set_edge_info(self, upstream_task_id: str, downstream_task_id: str, info: dict[str, Any]) -> None:
        """Say something of an edge."""
        self.edge_info.setdefault(upstream_task_id, {})[downstream_task_id] = info

    def topological_sort(self) -> tuple[Any, ...]:
        """Tasks, each after those it depends on. Raises AirflowDagCycleException."""
        return tuple(sort_tasks(self.dag_id, self.task_dict))

    def check_cycle(self) -> None:
        """Raise AirflowDagCycleException when tasks depend on each other in a ring."""
        sort_tasks(self.dag_id, self.task_dict)

    def task_subset_regex(self, pattern: str) -> list[Any]:
        """Tasks whose id has the pattern."""
        import re

        return [t for t in self.tasks if re.search(pattern, t.task_id)]

    def partial_subset(
        self,
        task_ids: Any = None,
        include_downstream: bool = False,
        include_upstream: bool = True,
        include_direct_upstream: bool = False,
        depth: int | None = None,
        *,
        exclude_task_ids: Collection[str] = (),
        task_ids_or_regex: Any = None,
    ) -> DAG:
        """A copy with some tasks only (ids, or a regular expression), and what stands before or after them."""
        from ostro.sdk.subset import subset

        return subset(
            self,
            task_ids if task_ids is not None else task_ids_or_regex,
            downstream=include_downstream,
            upstream=include_upstream,
            direct_upstream=include_direct_upstream,
            depth=depth,
            exclude=exclude_task_ids,
        )

    def sub_dag(self, *args: Any, **kwargs: Any) -> DAG:
        """`partial_subset` by its 1.10 name."""
        return self.partial_subset(*args, **kwargs)

    # ---- params -------------------------------------------------------------------------------------------

    def param(self, name: str, default: Any = NOTSET) -> DagParam:
        """A value that a run may override, for arguments of tasks."""
        return DagParam(self, name, default)

    def add_result(self, task: Any) -> None:
        """The DAG's result is that of this task (3.3)."""
        task_ids = {t.task_id for t in task.roots}
        self.result_task_ids = getattr(self, "result_task_ids", set()) | task_ids

    # ---- making -------------------------------------------------------------------------------------------

    def __enter__(self) -> DAG:
        scope.push_dag(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, traceback: object) -> None:
        scope.pop_dag()
        context = parsing.current()
        if context is not None and self.auto_register and self not in context.made:
            context.made.append(self)

    @property
    def task(self) -> TaskDecoratorCollection:
        """`@dag.task`: decorators whose tasks join this DAG."""
        from ostro.sdk.decorators import bound_to

        return bound_to(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> DAG:
        other = object.__new__(type(self))
        memo[id(self)] = other
        shallow = {"user_defined_macros", "user_defined_filters", "params", "template_undefined"}
        for name, value in self.__dict__.items():
            other.__dict__[name] = value if name in shallow else copy.deepcopy(value, memo)
        return other

    def pickle_id(self) -> None:
        """Airflow 1.10 could store pickled DAGs; Ostro does not."""
        return None

    # ---- templates ----------------------------------------------------------------------------------------

    def get_template_env(self, *, force_sandboxed: bool = False) -> Any:
        """The Jinja environment of the DAG's templates."""
        from ostro.sdk import templater

        return templater.environment_of_dag(self, force_sandboxed=force_sandboxed)

    def resolve_template_files(self) -> None:
        """Replace fields that name a template file by the file's text, in all tasks."""
        for task in self.tasks:
            if hasattr(task, "resolve_template_files"):
                task.resolve_template_files()

    # ---- by hand ------------------------------------------------------------------------------------------

    def test(
        self,
        run_after: dt.datetime | None = None,
        logical_date: dt.datetime | ArgNotSet | None = NOTSET,
        run_conf: dict[str, Any] | None = None,
        conn_file_path: str | None = None,
        variable_file_path: str | None = None,
        use_executor: bool = False,
        mark_success_pattern: str | None = None,
        execution_date: dt.datetime | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the DAG here and now, in this process; gives the finished run.

        Without a logical date it is now; with None the run has none.
        """
        from ostro.sdk.runner import run_dag

        if execution_date is not None and not is_arg_set(logical_date):
            dialect.note("argument", "DAG.test(execution_date=…)", "logical_date=")
            logical_date = execution_date
        if isinstance(logical_date, ArgNotSet):
            logical_date = utcnow()
        return run_dag(
            self,
            run_after=coerce_datetime(run_after),
            logical_date=coerce_datetime(logical_date),
            conf=run_conf,
            conn_file_path=conn_file_path,
            variable_file_path=variable_file_path,
            mark_success_pattern=mark_success_pattern,
        )

    def cli(self) -> None:
        """The command line of this one DAG: `python my_dag.py …` does what `ostro dags …` does."""
        from ostro.sdk.runner import command_line

        command_line(self, sys.argv[1:])

    def run(self, *args: Any, **kwargs: Any) -> None:
        """1.10 and 2.x ran a backfill here; start one with `ostro backfill create`."""
        raise AirflowException(
            f"DAG.run() of Airflow 2 does not exist: use dag.test() or `ostro backfill create --dag-id {self.dag_id}`"
        )

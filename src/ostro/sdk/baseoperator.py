"""The base of all operators that authors write: `BaseOperator`."""

from __future__ import annotations

import copy
import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from ostro.sdk import scope
from ostro.sdk.abstractoperator import AbstractOperator, set_upstream_of_results
from ostro.sdk.exceptions import AirflowException, DagInvalid, TaskDeferred
from ostro.sdk.fields import FIELDS, read_field, read_fields
from ostro.sdk.log import get_logger
from ostro.sdk.node import validate_key
from ostro.sdk.operatormeta import OperatorMeta
from ostro.sdk.params import ParamsDict
from ostro.sdk.public_names import public_name
from ostro.sdk.types import NOTSET, ArgNotSet

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG
    from ostro.sdk.mapped import OperatorPartial
    from ostro.sdk.taskgroup import TaskGroup


class BaseOperator(AbstractOperator, metaclass=OperatorMeta):
    """A task: subclasses take their arguments in `__init__` and do the work in `execute(context)`.

    All arguments are those of Airflow. Numbers may be given as text; `retry_delay` may be seconds. Unknown arguments
    raise a TypeError that lists them; a value that cannot be used raises DagInvalid.
    """

    #: Arguments of 1.10 and 2.x: the new name, or None when they have no effect any more.
    old_arguments: ClassVar[Mapping[str, str | None]] = {
        "task_concurrency": "max_active_tis_per_dag",
        "provide_context": None,
        "adhoc": None,
    }

    _pre_execute_hook: Callable[[Any], None] | None = None
    _post_execute_hook: Callable[[Any, Any], None] | None = None
    _finished_init = False

    def __init__(
        self,
        task_id: str,
        owner: str | ArgNotSet = NOTSET,
        email: str | Iterable[str] | None = None,
        email_on_retry: bool | ArgNotSet = NOTSET,
        email_on_failure: bool | ArgNotSet = NOTSET,
        retries: int | ArgNotSet | None = NOTSET,
        retry_delay: dt.timedelta | float | ArgNotSet | None = NOTSET,
        retry_exponential_backoff: bool | float | ArgNotSet = NOTSET,
        max_retry_delay: dt.timedelta | float | None = None,
        retry_policy: Any = None,
        start_date: dt.datetime | None = None,
        end_date: dt.datetime | None = None,
        depends_on_past: bool | ArgNotSet = NOTSET,
        ignore_first_depends_on_past: bool | ArgNotSet = NOTSET,
        wait_for_past_depends_before_skipping: bool | ArgNotSet = NOTSET,
        wait_for_downstream: bool | ArgNotSet = NOTSET,
        dag: DAG | None = None,
        params: Mapping[str, Any] | None = None,
        default_args: dict[str, Any] | None = None,
        priority_weight: int | ArgNotSet = NOTSET,
        weight_rule: Any = NOTSET,
        queue: str | ArgNotSet = NOTSET,
        pool: str | ArgNotSet | None = NOTSET,
        pool_slots: int | ArgNotSet = NOTSET,
        sla: dt.timedelta | None = None,
        execution_timeout: dt.timedelta | ArgNotSet | None = NOTSET,
        on_execute_callback: Any = None,
        on_failure_callback: Any = None,
        on_success_callback: Any = None,
        on_retry_callback: Any = None,
        on_skipped_callback: Any = None,
        pre_execute: Callable[[Any], None] | None = None,
        post_execute: Callable[[Any, Any], None] | None = None,
        trigger_rule: str | ArgNotSet = NOTSET,
        resources: dict[str, Any] | None = None,
        run_as_user: str | None = None,
        map_index_template: str | None = None,
        max_active_tis_per_dag: int | None = None,
        max_active_tis_per_dagrun: int | None = None,
        executor: str | None = None,
        executor_config: dict[str, Any] | None = None,
        do_xcom_push: bool | ArgNotSet = NOTSET,
        multiple_outputs: bool | ArgNotSet = NOTSET,
        inlets: Any = None,
        outlets: Any = None,
        task_group: TaskGroup | None = None,
        doc: str | None = None,
        doc_md: str | None = None,
        doc_json: str | None = None,
        doc_yaml: str | None = None,
        doc_rst: str | None = None,
        task_display_name: str | None = None,
        logger_name: str | None = None,
        allow_nested_operators: bool | ArgNotSet = NOTSET,
        render_template_as_native_obj: bool | None = None,
        **kwargs: Any,
    ) -> None:
        given = {name: value for name, value in locals().items() if name in FIELDS}
        if kwargs:
            from ostro.sdk.hints import did_you_mean
            from ostro.sdk.operatormeta import parameters_of

            listed = ", ".join(f"{name}={value!r}" for name, value in kwargs.items())
            hint = did_you_mean(next(iter(kwargs)), parameters_of(type(self)))
            raise TypeError(
                f"Invalid arguments were passed to {type(self).__name__} (task_id: {task_id}). "
                f"Invalid arguments were: {listed}{hint}"
            )
        validate_key(task_id, what="task_id")
        dag = dag or scope.current_dag()
        if task_group is None and not scope.is_detached():
            task_group = scope.current_group(dag)
        if dag is None and task_group is not None:
            dag = task_group.dag
        self.upstream_task_ids = set()
        self.downstream_task_ids = set()
        self.task_id = task_group.child_id(task_id) if task_group is not None else task_id
        self.__dict__.update(read_fields(given, task=f"task {self.task_id!r}"))
        if self.wait_for_downstream:
            self.depends_on_past = True
        self.params = merged_params(dag, self.__dict__.get("_default_args"), params)
        self._pre_execute_hook = pre_execute
        self._post_execute_hook = post_execute
        # What the engine and screens call the task; the id unless the author says otherwise.
        self.task_display_name = self.task_display_name or self.task_id
        if scope.is_detached():
            self.__dict__["_dag"] = dag
            return
        # In the DAG at once, as code of subclasses after super().__init__() may use self.dag.
        if task_group is not None:
            task_group.add(self)
        if dag is not None:
            dag.add_task(self)
        scope.announce(self)

    def _finish_init(self) -> None:
        """Called once, when the outermost `__init__` is done."""
        name = type(self).__name__
        if "task_id" not in self.__dict__:
            raise DagInvalid(f"{name}.__init__ does not call super().__init__(**kwargs); operators must")
        if isinstance(self.template_fields, str):
            raise TypeError(
                f"{name}.template_fields is the string {self.template_fields!r}; "
                f"write a list of names, or ({self.template_fields!r},) with a comma"
            )
        for field in self.template_fields:
            if not hasattr(self, field):
                raise AirflowException(
                    f"Missing field: {name}.template_fields names {field!r}, but task {self.task_id!r} has no such attribute; "
                    "set it in __init__"
                )
        self._finished_init = True
        self._set_xcomargs_dependencies()

    def _set_xcomargs_dependencies(self) -> None:
        if not scope.is_detached():
            set_upstream_of_results(self, (getattr(self, f) for f in self.template_fields))

    def __setattr__(self, name: str, value: Any) -> None:
        if self._finished_init:
            if name in FIELDS and name not in ("on_failure_fail_dagrun",) and value is not None:
                value = read_field(name, value, task=f"task {self.task_id!r}")
            super().__setattr__(name, value)
            if name in self.template_fields and not scope.is_detached():
                set_upstream_of_results(self, [value])
            return
        super().__setattr__(name, value)

    # ---- the DAG ------------------------------------------------------------------------------------------

    @property
    def dag(self) -> DAG | None:
        """The DAG that the task belongs to."""
        return self.__dict__.get("_dag")

    @dag.setter
    def dag(self, dag: DAG | None) -> None:
        known = self.__dict__.get("_dag")
        if dag is None or dag is known:
            self.__dict__["_dag"] = dag
            return
        if known is not None:
            raise DagInvalid(
                f"task {self.task_id!r} belongs to DAG {known.dag_id!r} and cannot be put into DAG {dag.dag_id!r}; make a second task"
            )
        self.__dict__["_dag"] = dag
        if dag.task_dict.get(self.task_id) is not self:
            dag.add_task(self)

    # ---- what subclasses do -------------------------------------------------------------------------------

    def pre_execute(self, context: Any) -> None:
        """Called before `execute`: the hook given as argument."""
        if self._pre_execute_hook is not None:
            self._pre_execute_hook(context)

    def execute(self, context: Any) -> Any:
        """The work of the task; its return value becomes the result. Subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no execute() method")

    def post_execute(self, context: Any, result: Any = None) -> None:
        """Called after `execute`: the hook given as argument."""
        if self._post_execute_hook is not None:
            self._post_execute_hook(context, result)

    def on_kill(self) -> None:
        """Called when the task is ended from outside: stop what the task started elsewhere."""

    def defer(
        self,
        *,
        trigger: Any,
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: dt.timedelta | float | None = None,
    ) -> NoReturn:
        """Give the process back until `trigger` fires, then go on in `method_name(context, event, **kwargs)`."""
        deferred = TaskDeferred(trigger=trigger, method_name=method_name, kwargs=kwargs, timeout=timeout)
        deferred.task_queue = self.queue
        raise deferred

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """Go on after a deferral. Raises TaskDeferralError or TaskDeferralTimeout when the trigger failed."""
        from ostro.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout

        arguments = dict(next_kwargs or {})
        if next_method == "__fail__":
            error = arguments.get("error", "Unknown")
            trace = arguments.get("traceback")
            if trace is not None:
                self.log.error(
                    "the trigger failed:\n%s", "\n".join(trace) if isinstance(trace, list) else trace
                )
            if error in ("Trigger/execution timeout", "Trigger timeout"):
                raise TaskDeferralTimeout(error)
            raise TaskDeferralError(error)
        return getattr(self, next_method)(context, **arguments)

    def add_inlets(self, inlets: Iterable[Any]) -> None:
        """Add assets that the task reads."""
        self.inlets.extend(inlets)

    def add_outlets(self, outlets: Iterable[Any]) -> None:
        """Add assets that the task writes."""
        self.outlets.extend(outlets)

    def get_inlet_defs(self) -> list[Any]:
        """The assets that the task reads."""
        return self.inlets

    def get_outlet_defs(self) -> list[Any]:
        """The assets that the task writes."""
        return self.outlets

    def __gt__(self, other: Any) -> BaseOperator:
        """`task > outlet` of 2.x lineage."""
        if (
            not isinstance(other, list)
            and not hasattr(other, "uri")
            and not hasattr(other, "template_fields")
        ):
            raise TypeError(f"an outlet is an asset or lineage entity, not {type(other).__name__}")
        self.add_outlets(other if isinstance(other, list) else [other])
        return self

    @property
    def log(self) -> logging.Logger:
        own = self.__dict__.get("logger_name") or public_name(type(self))
        return get_logger(f"airflow.task.operators.{own}")

    # ---- templates ----------------------------------------------------------------------------------------

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Render every template field in place."""
        from ostro.sdk import templater

        templater.render_fields(self, context, jinja_env)

    def render_template(
        self, content: Any, context: Any, jinja_env: Any = None, seen_oids: set[int] | None = None
    ) -> Any:
        """Any value with its templates rendered."""
        from ostro.sdk import templater

        return templater.render(content, context, jinja_env or self.get_template_env(), owner=self)

    def _render_nested_template_fields(
        self, value: Any, context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        """Hook for operators that render objects without template fields of their own."""
        from ostro.sdk import templater

        templater.render_nested(self, value, context, jinja_env, seen_oids)

    def _do_render_template_fields(
        self, parent: Any, template_fields: Iterable[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        from ostro.sdk import templater

        templater.render_into(self, parent, template_fields, context, jinja_env, seen_oids)

    def resolve_template_files(self) -> None:
        """Replace fields that name a template file by the file's text."""
        from ostro.sdk import templater

        templater.resolve_files(self)

    def prepare_template(self) -> None:
        """Called before templates are rendered; subclasses may change fields here."""

    # ---- mapping, copies ----------------------------------------------------------------------------------

    @classmethod
    def partial(cls, **kwargs: Any) -> OperatorPartial:
        """Arguments that all mapped instances share; followed by `expand()` or `expand_kwargs()`."""
        from ostro.sdk.mapped import OperatorPartial

        return OperatorPartial.of(cls, kwargs)

    def unmap(self, resolve: Any = None) -> BaseOperator:
        """The operator itself: it is not mapped (see `MappedOperator.unmap`)."""
        return self

    def prepare_for_execution(self) -> BaseOperator:
        """A copy to render and run, so that the DAG keeps its templates."""
        return copy.copy(self)

    def __copy__(self) -> BaseOperator:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> BaseOperator:
        other = object.__new__(type(self))
        memo[id(self)] = other
        shallow = {"logger", "_log", *self.shallow_copy_attrs, *_CALLBACKS}
        for name, value in self.__dict__.items():
            other.__dict__[name] = copy.copy(value) if name in shallow else copy.deepcopy(value, memo)
        return other

    def dry_run(self) -> None:
        """Log the rendered template fields."""
        for field in self.template_fields:
            self.log.info("%s: %s", field, getattr(self, field))

    def get_extra_links(self, ti: Any, link_name: str) -> str | None:
        """The address behind one of the operator's links."""
        for link in self.all_links():
            if link.name == link_name:
                return str(link.get_link(self, ti_key=getattr(ti, "key", ti)))
        return None

    @staticmethod
    def xcom_push(context: Any, key: str, value: Any, execution_date: Any = None) -> None:
        """Push an XCom (1.10 and 2.x; `ti.xcom_push` today)."""
        context["ti"].xcom_push(key=key, value=value)

    @staticmethod
    def xcom_pull(
        context: Any,
        task_ids: Any = None,
        dag_id: str | None = None,
        key: str = "return_value",
        include_prior_dates: bool | None = None,
        **kwargs: Any,
    ) -> Any:
        """Pull XComs (1.10 and 2.x; `ti.xcom_pull` today)."""
        return context["ti"].xcom_pull(
            key=key, task_ids=task_ids, dag_id=dag_id, include_prior_dates=bool(include_prior_dates), **kwargs
        )


_CALLBACKS = frozenset(n for n in FIELDS if n.endswith("_callback")) | {
    "_pre_execute_hook",
    "_post_execute_hook",
}


def merged_params(
    dag: DAG | None, default_args: Mapping[str, Any] | None, own: Mapping[str, Any] | None
) -> ParamsDict:
    """Params of DAG, default_args and task together, the nearest wins."""
    params = ParamsDict()
    for layer in (dag.params if dag is not None else None, (default_args or {}).get("params"), own):
        if layer:
            params.update(layer)
    return params


class BaseAsyncOperator(BaseOperator):
    """A task whose work is a coroutine, `aexecute(context)`."""

    @property
    def is_async(self) -> bool:
        """Whether the work is a coroutine."""
        return True

    async def aexecute(self, context: Any) -> Any:
        """The work of the task. Subclasses write it."""
        raise NotImplementedError(f"{type(self).__name__} has no aexecute() method")

    def execute(self, context: Any) -> Any:
        """Run `aexecute` in an event loop, within execution_timeout."""
        import asyncio

        limit = self.execution_timeout.total_seconds() if self.execution_timeout else None

        async def within() -> Any:
            return await asyncio.wait_for(self.aexecute(context), timeout=limit)

        return asyncio.run(within())

"""What every task is, mapped or not: `AbstractOperator`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ostro.sdk import plugins
from ostro.sdk.enums import TriggerRule
from ostro.sdk.node import DAGNode, flatten
from ostro.sdk.operator_facts import OperatorFacts
from ostro.sdk.params import ParamsDict
from ostro.sdk.types import NOTSET, ArgNotSet
from ostro.sdk.xcomarg import PlainXComArg, find_xcoms

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG
    from ostro.sdk.link import BaseOperatorLink
    from ostro.sdk.taskgroup import MappedTaskGroup


class AbstractOperator(OperatorFacts, DAGNode):
    """A task of a DAG, mapped or not: its place in the graph and the values of `fields.FIELDS`."""

    template_fields: ClassVar[Collection[str]] = ()
    template_ext: ClassVar[Sequence[str]] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = {}
    operator_extra_links: Collection[BaseOperatorLink] = ()
    ui_color: str = "#fff"
    ui_fgcolor: str = "#000"
    shallow_copy_attrs: ClassVar[Sequence[str]] = ()
    supports_lineage: bool = False
    overwrite_rtif_after_execution: bool = False
    start_trigger_args: Any = None
    start_from_trigger: bool = False
    deserialization_allowed_class_fields: ClassVar[Sequence[str]] = ()

    is_mapped: ClassVar[bool] = False
    is_setup: bool = False
    is_teardown: bool = False
    on_failure_fail_dagrun: bool = False
    #: True for operators that do nothing when they run.
    _is_empty: bool = False

    task_id: str
    owner: str
    email: str | Iterable[str] | None
    email_on_retry: bool
    email_on_failure: bool
    retries: int
    retry_delay: dt.timedelta
    retry_exponential_backoff: float
    max_retry_delay: dt.timedelta | None
    retry_policy: Any
    depends_on_past: bool
    ignore_first_depends_on_past: bool
    wait_for_past_depends_before_skipping: bool
    wait_for_downstream: bool
    priority_weight: int
    weight_rule: Any
    queue: str
    pool: str
    pool_slots: int
    sla: Any
    execution_timeout: dt.timedelta | None
    on_execute_callback: list[Any]
    on_failure_callback: list[Any]
    on_success_callback: list[Any]
    on_retry_callback: list[Any]
    on_skipped_callback: list[Any]
    trigger_rule: Any
    resources: Any
    run_as_user: str | None
    map_index_template: str | None
    max_active_tis_per_dag: int | None
    max_active_tis_per_dagrun: int | None
    executor: str | None
    executor_config: Any
    do_xcom_push: bool
    multiple_outputs: bool
    inlets: list[Any]
    outlets: list[Any]
    doc: str | None
    doc_md: str | None
    doc_json: str | None
    doc_yaml: str | None
    doc_rst: str | None
    task_display_name: str | None
    logger_name: str | None
    allow_nested_operators: bool
    render_template_as_native_obj: bool | None
    params: ParamsDict

    # ---- who it is ----------------------------------------------------------------------------------------

    @property
    def node_id(self) -> str:
        return self.task_id

    @property
    def task_type(self) -> str:
        """Class name of the operator."""
        return type(self).__name__

    @property
    def operator_name(self) -> str:
        """Name of the operator on screens: `custom_operator_name`, else the class name."""
        return getattr(self, "custom_operator_name", None) or self.task_type

    @property
    def task_module(self) -> str:
        """Module of the operator class."""
        return type(self).__module__

    @property
    def inherits_from_empty_operator(self) -> bool:
        """Whether nothing happens when it runs."""
        return self._is_empty

    @property
    def extra_links(self) -> list[str]:
        """Names of the operator's links, sorted."""
        return sorted({link.name for link in self.all_links()})

    def all_links(self) -> list[Any]:
        """The operator's own links and those that plugins give it; of one name the plugin's."""
        own = list(self.operator_extra_links)
        if plugins.installed is None:
            return own
        given = plugins.installed.links(getattr(self, "operator_class", type(self)))
        return [link for link in own if link.name not in given] + list(given.values())

    @property
    def roots(self) -> list[DAGNode]:
        return [self]

    @property
    def leaves(self) -> list[DAGNode]:
        return [self]

    @property
    def upstream_list(self) -> list[Any]:
        """The tasks directly before this."""
        return list(super().upstream_list)

    @property
    def downstream_list(self) -> list[Any]:
        """The tasks directly after this."""
        return list(super().downstream_list)

    @property
    def output(self) -> PlainXComArg:
        """The task's result, for other tasks."""
        return PlainXComArg(self)

    def iter_mapped_task_groups(self) -> Iterator[MappedTaskGroup]:
        """The mapped groups around the task, the innermost first."""
        if self.task_group is not None:
            yield from self.task_group.iter_mapped_task_groups()

    def get_closest_mapped_task_group(self) -> MappedTaskGroup | None:
        """The innermost mapped group around the task."""
        return next(self.iter_mapped_task_groups(), None)

    def get_needs_expansion(self) -> bool:
        """Whether it has several instances in a run."""
        return self.is_mapped or self.get_closest_mapped_task_group() is not None

    def __repr__(self) -> str:
        return f"<Task({self.task_type}): {self.task_id}>"

    # ---- setup and teardown -------------------------------------------------------------------------------

    def as_setup(self) -> AbstractOperator:
        """Mark it as a setup: the tasks after it need its success."""
        self.is_setup = True
        return self

    def as_teardown(
        self, *, setups: Any = NOTSET, on_failure_fail_dagrun: bool | ArgNotSet | None = NOTSET
    ) -> AbstractOperator:
        """Mark it as a teardown: it runs when its setups succeeded, whatever became of the work between.

        `setups` are marked as setups and put before it. A failure of a teardown does not fail the run unless
        `on_failure_fail_dagrun`.
        """
        self.is_teardown = True
        self.trigger_rule = TriggerRule.ALL_DONE_SETUP_SUCCESS
        if on_failure_fail_dagrun is not None and not isinstance(on_failure_fail_dagrun, ArgNotSet):
            self.on_failure_fail_dagrun = on_failure_fail_dagrun
        if setups is not None and not isinstance(setups, ArgNotSet):
            for setup in flatten(setups):
                task: Any
                for task in setup.roots:
                    task.is_setup = True
                self.set_upstream(setup)
        return self

    def __enter__(self) -> Any:
        from ostro.sdk import setup_teardown

        return setup_teardown.enter([self])

    def __exit__(self, *exc: object) -> None:
        from ostro.sdk import setup_teardown

        setup_teardown.leave()

    # ---- templates ----------------------------------------------------------------------------------------

    def get_template_env(self, dag: DAG | None = None) -> Any:
        """The Jinja environment that renders the fields."""
        from ostro.sdk import templater

        return templater.environment_of(self, dag or self.dag)


def set_upstream_of_results(operator: DAGNode, values: Iterable[Any]) -> None:
    """Put the tasks of all results inside `values` before the operator."""
    for value in values:
        for xcom in find_xcoms(value):
            for upstream, _ in xcom.iter_references():
                if upstream is not operator and upstream.task_id not in operator.upstream_task_ids:
                    operator.set_upstream(upstream)

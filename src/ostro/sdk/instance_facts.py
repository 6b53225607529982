"""More of what code asks a task instance: what its task says, and what it may do with itself."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from ostro.errors import UserError
from ostro.sdk.absent import Absent, table
from ostro.sdk.timezone import utcnow

if TYPE_CHECKING:
    from ostro.sdk.dagrun import DagRun


class InstanceFacts(Absent):
    """See the module; TaskInstance has the rest."""

    __absent__: ClassVar = table(
        engine="are_dependencies_met are_dependents_done check_and_change_state_before_execution clear_db_references "
        "clear_next_method_args defer_task emit_state_change_metric external_executor_id fetch_handle_failure_context "
        "filter_for_tis get_executor_name get_failed_dep_statuses get_num_active_task_instances "
        "get_num_running_task_instances handle_failure is_premature is_schedulable is_task_schedulable last_heartbeat_at "
        "prepare_db_for_next_try queued_by_job_id ready_for_retry register_asset_changes_in_db save_to_db "
        "schedule_downstream_tasks set_duration task_instance_note trigger trigger_id triggerer_job update_heartbeat "
        "update_rtif dag_version dag_version_id",
        trial="command_as_list dry_run generate_command run",
        context="ensure_dag init_run_context overwrite_params_with_dag_run_conf rendered_task_instance_fields",
        mail="email_alert get_email_subject_content get_truncated_error_traceback",
        find="get_task_instance dag_model",
    )

    if TYPE_CHECKING:
        task: Any
        task_id: str
        dag_id: str
        run_id: str
        map_index: int
        try_number: int
        end_date: Any

        @property
        def log(self) -> logging.Logger: ...

        def get_dagrun(self, *_: Any, **__: Any) -> DagRun: ...
        def get_previous_start_date(self, state: Any = None, *_: Any, **__: Any) -> Any: ...

    #: Whether the task itself is mapped; None where that is not known.
    is_mapped: bool | None = None
    #: No attempt of the engine's is one.
    test_mode: bool = False
    note: str | None = None

    @property
    def logger(self) -> logging.Logger:
        """`log`."""
        return self.log

    @property
    def operator_name(self) -> Any:
        """What screens call the operator."""
        return getattr(self.task, "operator_name", None)

    custom_operator_name = operator_name

    @property
    def executor(self) -> Any:
        """The executor that the task asks for, or that a policy set."""
        return self._own_or_of_task("executor")

    @executor.setter
    def executor(self, value: str | None) -> None:
        self.__dict__["executor"] = value

    @property
    def executor_config(self) -> Any:
        """What the task tells the executor."""
        return self._own_or_of_task("executor_config")

    @executor_config.setter
    def executor_config(self, value: Any) -> None:
        self.__dict__["executor_config"] = value

    @property
    def run_as_user(self) -> Any:
        """The account that the task asks for."""
        return self._own_or_of_task("run_as_user")

    @run_as_user.setter
    def run_as_user(self, value: str | None) -> None:
        self.__dict__["run_as_user"] = value

    def _own_or_of_task(self, name: str) -> Any:
        return self.__dict__[name] if name in self.__dict__ else getattr(self.task, name, None)

    @property
    def run_after(self) -> Any:
        """When the run was due."""
        return self.get_dagrun().run_after

    def next_retry_datetime(self) -> dt.datetime:
        """When the next try comes if this one fails, without the chance in exponential delays. Raises UserError without task."""
        if self.task is None:
            raise UserError("next_retry_datetime() needs the task: ask the task instance of the context")
        delay: dt.timedelta = self.task.retry_delay
        factor = self.task.retry_exponential_backoff
        longest: dt.timedelta = self.task.max_retry_delay or dt.timedelta(days=1)
        if factor:
            try:
                delay = delay * float(2 if factor is True else factor) ** max(self.try_number - 1, 0)
            except OverflowError:
                delay = longest
        if factor or self.task.max_retry_delay:
            delay = min(delay, longest)
        begun: dt.datetime = self.end_date or utcnow()
        return begun + delay

    def clear_xcom_data(self, session: Any = None) -> None:
        """Delete the XComs of this instance (2.x)."""
        from ostro.sdk.queries import xcoms

        xcoms.clear(self.dag_id, self.task_id, self.run_id, self.map_index)

    def get_rendered_template_fields(self, *_: Any, **__: Any) -> dict[str, Any]:
        """The template fields with their values (2.x); of the task that runs they are rendered already."""
        return {name: getattr(self.task, name, None) for name in getattr(self.task, "template_fields", ())}

    def refresh_from_task(self, task: Any, pool_override: str | None = None, **_: Any) -> None:
        """Take pool, queue and the like from a task (2.x)."""
        self.task = task
        self.__dict__.update(
            pool=pool_override or task.pool,
            pool_slots=task.pool_slots,
            queue=task.queue,
            priority_weight=task.priority_weight,
            operator=task.task_type,
        )

    @property
    def previous_start_date_success(self) -> Any:
        """Start of the last successful instance (2.x)."""
        return self.get_previous_start_date(state="success")

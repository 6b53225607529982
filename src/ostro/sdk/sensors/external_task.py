"""ExternalTaskSensor and ExternalTaskMarker: dependencies between DAGs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, ClassVar

from ostro.protocol.task import GetDag
from ostro.sdk import asking
from ostro.sdk.around.standard_errors import (
    DuplicateStateError,
    ExternalDagFailedError,
    ExternalDagNotFoundError,
    ExternalTaskFailedError,
    ExternalTaskGroupFailedError,
    ExternalTaskGroupNotFoundError,
    ExternalTaskNotFoundError,
)
from ostro.sdk.callables import make_kwargs_callable
from ostro.sdk.dagrun import DagRun, texts
from ostro.sdk.deferring import default_deferrable, longest_wait
from ostro.sdk.enums import DagRunState, TaskInstanceState
from ostro.sdk.exceptions import AirflowSkipException
from ostro.sdk.link import BaseOperatorLink, run_page
from ostro.sdk.operators.empty import EmptyOperator
from ostro.sdk.outside import Outside, Verdict
from ostro.sdk.sensors.base import BaseSensorOperator

#: "none": not scheduled yet.
_TASK_STATES = frozenset(state.value for state in TaskInstanceState) | {"none"}
#: Templates that give the logical date of the run itself.
_OWN_DATE = frozenset(
    ["{{ logical_date.isoformat() }}", "{{ execution_date.isoformat() }}", "{{ ts }}", "{{ logical_date }}"]
)
_RUN_STATES = frozenset(state.value for state in DagRunState)


class ExternalDagLink(BaseOperatorLink):
    """The page of the DAG that is waited for or marked."""

    @property
    def name(self) -> str:
        """The text of the link."""
        return "External DAG"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address."""
        dag_id = operator.external_dag_id
        date = getattr(operator, "linked_date", None)
        if date is None:
            return run_page(dag_id)
        found = DagRun.find(dag_id=dag_id, logical_date=date)
        return run_page(dag_id, found[0].run_id if found else None)


class ExternalTaskSensor(BaseSensorOperator):
    """Waits for another DAG's run, some of its tasks, or one of its groups, at exactly one logical date or several.

    The date is that of this run (when the run was due if it has none), earlier by `execution_delta`, or what
    `execution_date_fn(logical_date, **context)` gives, one or a list. States: done in all of `allowed_states`, skipped at
    one of `skipped_states`, failed at one of `failed_states`. `check_existence` fails at once for what does not exist.
    """

    template_fields: ClassVar[Sequence[str]] = (
        "external_dag_id",
        "external_task_id",
        "external_task_ids",
        "external_task_group_id",
    )
    ui_color = "#4db7db"
    operator_extra_links = (ExternalDagLink(),)

    def __init__(
        self,
        *,
        external_dag_id: str,
        external_task_id: str | None = None,
        external_task_ids: Collection[str] | None = None,
        external_task_group_id: str | None = None,
        allowed_states: Iterable[Any] | None = None,
        skipped_states: Iterable[Any] | None = None,
        failed_states: Iterable[Any] | None = None,
        execution_delta: dt.timedelta | None = None,
        execution_date_fn: Callable[..., Any] | None = None,
        check_existence: bool = False,
        poll_interval: float | None = None,
        deferrable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.allowed_states = _states(allowed_states) or ["success"]
        self.skipped_states = _states(skipped_states)
        self.failed_states = _states(failed_states)
        if external_task_id is not None and external_task_ids is not None:
            raise ValueError(
                "Only one of `external_task_id` or `external_task_ids` may be provided to ExternalTaskSensor; use "
                "external_task_id or external_task_ids or external_task_group_id."
            )
        if external_task_group_id is not None and (external_task_id or external_task_ids) is not None:
            raise ValueError(
                "Only one of `external_task_group_id` or `external_task_ids` may be provided to ExternalTaskSensor; use "
                "external_task_id or external_task_ids or external_task_group_id."
            )
        if execution_delta is not None and execution_date_fn is not None:
            raise ValueError(
                "Only one of `execution_delta` or `execution_date_fn` may be provided to ExternalTaskSensor; not both."
            )
        self.external_dag_id = external_dag_id
        self.external_task_id = external_task_id
        self.external_task_ids = [external_task_id] if external_task_id is not None else external_task_ids
        self.external_task_group_id = external_task_group_id
        self.execution_delta = execution_delta
        self.execution_date_fn = execution_date_fn
        self.check_existence = check_existence
        self.poll_interval = self.poke_interval if poll_interval is None else poll_interval
        self.deferrable = default_deferrable() if deferrable is None else deferrable
        self.linked_date: dt.datetime | None = None
        self._exists = False
        self._check_states()

    def _check_states(self) -> None:
        everything = [*self.allowed_states, *self.skipped_states, *self.failed_states]
        if len(everything) != len(set(everything)):
            raise DuplicateStateError(
                "Duplicate values provided across allowed_states, skipped_states and failed_states."
            )
        of_tasks = self.external_task_ids is not None or self.external_task_group_id is not None
        valid = _TASK_STATES if of_tasks else _RUN_STATES
        if not set(everything) <= valid:
            what = (
                "`external_task_id` or `external_task_ids` or `external_task_group_id` is not `None`"
                if of_tasks
                else "`external_task_id` and `external_task_group_id` is `None`"
            )
            raise ValueError(
                f"Valid values for `allowed_states`, `skipped_states` and `failed_states` when {what}: {sorted(valid)}"
            )

    # ---- waiting -------------------------------------------------------------------------------------------

    def execute(self, context: Any) -> Any:
        """Wait here, or in a trigger."""
        if not self.deferrable:
            return super().execute(context)
        self._check_existence()
        from ostro.sdk.triggers.external_task import WorkflowTrigger

        outside = self._outside(context)
        self.defer(
            trigger=WorkflowTrigger(
                external_dag_id=outside.dag_id,
                external_task_ids=list(outside.task_ids) or None,
                external_task_group_id=outside.group_id,
                logical_dates=list(outside.dates),
                allowed_states=list(outside.allowed),
                skipped_states=list(outside.skipped),
                failed_states=list(outside.failed),
                poke_interval=self.poll_interval,
                soft_fail=self.soft_fail,
            ),
            method_name="execute_complete",
            timeout=longest_wait(self),
        )

    def poke(self, context: Any) -> bool:
        """Ask how it goes there."""
        self._check_existence()
        outside = self._outside(context)
        self.log.info("Poking for %s on %s", self._what(), ", ".join(d.isoformat() for d in outside.dates))
        return self._judge(outside.verdict(asking.demand(outside.question()) or ()))

    def execute_complete(self, context: Any, event: Any = None) -> None:
        """The trigger has a verdict."""
        status = (event or {}).get("status")
        if status not in ("success", "skipped", "failed"):
            raise ExternalTaskFailedError(
                f"the state of {self._what()} could not be found out: {(event or {}).get('message', event)}"
            )
        self._judge(status)
        self.log.info("%s finished with the expected state", self._what())

    def _judge(self, verdict: Verdict) -> bool:
        if verdict == "failed":
            if self.soft_fail:
                raise AirflowSkipException(f"{self._what()} failed. Skipping due to soft_fail.")
            if self.external_task_group_id:
                raise ExternalTaskGroupFailedError(f"{self._what()} failed.")
            if self.external_task_ids:
                raise ExternalTaskFailedError(f"{self._what()} failed.")
            raise ExternalDagFailedError(f"{self._what()} failed.")
        if verdict == "skipped":
            raise AirflowSkipException(f"{self._what()} reached a state in {self.skipped_states}. Skipping.")
        return verdict == "success"

    # ---- what is waited for --------------------------------------------------------------------------------

    def _what(self) -> str:
        if self.external_task_group_id:
            return f"the task group {self.external_task_group_id} of DAG {self.external_dag_id}"
        if self.external_task_ids:
            return f"the tasks {', '.join(self.external_task_ids)} of DAG {self.external_dag_id}"
        return f"the DAG {self.external_dag_id}"

    def _outside(self, context: Any) -> Outside:
        dates = self._dates(context)
        self.linked_date = dates[0] if dates else None
        tasks = list(self.external_task_ids or ())
        if len(tasks) > len(set(tasks)):
            raise ValueError("Duplicate task_ids passed in external_task_ids parameter")
        return Outside(
            dag_id=self.external_dag_id,
            task_ids=tasks,
            group_id=self.external_task_group_id,
            dates=dates,
            allowed=self.allowed_states,
            skipped=self.skipped_states,
            failed=self.failed_states,
        )

    def _dates(self, context: Any) -> list[dt.datetime]:
        date = context.get("logical_date") or context["dag_run"].run_after
        if self.execution_delta is not None:
            return [date - self.execution_delta]
        if self.execution_date_fn is None:
            return [date]
        others = {key: context[key] for key in context if key != "logical_date"}
        found = make_kwargs_callable(self.execution_date_fn)(date, **others)
        return list(found) if isinstance(found, (list, tuple)) else [found]

    def _check_existence(self) -> None:
        if not self.check_existence or self._exists:
            return
        known = asking.demand(GetDag(seq=0, dag_id=self.external_dag_id, with_tasks=True))
        if known is None or not known["is_active"]:
            raise ExternalDagNotFoundError(f"The external DAG {self.external_dag_id} does not exist.")
        for task_id in self.external_task_ids or ():
            if task_id not in known["task_ids"]:
                raise ExternalTaskNotFoundError(
                    f"The external task {task_id} in DAG {self.external_dag_id} does not exist."
                )
        if self.external_task_group_id and self.external_task_group_id not in known["group_ids"]:
            raise ExternalTaskGroupNotFoundError(
                f"The external task group {self.external_task_group_id} in DAG {self.external_dag_id} does not exist."
            )
        self._exists = True


class ExternalTaskMarker(EmptyOperator):
    """Says that a task of another DAG depends on this one: clearing it downstream clears that task too.

    `logical_date` is that of the other run, `recursion_depth` how many markers one clear follows one after another.
    """

    template_fields: ClassVar[Sequence[str]] = ("external_dag_id", "external_task_id", "logical_date")
    ui_color = "#4db7db"
    operator_extra_links = (ExternalDagLink(),)
    old_arguments: ClassVar[dict[str, str | None]] = {"execution_date": "logical_date"}

    def __init__(
        self,
        *,
        external_dag_id: str,
        external_task_id: str,
        logical_date: str | dt.datetime | None = "{{ logical_date.isoformat() }}",
        recursion_depth: int = 10,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if logical_date is not None and not isinstance(logical_date, (str, dt.datetime)):
            raise TypeError(
                f"Expected str or datetime.datetime type for logical_date. Got {type(logical_date)}"
            )
        if recursion_depth <= 0:
            raise ValueError("recursion_depth should be a positive integer")
        self.external_dag_id = external_dag_id
        self.external_task_id = external_task_id
        self.logical_date = (
            logical_date.isoformat() if isinstance(logical_date, dt.datetime) else logical_date
        )
        self.recursion_depth = recursion_depth
        date = self.logical_date
        if date is None or date in _OWN_DATE:
            date = None
        # Another template is rendered in a process of the task; a clear reads what came out.
        self._is_empty = date is None or "{" not in date
        #: What a clear of this task clears, for the engine; `date` None is the logical date of the run itself.
        self.cleared_with = {
            "dag_id": external_dag_id,
            "task_id": external_task_id,
            "date": date,
            "depth": recursion_depth,
        }


def _states(given: Iterable[Any] | None) -> list[str]:
    return ["none" if state == "None" else state for state in texts(given) or ()]

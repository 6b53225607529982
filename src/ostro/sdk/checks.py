"""What must hold for a DAG as a whole; each error is one sentence that names DAG and task and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostro.sdk.enums import DagRunType, TriggerRule
from ostro.sdk.exceptions import FailFastDagInvalidTriggerRule, ParamValidationError

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG

#: What `type` of a JSON schema may be.
JSON_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


def check(dag: DAG) -> None:
    """Raise DagInvalid (or AirflowTimetableInvalid) for a DAG that cannot be."""
    _check_schedule(dag)
    _check_params(dag)
    _check_run_types(dag)
    for task in dag.tasks:
        _check_task(dag, task)


def _check_schedule(dag: DAG) -> None:
    from ostro.sdk.timetables import AirflowTimetableInvalid, check_schedule

    timetable = dag.timetable
    runs = dag.max_active_runs
    if timetable.active_runs_limit is not None and not dag.max_active_runs_given:
        runs = min(runs, timetable.active_runs_limit)
        dag.max_active_runs = runs
    try:
        check_schedule(timetable, start=dag.earliest(), catchup=dag.catchup, max_active_runs=runs)
    except AirflowTimetableInvalid as error:
        raise AirflowTimetableInvalid(f"DAG {dag.dag_id!r} has an invalid schedule: {error}") from None
    except ValueError as error:
        raise dag.invalid(str(error)) from None


def _check_params(dag: DAG) -> None:
    for name, param in dag.params.raw().items():
        _check_type(dag, name, (getattr(param, "schema", None) or {}).get("type"))
    if not dag.timetable.can_be_scheduled:
        return
    for name, param in dag.params.raw().items():
        try:
            param.resolve()
        except ParamValidationError as error:
            raise ParamValidationError(
                f"DAG {dag.dag_id!r} has a schedule, so its param {name!r} needs a valid default: {error}"
            ) from None


def _check_type(dag: DAG, name: str, given: Any) -> None:
    """A schema with a type that JSON Schema does not have would fail only when the DAG is triggered."""
    types = given if isinstance(given, list) else [] if given is None else [given]
    for type_ in types:
        if type_ not in JSON_TYPES:
            raise ParamValidationError(
                f"the param {name!r} of DAG {dag.dag_id!r} has the schema type {type_!r}; JSON Schema has {', '.join(JSON_TYPES)}"
            )


def _check_run_types(dag: DAG) -> None:
    allowed = dag.allowed_run_types
    if allowed is None or dag.schedule is None:
        return
    timetable = dag.timetable
    needed = DagRunType.SCHEDULED if timetable.can_be_scheduled else None
    if not timetable.can_be_scheduled and timetable.asset_condition is not None:
        needed = DagRunType.ASSET_TRIGGERED
    if needed is not None and needed not in allowed:
        raise dag.invalid(
            f"its schedule makes {needed.value} runs, but allowed_run_types does not hold that; add it"
        )


def _check_task(dag: DAG, task: Any) -> None:
    where = f"task {task.task_id!r} of DAG {dag.dag_id!r}"
    if dag.fail_fast and not task.is_teardown and task.trigger_rule != TriggerRule.ALL_SUCCESS:
        raise FailFastDagInvalidTriggerRule(
            f"DAG {dag.dag_id!r} is fail_fast, so all its tasks need the trigger rule all_success; "
            f"task {task.task_id!r} has {task.trigger_rule.value}"
        )
    if task.is_setup:
        for down in task.downstream_list:
            if not down.is_teardown and down.trigger_rule != TriggerRule.ALL_SUCCESS:
                raise dag.invalid(
                    f"task {down.task_id!r} comes after the setup {task.task_id!r}, so its trigger rule must be all_success, "
                    f"not {down.trigger_rule.value}"
                )
    if task.is_setup and task.is_teardown:
        raise dag.invalid(f"{where} is setup and teardown at once; make two tasks")
    for task_id in task.upstream_task_ids | task.downstream_task_ids:
        if task_id not in dag.task_dict:
            raise dag.invalid(f"{where} is linked to {task_id!r}, which is no task of the DAG")

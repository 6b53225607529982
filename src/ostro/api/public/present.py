"""Rows of the store and specs as Airflow's schemas."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from ostro.api import schedule
from ostro.api.public.models.dags import (
    DAGDetailsResponse,
    DAGResponse,
    DagTagResponse,
    DagVersionResponse,
    TaskResponse,
    TimeDelta,
)
from ostro.api.public.models.instances import (
    TaskInstanceHistoryResponse,
    TaskInstanceResponse,
    TriggerResponse,
    XComResponse,
)
from ostro.api.public.models.runs import DAGRunResponse
from ostro.spec import DagSpec, TaskSpec, Topology
from ostro.states import TaskState
from ostro.store.triggers import TriggerRecord
from ostro.store.views.rest_dags import DagRow
from ostro.store.views.rest_instances import InstanceRow, TryRow
from ostro.store.views.rest_runs import RunRow, VersionRef
from ostro.store.views.rest_versions import VersionRow
from ostro.store.views.rest_xcoms import XComRow

#: Our words for what Airflow calls otherwise.
TRIGGERED_BY = {"api": "rest_api"}


def version(ref: VersionRef, dag_id: str, display_name: str) -> DagVersionResponse:
    """The version that a run or instance uses."""
    return DagVersionResponse(
        id=version_uuid(ref.id),
        version_number=ref.number,
        dag_id=dag_id,
        bundle_name=ref.bundle or None,
        bundle_version=ref.bundle_version,
        created_at=ref.created_at,
        dag_display_name=display_name,
        bundle_url=ref.bundle_url,
    )


def version_of_dag(row: VersionRow, display_name: str) -> DagVersionResponse:
    """A version in the list of a DAG's versions."""
    ref = VersionRef(
        id=row.id,
        number=row.number,
        bundle=row.bundle,
        bundle_version=row.bundle_version,
        created_at=row.created_at,
        bundle_url=row.bundle_url,
    )
    return version(ref, row.dag_id, display_name)


def version_uuid(row_id: int) -> str:
    """Airflow's versions have UUIDs; ours are numbers, shown as the UUID with that value."""
    return str(UUID(int=row_id))


def _dag_fields(row: DagRow, spec: DagSpec | None) -> dict[str, Any]:
    tasks = spec.tasks if spec is not None else ()
    said = schedule.words(row.timetable, row.timetable_summary, row.timetable_description)
    return {
        "dag_id": row.dag_id,
        "dag_display_name": row.display_name,
        "is_paused": row.is_paused,
        "is_stale": row.is_stale,
        "last_parsed_time": row.parsed_at,
        "last_parse_duration": row.parse_duration,
        "last_expired": row.expired_at,
        "bundle_name": row.bundle or None,
        "bundle_version": row.bundle_version,
        "relative_fileloc": row.path or None,
        "fileloc": row.fileloc,
        "description": row.description,
        "timetable_summary": said.summary,
        "timetable_description": said.description,
        "timetable_partitioned": said.partitioned,
        "timetable_periodic": said.periodic,
        "tags": [
            DagTagResponse(name=name, dag_id=row.dag_id, dag_display_name=row.display_name)
            for name in sorted(row.tags or ())
        ],
        "max_active_tasks": row.max_active_tasks,
        "max_active_runs": row.max_active_runs,
        "max_consecutive_failed_dag_runs": row.max_consecutive_failed_dag_runs,
        "has_task_concurrency_limits": any(
            t.max_active_tis_per_dag is not None or t.max_active_tis_per_dagrun is not None for t in tasks
        ),
        "has_import_errors": row.has_import_errors,
        "next_dagrun_logical_date": row.next_logical_date,
        "next_dagrun_data_interval_start": row.next_interval_start,
        "next_dagrun_data_interval_end": row.next_interval_end,
        "next_dagrun_run_after": row.next_run_after,
        "allowed_run_types": list(spec.allowed_run_types)
        if spec is not None and spec.allowed_run_types
        else None,
        "owners": row.owner_list,
        "is_backfillable": said.periodic and said.summary is not None,
        "file_token": file_token(row),
    }


def file_token(row: DagRow) -> str:
    """Names the DAG's file to `PUT /parseDagFile`."""
    return base64.urlsafe_b64encode(json.dumps([row.bundle, row.path]).encode()).decode()


def dag(row: DagRow, spec: DagSpec | None = None) -> DAGResponse:
    """One DAG of a list."""
    return DAGResponse(**_dag_fields(row, spec))


def dag_details(
    row: DagRow, spec: DagSpec, latest: VersionRow | None, *, active_runs: int, favorite: bool
) -> DAGDetailsResponse:
    """One DAG with all that its spec says."""
    return DAGDetailsResponse(
        **_dag_fields(row, spec),
        catchup=spec.catchup,
        dag_run_timeout=None if spec.dagrun_timeout is None else timedelta(seconds=spec.dagrun_timeout),
        asset_expression=spec.asset_condition,
        doc_md=spec.doc_md,
        start_date=_moment(spec.start_date),
        end_date=_moment(spec.end_date),
        is_paused_upon_creation=spec.is_paused_upon_creation,
        params=params(spec),
        render_template_as_native_obj=spec.render_template_as_native_obj,
        template_search_path=None,
        timezone=spec.timezone,
        last_parsed=row.parsed_at,
        # Defaults are already part of each task's own arguments; they are not kept apart.
        default_args=None,
        rerun_with_latest_version=spec.rerun_with_latest_version,
        owner_links=dict(spec.owner_links) or None,
        is_favorite=favorite,
        active_runs_count=active_runs,
        concurrency=row.max_active_tasks,
        latest_dag_version=None if latest is None else version_of_dag(latest, row.display_name),
    )


def params(spec: DagSpec) -> dict[str, Any]:
    """Params by name, as `Param.serialize` shows them."""
    return {
        p.name: {
            "value": None if is_unset(p.value) else p.value,
            "description": p.description,
            "schema": p.schema,
            "source": p.source,
        }
        for p in spec.params
    }


def is_unset(value: Any) -> bool:
    """Whether a param has no default."""
    return value is msgspec.UNSET


def run(row: RunRow) -> DAGRunResponse:
    """One DAG run."""
    return DAGRunResponse(
        dag_run_id=row.run_id,
        dag_id=row.dag_id,
        logical_date=row.logical_date,
        queued_at=row.queued_at,
        start_date=row.start_date,
        end_date=row.end_date,
        duration=row.duration,
        data_interval_start=row.data_interval_start,
        data_interval_end=row.data_interval_end,
        run_after=row.run_after,
        last_scheduling_decision=row.updated_at,
        run_type=row.run_type,
        state=row.state,
        triggered_by=TRIGGERED_BY.get(row.triggered_by, row.triggered_by),
        triggering_user_name=row.triggering_user,
        conf=row.conf or {},
        note=row.note,
        dag_versions=[version(row.version, row.dag_id, row.dag_display_name)],
        bundle_version=row.bundle_version,
        dag_display_name=row.dag_display_name,
        partition_key=row.partition_key,
        partition_date=row.partition_date,
    )


def state(value: str) -> str | None:
    """No status is null in Airflow's API."""
    return None if value == TaskState.NONE.value else value


def _common(row: InstanceRow, task: TaskSpec | None) -> dict[str, Any]:
    return {
        "task_id": row.task_id,
        "dag_id": row.dag_id,
        "dag_run_id": row.run_id,
        "map_index": row.map_index,
        "task_display_name": (task.display_name if task is not None else "") or row.task_id,
        "dag_display_name": row.dag_display_name,
        "unixname": None,
        "pool": row.pool,
        "pool_slots": row.pool_slots,
        "queue": row.queue,
        "priority_weight": row.priority_weight,
        "operator": row.operator or None,
        "operator_name": (task.operator_name if task is not None else "") or row.operator or None,
        "executor": row.executor,
        "executor_config": json.dumps(
            task.executor_config if task is not None and task.executor_config else {}
        ),
    }


def instance(
    row: InstanceRow,
    task: TaskSpec | None,
    rendered: dict[str, Any] | None = None,
    trigger: TriggerRecord | None = None,
) -> TaskInstanceResponse:
    """One task instance. `rendered`: its template fields as they were rendered last. `trigger`: what it waits for."""
    return TaskInstanceResponse(
        **_common(row, task),
        id=row.attempt_id or str(UUID(int=row.id)),
        state=state(row.state),
        try_number=row.try_number,
        max_tries=row.max_tries,
        start_date=row.start_date,
        end_date=row.end_date,
        duration=row.duration,
        hostname=row.hostname or "",
        queued_when=row.queued_at,
        scheduled_when=row.scheduled_at,
        pid=row.pid,
        dag_version=version(row.version, row.dag_id, row.dag_display_name),
        logical_date=row.logical_date,
        run_after=row.run_after,
        note=row.note,
        rendered_map_index=row.rendered_map_index or (str(row.map_index) if row.map_index >= 0 else None),
        rendered_fields=rendered or {},
        trigger=None if trigger is None else _trigger(trigger),
        triggerer_job=None,
    )


def _trigger(row: TriggerRecord) -> TriggerResponse:
    return TriggerResponse(
        id=row.id,
        classpath=row.classpath,
        # They may hold secrets that nothing marks as such.
        kwargs="***" if row.kwargs else "{}",
        created_date=row.created_at,
        queue=row.queue,
        triggerer_id=None,
    )


def attempt(row: InstanceRow, tried: TryRow, task: TaskSpec | None) -> TaskInstanceHistoryResponse:
    """One try of a task instance."""
    return TaskInstanceHistoryResponse(
        **_common(row, task),
        state=state(tried.state),
        try_number=tried.try_number,
        max_tries=tried.max_tries,
        start_date=tried.start_date,
        end_date=tried.end_date,
        duration=seconds(tried.start_date, tried.end_date),
        hostname=tried.hostname or "",
        queued_when=tried.queued_at,
        scheduled_when=tried.scheduled_at,
        pid=tried.pid,
        dag_version=version(tried.version or row.version, row.dag_id, row.dag_display_name),
    )


def seconds(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds between two moments; None when one is missing."""
    return None if start is None or end is None else (end - start).total_seconds()


def task(spec: TaskSpec, topology: Topology) -> TaskResponse:
    """One task of a DAG."""
    index = topology.index[spec.task_id]
    return TaskResponse(
        task_id=spec.task_id,
        task_display_name=spec.display_name or spec.task_id,
        owner=spec.owner,
        start_date=_moment(spec.start_date),
        end_date=_moment(spec.end_date),
        trigger_rule=spec.trigger_rule,
        depends_on_past=spec.depends_on_past,
        wait_for_downstream=spec.wait_for_downstream,
        retries=spec.retries,
        queue=spec.queue,
        pool=spec.pool,
        pool_slots=spec.pool_slots,
        execution_timeout=_span(spec.execution_timeout),
        retry_delay=_span(spec.retry_delay),
        retry_exponential_backoff=spec.retry_exponential_backoff,
        priority_weight=spec.priority_weight,
        weight_rule=spec.weight_rule,
        ui_color=spec.ui_color,
        ui_fgcolor=spec.ui_fgcolor,
        template_fields=list(spec.template_fields),
        downstream_task_ids=sorted(topology.tasks[d].task_id for d in topology.downstream[index]),
        doc_md=spec.doc_md,
        operator_name=spec.operator_name or spec.operator,
        params=spec.params,
        class_ref={"module_path": spec.module or None, "class_name": spec.operator},
        is_mapped=spec.expansion is not None or topology.mapped_group[index] is not None,
        extra_links=list(spec.extra_links),
    )


def xcom_fields(row: XComRow, task_spec: TaskSpec | None = None) -> dict[str, Any]:
    """An XCom without its value, as fields."""
    return {
        "key": row.key,
        "timestamp": row.at,
        "logical_date": row.logical_date,
        "map_index": row.map_index,
        "task_id": row.task_id,
        "dag_id": row.dag_id,
        "run_id": row.run_id,
        "dag_display_name": row.dag_display_name,
        "task_display_name": (task_spec.display_name if task_spec is not None else "") or row.task_id,
        "run_after": row.run_after,
    }


def xcom(row: XComRow) -> XComResponse:
    """An XCom of a list, without its value."""
    return XComResponse(**xcom_fields(row))


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _span(value: float | None) -> TimeDelta | None:
    if value is None:
        return None
    span = timedelta(seconds=value)
    return TimeDelta(days=span.days, seconds=span.seconds, microseconds=span.microseconds)

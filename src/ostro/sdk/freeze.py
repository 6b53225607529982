"""`freeze`: a DAG as its author made it becomes a `DagSpec`, the frozen JSON that the engine works with.

Equal DAGs give equal bytes in every process: see `describe` for what is left out of values. Tasks stand in topological
order, ids in sets are sorted.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ostro.grants import plain_access_control
from ostro.sdk import parsing
from ostro.sdk.assets import reference
from ostro.sdk.checks import check
from ostro.sdk.describe import exact, plain, text
from ostro.sdk.mapping import ExpandArguments, ExpandInput, MappedArgument
from ostro.sdk.plugins.placing import placings
from ostro.sdk.priority import weights as strategy_weights
from ostro.sdk.taskgroup import MappedTaskGroup, TaskGroup
from ostro.sdk.types import is_arg_set
from ostro.sdk.xcomarg import ConcatXComArg, MapXComArg, PlainXComArg, ZipXComArg
from ostro.spec import (
    Concat,
    DagSpec,
    Expansion,
    FromXCom,
    GroupSpec,
    Literal,
    MapInput,
    Mapped,
    ParamSpec,
    TaskSpec,
    Zipped,
)
from ostro.spec.dag import EdgeLabel, WatcherSpec

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG
    from ostro.sdk.params import ParamsDict

_S = TypeVar("_S", bound=msgspec.Struct)
_TASK_CALLBACKS = ("execute", "success", "failure", "retry", "skipped")
_LINK_ATTRIBUTES = (
    "trigger_dag_id",
    "external_dag_id",
    "external_task_id",
    "external_task_ids",
    "external_task_group_id",
    "cleared_with",
)


def freeze(
    dag: DAG,
    relative_fileloc: str = "",
    dialect: int | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> DagSpec:
    """The spec of a DAG whose file was imported to its end.

    `dialect` is the verdict on the file (2 or 3; None = as far as it is known); `defaults` are the settings that shape
    a DAG whose author did not say (`ParseOrder.defaults`), needed only outside of `parsing.parsing`.
    Raises DagInvalid, AirflowDagCycleException, AirflowTimetableInvalid … with one sentence.
    """
    if defaults is not None and parsing.current() is None:
        with parsing.parsing(parsing.ParseContext(defaults=defaults)):
            return freeze(dag, relative_fileloc, dialect)
    if relative_fileloc:
        dag.relative_fileloc = relative_fileloc
    dag.settle(dag.dialect if dialect is None else dialect)
    tasks = dag.topological_sort()
    check(dag)
    return _dag_spec(dag, tasks)


def _spec(kind: type[_S], **values: Any) -> _S:
    """The struct. What equals a default is not passed on: msgspec leaves out a default by identity, which equal texts
    of different origin do not have, and equal DAGs must give equal bytes."""
    defaults = _defaults(kind)
    return kind(**{k: v for k, v in values.items() if k not in defaults or defaults[k] != v})


@functools.cache
def _defaults(kind: type[msgspec.Struct]) -> dict[str, Any]:
    fields = msgspec.structs.fields(kind)
    return {
        f.name: f.default if f.default is not msgspec.NODEFAULT else f.default_factory()
        for f in fields
        if not f.required
    }


def _dag_spec(dag: DAG, tasks: Iterable[Any]) -> DagSpec:
    from ostro.sdk.timetables import encode

    timetable = dag.timetable
    condition = timetable.asset_condition
    return _spec(
        DagSpec,
        dag_id=dag.dag_id,
        display_name="" if dag.dag_display_name == dag.dag_id else str(dag.dag_display_name),
        description=None if dag.description is None else str(dag.description),
        doc_md=_cleaned(dag.doc_md),
        relative_fileloc=dag.relative_fileloc or "",
        dialect=dag.dialect,
        timetable=encode(timetable),
        asset_condition=None if condition is None else condition.as_expression(),
        watchers=() if condition is None else _watchers(condition),
        timezone=_zone_name(dag.timezone),
        start_date=_iso(dag.earliest()),
        end_date=_iso(dag.latest()),
        catchup=dag.catchup,
        is_paused_upon_creation=dag.is_paused_upon_creation,
        allowed_run_types=_run_types(dag.allowed_run_types),
        max_active_tasks=dag.max_active_tasks,
        max_active_runs=dag.max_active_runs,
        max_consecutive_failed_dag_runs=dag.max_consecutive_failed_dag_runs,
        dagrun_timeout=_seconds(dag.dagrun_timeout),
        fail_fast=dag.fail_fast,
        rerun_with_latest_version=dag.rerun_with_latest_version,
        disable_bundle_versioning=dag.disable_bundle_versioning,
        tags=tuple(sorted(str(t) for t in dag.tags)),
        owner_links={str(k): str(v) for k, v in sorted(dag.owner_links.items())},
        access_control=None
        if dag.access_control is None
        else plain_access_control(dag.dag_id, dag.access_control),
        params=_params(dag.params),
        callbacks=tuple(
            name
            for name, given in (
                ("success", dag.on_success_callback),
                ("failure", dag.on_failure_callback),
                ("sla_miss", dag.sla_miss_callback),
            )
            if given
        ),
        deadline=_deadline(dag.deadline),
        render_template_as_native_obj=dag.render_template_as_native_obj,
        tasks=tuple(_task_spec(t) for t in tasks),
        groups=tuple(_group_spec(g) for g in _groups(dag.task_group)),
        edge_labels=tuple(
            EdgeLabel(upstream=up, downstream=down, label=str(info["label"]))
            for up, downs in sorted(dag.edge_info.items())
            for down, info in sorted(downs.items())
            if info.get("label")
        ),
    )


def _watchers(condition: Any) -> tuple[WatcherSpec, ...]:
    found = []
    for key, asset in condition.iter_assets():
        for watcher in asset.watchers:
            from ostro.sdk import serde

            classpath, kwargs = watcher.trigger.serialize()
            found.append(
                WatcherSpec(
                    name=str(watcher.name),
                    classpath=classpath,
                    kwargs=serde.serialize(dict(kwargs)),
                    asset_name=key.name,
                    asset_uri=key.uri,
                )
            )
    return tuple(found)


def _task_spec(task: Any) -> TaskSpec:
    callbacks = tuple(n for n in _TASK_CALLBACKS if getattr(task, f"on_{n}_callback"))
    group = task.task_group
    return _spec(
        TaskSpec,
        task_id=task.task_id,
        operator=task.task_type,
        operator_name="" if task.operator_name == task.task_type else str(task.operator_name),
        module=_module(task.task_module),
        display_name="" if task.task_display_name == task.task_id else str(task.task_display_name),
        group_id=group.group_id if group is not None else "",
        upstream=tuple(sorted(task.upstream_task_ids)),
        trigger_rule=_rule(task.trigger_rule),
        is_setup=task.is_setup,
        is_teardown=task.is_teardown,
        on_failure_fail_dagrun=bool(task.on_failure_fail_dagrun),
        is_empty=_is_empty(task, callbacks),
        can_skip_downstream=_can_skip(task),
        owner=str(task.owner),
        start_date=_iso(task.start_date),
        end_date=_iso(task.end_date),
        depends_on_past=task.depends_on_past,
        ignore_first_depends_on_past=task.ignore_first_depends_on_past,
        wait_for_past_depends_before_skipping=task.wait_for_past_depends_before_skipping,
        wait_for_downstream=task.wait_for_downstream,
        **_trying(task),
        **_placing(task),
        expansion=_expansion(task.expand_input) if task.is_mapped else None,
        map_index_template=task.map_index_template,
        do_xcom_push=task.do_xcom_push,
        multiple_outputs=bool(task.multiple_outputs),
        email=_addresses(task.email),
        email_on_failure=task.email_on_failure,
        email_on_retry=task.email_on_retry,
        callbacks=callbacks,
        inlets=tuple(reference(i) for i in task.inlets),
        outlets=tuple(reference(o) for o in task.outlets),
        params=_own_params(task),
        **_deferring(task),
        **_showing(task),
    )


def _trying(task: Any) -> dict[str, Any]:
    return {
        "retries": task.retries,
        "retry_delay": task.retry_delay.total_seconds(),
        "retry_exponential_backoff": task.retry_exponential_backoff,
        "max_retry_delay": _seconds(task.max_retry_delay),
        "has_retry_policy": task.retry_policy is not None,
        "execution_timeout": _seconds(task.execution_timeout),
        "sla": _seconds(task.sla),
    }


def _placing(task: Any) -> dict[str, Any]:
    return {
        "pool": str(task.pool),
        "pool_slots": task.pool_slots,
        "queue": str(task.queue),
        "executor": task.executor,
        "executor_config": exact(task.executor_config) if task.executor_config else None,
        "run_as_user": task.run_as_user,
        "priority_weight": task.priority_weight,
        "weight_rule": _weight_rule(task.weight_rule),
        "strategy_weights": () if isinstance(task.weight_rule, str) else strategy_weights(task),
        "placings": placings(task),
        "max_active_tis_per_dag": task.max_active_tis_per_dag,
        "max_active_tis_per_dagrun": task.max_active_tis_per_dagrun,
    }


def _deferring(task: Any) -> dict[str, Any]:
    mode = getattr(task, "mode", None)
    found: dict[str, Any] = {"sensor_mode": mode if mode in ("poke", "reschedule") else None}
    owner = task.operator_class if task.is_mapped else task
    if getattr(owner, "start_trigger_args", None) is not None:
        from ostro.sdk.trigger import start_of

        start = start_of(task)
        if start is not None:
            found |= {"start_from_trigger": True, "start_trigger": start}
    return found


def _showing(task: Any) -> dict[str, Any]:
    fields = tuple(sorted(set(task.template_fields)))
    return {
        "links": {
            name: exact(value)
            for name in _LINK_ATTRIBUTES
            if (value := getattr(task, name, None)) is not None
        },
        "template_fields": fields,
        "template_fields_renderers": dict(sorted((task.template_fields_renderers or {}).items())),
        "fields": _fields(task, fields),
        "extra_links": tuple(task.extra_links),
        "link_keys": {link.name: str(link.xcom_key) for link in task.all_links()},
        "ui_color": str(task.ui_color),
        "ui_fgcolor": str(task.ui_fgcolor),
        "doc_md": _cleaned(task.doc_md),
        "doc": _cleaned(task.doc or task.doc_rst or task.doc_yaml or task.doc_json),
    }


def _fields(task: Any, names: Iterable[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(task, name, None)
        if value is not None:
            found[name] = plain(value)
    return found


def _is_empty(task: Any, callbacks: tuple[str, ...]) -> bool:
    """Whether the engine may complete it without a process."""
    hooks = getattr(task, "_pre_execute_hook", None) or getattr(task, "_post_execute_hook", None)
    if task.is_mapped:
        hooks = task.partial_kwargs.get("pre_execute") or task.partial_kwargs.get("post_execute")
    return bool(
        task.inherits_from_empty_operator
        and not callbacks
        and not hooks
        and not task.inlets
        and not task.outlets
    )


def _can_skip(task: Any) -> bool:
    operator_class = task.operator_class if task.is_mapped else type(task)
    return bool(getattr(operator_class, "inherits_from_skipmixin", False))


def _own_params(task: Any) -> dict[str, Any]:
    """Params of the task that its DAG does not have, or has otherwise."""
    dag = task.dag
    shared = dag.params.raw() if dag is not None else {}
    found: dict[str, Any] = {}
    for name, param in task.params.raw().items():
        known = shared.get(name)
        if known is not None and known.value == param.value and known.schema == param.schema:
            continue
        found[name] = {
            "value": exact(param.value) if is_arg_set(param.value) else None,
            "schema": exact(param.schema),
            "description": param.description,
            "source": param.source,
        }
    return found


# ---- groups and expansions -----------------------------------------------------------------------------------------


def _groups(group: TaskGroup) -> Iterable[TaskGroup]:
    for child in group.children.values():
        if isinstance(child, TaskGroup):
            yield child
            yield from _groups(child)


def _group_spec(group: TaskGroup) -> GroupSpec:
    return _spec(
        GroupSpec,
        group_id=group.group_id,
        parent=group.task_group.group_id if group.task_group is not None else "",
        label=group.label,
        tooltip=text(group.tooltip or ""),
        doc_md=_cleaned(group.doc_md),
        ui_color=str(group.ui_color),
        ui_fgcolor=str(group.ui_fgcolor),
        expansion=_expansion(group.expand_input) if isinstance(group, MappedTaskGroup) else None,
        upstream_groups=tuple(sorted(group.upstream_group_ids)),
        upstream_tasks=tuple(sorted(group.upstream_task_ids)),
    )


def _expansion(given: ExpandInput) -> Expansion:
    if isinstance(given, ExpandArguments):
        return Expansion("expand", {name: _map_input(value) for name, value in given.value.items()})
    return Expansion("expand_kwargs", {"kwargs": _map_input(given.value)})


def _map_input(value: Any) -> MapInput:
    match value:
        case PlainXComArg():
            return FromXCom(value.operator.task_id, value.key)
        case MapXComArg():
            return Mapped(_map_input(value.arg))
        case ZipXComArg():
            return Zipped(tuple(_map_input(a) for a in value.args), is_arg_set(value.fillvalue))
        case ConcatXComArg():
            return Concat(tuple(_map_input(a) for a in value.args))
        case MappedArgument():
            raise TypeError(f"{value!r} of a mapped group cannot be mapped over again")
    return Literal(len(value))


# ---- small values ----------------------------------------------------------------------------------------------------


def _params(params: ParamsDict) -> tuple[ParamSpec, ...]:
    return tuple(
        _spec(
            ParamSpec,
            name=name,
            value=exact(param.value) if is_arg_set(param.value) else msgspec.UNSET,
            description=param.description,
            schema=exact(param.schema),
            source=param.source,
        )
        for name, param in params.raw().items()
    )


def _deadline(deadline: Any) -> Any:
    if not deadline:
        return None
    alerts = deadline if isinstance(deadline, (list, tuple)) else [deadline]
    from ostro.sdk import serde

    found = []
    for alert in alerts:
        data = alert.serialize()
        data["callback"]["kwargs"] = serde.serialize(data["callback"]["kwargs"])
        found.append(data)
    return found


def _run_types(kinds: Iterable[Any] | None) -> tuple[str, ...] | None:
    return None if kinds is None else tuple(sorted(k.value for k in kinds))


def _rule(rule: Any) -> str:
    """The name of a trigger rule, member of the enum or text."""
    return str(getattr(rule, "value", rule))


def _weight_rule(rule: Any) -> str:
    """The name of a rule; a strategy of the author's own by its class."""
    if isinstance(rule, str):
        return str(rule)
    kind = rule if isinstance(rule, type) else type(rule)
    return f"{kind.__module__}.{kind.__qualname__}"


def _addresses(email: Any) -> tuple[str, ...]:
    if not email:
        return ()
    parts = re.split(r"[,;]", email) if isinstance(email, str) else [str(e) for e in email]
    return tuple(p.strip() for p in parts if p.strip())


def _module(name: str) -> str:
    """The module of an operator; one that is defined in the DAG file itself has none that others could import."""
    return "" if name.startswith("dagfile_") or name == "__main__" else name


def _cleaned(value: Any) -> str | None:
    return None if value is None else text(str(value))


def _iso(value: dt.datetime | None) -> str | None:
    return None if value is None else value.astimezone(dt.UTC).isoformat()


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    return float(value.total_seconds()) if isinstance(value, dt.timedelta) else float(value)


def _zone_name(zone: dt.tzinfo) -> str:
    from ostro.timetable.zones import zone_json

    found = zone_json(zone)
    if isinstance(found, str):
        return found
    sign = "-" if found < 0 else "+"
    minutes = int(abs(found)) // 60
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"

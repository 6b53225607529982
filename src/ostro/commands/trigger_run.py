"""Make a run by hand, for an operator or over the API."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

from ostro.clock import Clock
from ostro.commands.clear_tasks import clear_run_in
from ostro.commands.conf import check_conf
from ostro.commands.subject import current_spec
from ostro.commands.waking import Wake, tell
from ostro.errors import AlreadyExists, BadRequest, NotAllowed, NotFound, UserError
from ostro.records import RunRecord
from ostro.spec import DagSpec
from ostro.states import RunType
from ostro.store import NewRun, Store, runs, specs
from ostro.timetable import DataInterval, decode, run_id_for

#: Longest run id that the database keeps.
MAX_RUN_ID = 250
#: What a run id given by a user must match as a whole, unless the settings say otherwise.
RUN_ID_PATTERN = r"^[A-Za-z0-9_.~:+-]+$"


def trigger_run(store: Store, clock: Clock, wake: Wake, *, dag_id: str, **more: Any) -> RunRecord:
    """`trigger_run_in` as a transaction of its own."""
    with store.begin() as tx:
        run = trigger_run_in(tx, clock, dag_id=dag_id, **more)
    wake([run.id], [dag_id])
    return run


def trigger_run_in(
    tx: Any,
    clock: Clock,
    *,
    dag_id: str,
    run_id: str | None = None,
    own_run_id: str | None = None,
    logical_date: datetime | None = None,
    data_interval: tuple[datetime, datetime] | None = None,
    run_after: datetime | None = None,
    conf: dict[str, Any] | None = None,
    note: str | None = None,
    triggered_by: str = "rest_api",
    triggering_user: str | None = None,
    run_type: RunType | None = None,
    partition_key: str | None = None,
    reset_if_exists: bool = False,
    run_id_pattern: str = RUN_ID_PATTERN,
) -> RunRecord:
    """A new queued run, pinned to the current version of the DAG.

    Without a logical date a DAG of dialect 2 gets the present as one, a DAG of dialect 3 none. With `reset_if_exists` a
    run of that id or logical date is cleared instead. `own_run_id`: the id that an author's timetable gives. Moments are aware. Raises NotFound, AlreadyExists, NotAllowed, or
    BadRequest when conf does not fit the params.
    """
    now = clock.now()
    summary = specs.dag_summary(tx, dag_id)
    if summary is None or not summary["is_active"]:
        raise NotFound(f"The Dag with ID: `{dag_id}` was not found")
    version, spec = current_spec(tx, dag_id)
    run_type = run_type or (RunType.OPERATOR_TRIGGERED if triggered_by == "operator" else RunType.MANUAL)
    if spec.allowed_run_types is not None and run_type.value not in spec.allowed_run_types:
        raise NotAllowed(f"Dag with dag_id: '{dag_id}' does not allow {run_type.value} runs")
    check_conf(spec, conf or {})
    if logical_date is None and spec.dialect == 2:
        logical_date = now
    interval = _interval(spec, logical_date, data_interval)
    after = run_after or (interval.end if interval is not None else now)
    if run_id is None:
        # 2.x names a run after its logical date; all runs that people start in one interval share its end.
        named_after = logical_date if logical_date is not None and spec.dialect == 2 else after
        run_id = own_run_id or run_id_for(run_type, named_after, logical_date, token=secrets.token_hex(4))
    else:
        _check_run_id(run_id, run_type, run_id_pattern)
    new = NewRun(
        dag_id=dag_id,
        run_id=run_id,
        run_type=run_type,
        run_after=after,
        version_id=version,
        logical_date=logical_date,
        data_interval_start=None if interval is None else interval.start,
        data_interval_end=None if interval is None else interval.end,
        queued_at=now,
        conf=conf or {},
        triggered_by=triggered_by,
        triggering_user=triggering_user,
        note=note,
        partition_key=partition_key,
    )
    (created,) = runs.create_runs(tx, [new])
    if created is None:
        return _existing(tx, clock, new, reset=reset_if_exists)
    tell(tx, runs=[created.id], dags=[dag_id])
    return created


def manual_interval(tx: Any, dag_id: str, logical_date: datetime) -> DataInterval | None:
    """The data interval that a run by hand of this logical date gets; NotFound for an unknown DAG."""
    _, spec = current_spec(tx, dag_id)
    return _interval(spec, logical_date, None)


def _interval(
    spec: DagSpec, logical_date: datetime | None, given: tuple[datetime, datetime] | None
) -> DataInterval | None:
    if given is not None:
        if given[0] > given[1]:
            raise BadRequest("data_interval_end must be greater than data_interval_start")
        return DataInterval(*given)
    if logical_date is None:
        return None
    try:
        timetable = decode(spec.timetable)
    except UserError:
        # A timetable class of the author: only a process that runs user code could ask it.
        return DataInterval.exact(logical_date)
    return timetable.infer_manual_data_interval(run_after=logical_date)


def _check_run_id(run_id: str, run_type: RunType, pattern: str) -> None:
    if not run_id or len(run_id) > MAX_RUN_ID:
        raise BadRequest(f"The run_id must have 1 to {MAX_RUN_ID} characters")
    if pattern and not re.fullmatch(pattern, run_id):
        raise BadRequest(f"The run_id provided '{run_id}' does not match regex pattern '{pattern}'")
    for other in RunType:
        if other is not run_type and other is not RunType.MANUAL and run_id.startswith(f"{other.value}__"):
            raise BadRequest(
                f"A {run_type.value} run cannot use ID {run_id!r} since it is reserved for {other.value} runs"
            )


def _existing(tx: Any, clock: Clock, new: NewRun, *, reset: bool) -> RunRecord:
    found = runs.find_run(tx, new.dag_id, new.run_id)
    if found is None and new.logical_date is not None:
        found = runs.find_run_at(tx, new.dag_id, new.logical_date)
    if found is None or not reset:
        what = (
            f"run ID {new.run_id}"
            if found is None or found.run_id == new.run_id
            else f"logical date {new.logical_date}"
        )
        raise AlreadyExists(f"A Dag run of {new.dag_id} with {what} already exists")
    clear_run_in(tx, clock, dag_id=found.dag_id, run_id=found.run_id)
    (fresh,) = runs.load_runs(tx, [found.id])
    return fresh

"""Task instances and their tries as lists of the REST API show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.pools import DEFAULT_POOL
from ostro.store.views.cursors import Slice, read_slice
from ostro.store.views.filters import Columns, Condition, Page, Within
from ostro.store.views.paging import Join, Listing, Parent, Rare, read_page
from ostro.store.views.rest_runs import VersionRef


class InstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One task instance with what belongs to it on screens."""

    id: int
    run: int
    task_id: str
    map_index: int
    state: str
    try_number: int
    max_tries: int
    attempt_id: str | None
    due_at: datetime | None
    scheduled_at: datetime | None
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    duration: float | None
    pid: int | None
    hostname: str | None
    rendered_map_index: str | None
    pool: str
    pool_slots: int
    queue: str
    priority_weight: int
    operator: str
    executor: str | None
    note: str | None
    dag_id: str
    run_id: str
    logical_date: datetime | None
    run_after: datetime
    dag_display_name: str
    version: VersionRef


class TryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a task instance: one attempt, or the last of several with the same number."""

    attempt_id: str
    try_number: int
    state: str
    max_tries: int
    scheduled_at: datetime | None
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    closed_at: datetime | None
    hostname: str | None
    pid: int | None
    cause: dict[str, Any] | None
    version: VersionRef | None


_i, _r, _v, _a = t.task_instance.c, t.dag_run.c, t.dag_version.c, t.attempt.c
_OWN = (
    "id", "run", "task_id", "map_index", "state", "try_number", "max_tries", "attempt_id", "due_at", "scheduled_at",
    "queued_at", "start_date", "end_date", "duration", "pid", "hostname", "rendered_map_index", "pool", "pool_slots",
    "queue", "priority_weight", "operator", "executor", "note",
)  # fmt: skip
_OF_RUN = ("dag_id", "run_id", "logical_date", "run_after")
_VERSION = (_v.id, _v.number, _v.bundle, _v.bundle_version, _v.created_at)
_SELECTED = (*(_i[n] for n in _OWN), *(_r[n] for n in _OF_RUN), *_VERSION, t.dag.c.display_name)
# An instance that never ran has no version of its own: it will run with the run's.
_JOINS = (
    Join(t.dag_run, _r.id == _i.run),
    Join(t.dag_version, _v.id == sa.func.coalesce(_i.version_id, _r.version_id)),
    Join(t.dag, t.dag.c.dag_id == _r.dag_id),
)

#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "id": _i.id,
    "dag_id": _r.dag_id,
    "run_id": _r.run_id,
    "dag_run_id": _r.run_id,
    "task_id": _i.task_id,
    "task_display_name": _i.task_id,
    "map_index": _i.map_index,
    "state": _i.state,
    "try_number": _i.try_number,
    "run_after": _r.run_after,
    "logical_date": _r.logical_date,
    "data_interval_start": _r.data_interval_start,
    "data_interval_end": _r.data_interval_end,
    "start_date": _i.start_date,
    "end_date": _i.end_date,
    "updated_at": _i.updated_at,
    "queued_when": _i.queued_at,
    "scheduled_when": _i.scheduled_at,
    "duration": _i.duration,
    "pool": _i.pool,
    "queue": _i.queue,
    "executor": _i.executor,
    "operator": _i.operator,
    "hostname": _i.hostname,
    "note": _i.note,
    "priority_weight": _i.priority_weight,
    "rendered_map_index": _i.rendered_map_index,
    "version_number": _v.number,
}

#: Most instances are in the default pool.
RARE = {"pool": Rare(DEFAULT_POOL, t.OWN_POOL)}
_LISTING = Listing(t.task_instance, _JOINS, COLUMNS, Parent(t.dag_run, _r.id, _i.run), RARE)
_FROM = _LISTING.everything

#: Only instances that were expanded from a mapped task.
MAPPED = Within(column="map_index", gte=0)


def list_instances(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, total: bool = True
) -> tuple[list[InstanceRow], int]:
    """A page of task instances and the number of all that match."""
    conditions = list(conditions)
    by_index = not conditions and page.order_by == ("map_index",)
    choose = _all_by_index if by_index else None
    return read_page(tx, _LISTING, conditions, page, _by_id, total=total, choose=choose)


def _all_by_index(tx: Connection, page: Page) -> list[int]:
    """All instances there are, by map index: those without one in the order of the table, then the mapped ones.

    Sorting them all for one page takes as long as the table is. Few are mapped, and have an index.
    """
    plain = sa.select(_i.id).where(_i.map_index == -1)
    ids = list(tx.execute(plain.order_by(_i.id).limit(page.limit).offset(page.offset)).scalars())
    left = page.limit - len(ids)
    if left == 0:
        return ids
    before = page.offset
    if before and not ids:
        before -= int(tx.execute(sa.select(sa.func.count()).select_from(plain.subquery())).scalar_one())
    elif ids:
        before = 0
    mapped = sa.select(_i.id).where(sa.text(f"task_instance.{t.MAPPED}")).order_by(_i.map_index, _i.id)
    return ids + list(tx.execute(mapped.limit(left).offset(before)).scalars())


def slice_instances(
    tx: Connection, conditions: Iterable[Condition], page: Page, cursor: str
) -> Slice[InstanceRow]:
    """A page of task instances by cursor."""
    return read_slice(tx, _LISTING, conditions, page, cursor, _by_id)


def _by_id(tx: Connection, ids: list[int]) -> dict[int, InstanceRow]:
    query = sa.select(*_SELECTED).select_from(_FROM).where(_i.id.in_(ids))
    return {row[0]: _instance(row) for row in tx.execute(query)}


def get_instance(
    tx: Connection, dag_id: str, run_id: str, task_id: str, map_index: int
) -> InstanceRow | None:
    """One task instance by name."""
    query = (
        sa.select(*_SELECTED)
        .select_from(_FROM)
        .where(_r.dag_id == dag_id, _r.run_id == run_id, _i.task_id == task_id, _i.map_index == map_index)
    )
    row = tx.execute(query).first()
    return None if row is None else _instance(row)


def get_instances(tx: Connection, ids: Sequence[int]) -> list[InstanceRow]:
    """The instances with these ids, in the order of runs, tasks and map indexes."""
    found: list[InstanceRow] = []
    for start in range(0, len(ids), 5_000):
        query = sa.select(*_SELECTED).select_from(_FROM).where(_i.id.in_(list(ids[start : start + 5_000])))
        found += [_instance(row) for row in tx.execute(query)]
    return sorted(found, key=lambda r: (r.run, r.task_id, r.map_index))


def instances_of_task(tx: Connection, dag_id: str, run_id: str, task_id: str) -> list[InstanceRow]:
    """All instances of a task in a run, by map index."""
    query = (
        sa.select(*_SELECTED)
        .select_from(_FROM)
        .where(_r.dag_id == dag_id, _r.run_id == run_id, _i.task_id == task_id)
        .order_by(_i.map_index)
    )
    return [_instance(row) for row in tx.execute(query)]


def has_mapped(tx: Connection, dag_id: str, run_id: str, task_id: str) -> bool:
    """Whether the task has mapped instances in the run."""
    query = (
        sa.select(_i.id)
        .select_from(t.task_instance.join(t.dag_run, _r.id == _i.run))
        .where(_r.dag_id == dag_id, _r.run_id == run_id, _i.task_id == task_id, _i.map_index >= 0)
        .limit(1)
    )
    return tx.execute(query).first() is not None


def rendered_of(tx: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Rendered template fields by instance id; instances without any are left out."""
    if not ids:
        return {}
    f = t.rendered_fields.c
    rows = tx.execute(sa.select(f.ti, f.fields).where(f.ti.in_(list(ids))))
    return {ti: msgspec.json.decode(fields) for ti, fields in rows}


def tries_of(tx: Connection, instance: int) -> list[TryRow]:
    """All tries of an instance, oldest first. Of several attempts with one number (reschedules) the last one counts, started
    when the first one did."""
    query = (
        sa.select(t.attempt, *_VERSION)
        .select_from(t.attempt.outerjoin(t.dag_version, _v.id == _a.version_id))
        .where(_a.ti == instance)
        .order_by(_a.try_number, _a.attempt_id)
    )
    found: dict[int, TryRow] = {}
    for row in tx.execute(query):
        values = row._mapping
        earlier = found.get(values[_a.try_number])
        first = earlier.start_date if earlier is not None else None
        found[values[_a.try_number]] = TryRow(
            attempt_id=values[_a.attempt_id],
            try_number=values[_a.try_number],
            state=values[_a.state],
            max_tries=values[_a.max_tries],
            scheduled_at=values[_a.scheduled_at],
            queued_at=values[_a.queued_at],
            start_date=first or values[_a.start_date],
            end_date=values[_a.end_date],
            closed_at=values[_a.closed_at],
            hostname=values[_a.hostname],
            pid=values[_a.pid],
            cause=values[_a.cause],
            version=None if values[_v.id] is None else _version(values),
        )
    return list(found.values())


def _version(values: Any) -> VersionRef:
    return VersionRef(
        id=values[_v.id],
        number=values[_v.number],
        bundle=values[_v.bundle],
        bundle_version=values[_v.bundle_version],
        created_at=values[_v.created_at],
    )


def _instance(row: Any) -> InstanceRow:
    own, of_run = len(_OWN), len(_OF_RUN)
    values = dict(zip(_OWN, row[:own], strict=True))
    values.update(zip(_OF_RUN, row[own : own + of_run], strict=True))
    id_, number, bundle, bundle_version, created_at, display = row[own + of_run :]
    version = VersionRef(
        id=id_, number=number, bundle=bundle, bundle_version=bundle_version, created_at=created_at
    )
    return InstanceRow(**values, version=version, dag_display_name=display or values["dag_id"])

"""Runs of one DAG over time: how long they took, how its tasks did, when they were due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RunState, TaskState
from ostro.store import tables as t
from ostro.store.views.buckets import bucket

_r, _i, _v = t.dag_run.c, t.task_instance.c, t.dag_version.c


class Took(msgspec.Struct, frozen=True, kw_only=True):
    """One run, or one task in it, by its moments."""

    run_id: str
    run_type: str
    state: str
    run_after: datetime
    #: Until when its data reaches; None without data interval.
    data_interval_end: datetime | None
    queued_at: datetime | None
    start_date: datetime | None
    end_date: datetime | None
    version_number: int


class TaskDone(msgspec.Struct, frozen=True):
    """One instance of a task in one of the last runs."""

    task_id: str
    run: int
    state: str
    duration: float | None
    try_number: int
    start_date: datetime | None
    operator: str


_OF_RUN = (_r.run_id, _r.run_type)


def runs_took(tx: Connection, dag_id: str, limit: int) -> list[Took]:
    """The last runs of a DAG, oldest first."""
    query = (
        sa.select(
            *_OF_RUN, _r.state, _r.run_after, _r.data_interval_end, _r.queued_at, _r.start_date, _r.end_date,
            _v.number.label("version_number"),
        )
        .select_from(t.dag_run.join(t.dag_version, _v.id == _r.version_id))
        .where(_r.dag_id == dag_id)
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [Took(**row._asdict()) for row in reversed(tx.execute(query).all())]


def task_took(tx: Connection, dag_id: str, task_id: str, limit: int) -> list[Took]:
    """One task in the last runs of its DAG, oldest first. Mapped instances count together: from the first start to the
    last end; the state is that of the instance that ended last."""
    latest = (
        sa.select(_r.id)
        .where(_r.dag_id == dag_id)
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        sa.select(
            _r.id, *_OF_RUN, _i.state, _r.run_after, _r.data_interval_end,
            sa.func.coalesce(_i.queued_at, _i.scheduled_at).label("queued_at"), _i.start_date, _i.end_date,
            _v.number.label("version_number"),
        )
        .select_from(
            t.dag_run.join(latest, latest.c.id == _r.id)
            .join(t.task_instance, _i.run == _r.id)
            .join(t.dag_version, _v.id == _r.version_id)
        )
        .where(_i.task_id == task_id)
        .order_by(_r.run_after, _r.id, _i.map_index)
    )  # fmt: skip
    found: dict[int, Took] = {}
    for row in tx.execute(query):
        values = row._asdict()
        run = values.pop("id")
        one = Took(**values)
        found[run] = _together(found[run], one) if run in found else one
    return list(found.values())


def _together(a: Took, b: Took) -> Took:
    def least(x: datetime | None, y: datetime | None) -> datetime | None:
        return min((m for m in (x, y) if m is not None), default=None)

    is_open = (a.start_date and not a.end_date) or (b.start_date and not b.end_date)
    last = b if b.end_date and (a.end_date is None or b.end_date >= a.end_date) else a
    return msgspec.structs.replace(
        last,
        queued_at=least(a.queued_at, b.queued_at),
        start_date=least(a.start_date, b.start_date),
        end_date=None if is_open else last.end_date,
    )


def latest_runs(tx: Connection, dag_id: str, limit: int) -> list[int]:
    """Numbers of the last runs of a DAG, newest first."""
    query = (
        sa.select(_r.id).where(_r.dag_id == dag_id).order_by(_r.run_after.desc(), _r.id.desc()).limit(limit)
    )
    return list(tx.execute(query).scalars())


def tasks_done(tx: Connection, runs: Sequence[int]) -> list[TaskDone]:
    """All instances of these runs that are not removed."""
    if not runs:
        return []
    query = sa.select(
        _i.task_id, _i.run, _i.state, _i.duration, _i.try_number, _i.start_date, _i.operator
    ).where(_i.run.in_(list(runs)), _i.state != TaskState.REMOVED.value)
    return [TaskDone(*row) for row in tx.execute(query)]


def runs_by_quarter(
    tx: Connection, dag_id: str, by: Literal["due", "logical"], since: datetime, until: datetime
) -> list[tuple[int, str, int]]:
    """(quarter of an hour after `since`, state, number of runs): all time zones begin their days at a quarter."""
    at = _r.run_after if by == "due" else _r.logical_date
    place = bucket(at, since, 900)
    query = (
        sa.select(place, _r.state, sa.func.count())
        .where(_r.dag_id == dag_id, at >= since, at < until)
        .group_by(place, _r.state)
    )
    return [(row[0], row[1], row[2]) for row in tx.execute(query)]


def finished_counts(tx: Connection, dag_id: str, limit: int) -> dict[str, int]:
    """Of the last finished runs: how many by state."""
    last = (
        sa.select(_r.state)
        .where(_r.dag_id == dag_id, _r.state.in_([RunState.SUCCESS.value, RunState.FAILED.value]))
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(limit)
        .subquery()
    )
    query = sa.select(last.c.state, sa.func.count()).group_by(last.c.state)
    return {row[0]: row[1] for row in tx.execute(query)}


class AssetUse(msgspec.Struct, frozen=True, kw_only=True):
    """An asset that a DAG has to do with."""

    id: int
    name: str
    uri: str
    #: schedule, inlet or outlet
    use: str


def assets_used(tx: Connection, dag_id: str) -> list[AssetUse]:
    """Assets that schedule the DAG, and that its tasks read and make."""
    a, s, k = t.asset.c, t.dag_schedule_asset.c, t.task_asset.c
    scheduled = sa.select(a.id, a.name, a.uri, sa.literal("schedule").label("use")).join(
        t.dag_schedule_asset, s.asset_id == a.id
    )
    of_tasks = sa.select(
        a.id, a.name, a.uri, sa.case((k.is_outlet.is_(True), "outlet"), else_="inlet").label("use")
    ).join(t.task_asset, k.asset_id == a.id)
    query = sa.union(scheduled.where(s.dag_id == dag_id), of_tasks.where(k.dag_id == dag_id))
    found = [AssetUse(**row._asdict()) for row in tx.execute(query)]
    return sorted(found, key=lambda one: (one.use, one.name, one.id))

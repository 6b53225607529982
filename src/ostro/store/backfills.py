"""Backfills: the order, the list of its dates, and its runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RunState, RunType
from ostro.store import tables as t
from ostro.store.driver import fetch, is_sqlite


class NewBackfill(msgspec.Struct, frozen=True, kw_only=True):
    """A backfill to create. Moments are aware."""

    dag_id: str
    from_date: datetime
    to_date: datetime
    conf: dict[str, Any] = {}
    run_backwards: bool = False
    #: none, failed or completed.
    reprocess_behavior: str = "none"
    max_active_runs: int = 10
    run_on_latest_version: bool | None = None
    triggering_user: str | None = None


class BackfillRecord(NewBackfill, frozen=True, kw_only=True):
    """A backfill as it is kept."""

    id: int
    is_paused: bool = False
    #: See the table.
    planned_to: dict[str, str | None] | None = None
    is_planned: bool = False
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None


class NewDate(msgspec.Struct, frozen=True, kw_only=True):
    """One date of a backfill: its run, or why there is none."""

    sort_ordinal: int
    logical_date: datetime | None
    run: int | None = None
    partition_key: str | None = None
    exception_reason: str | None = None


class DateRecord(NewDate, frozen=True, kw_only=True):
    """One date as it is kept, with its run's name and state."""

    run_id: str | None = None
    state: str | None = None


_b, _d, _r = t.backfill.c, t.backfill_dag_run.c, t.dag_run.c
_FIELDS = BackfillRecord.__struct_fields__
_LIVE = (RunState.QUEUED.value, RunState.RUNNING.value)


def create(tx: Connection, new: NewBackfill, now: datetime) -> BackfillRecord | None:
    """Insert a backfill; None when the DAG has one that is not complete."""
    if find_open(tx, [new.dag_id]):
        return None
    values = {name: getattr(new, name) for name in NewBackfill.__struct_fields__}
    try:
        with tx.begin_nested():
            row = tx.execute(
                sa.insert(t.backfill).values(**values, created_at=now, updated_at=now).returning(_b.id)
            ).scalar_one()
    except sa.exc.IntegrityError:
        # Another transaction was faster.
        return None
    found = get(tx, row)
    assert found is not None
    return found


def get(tx: Connection, backfill_id: int, *, lock: bool = False) -> BackfillRecord | None:
    """One backfill. `lock`: nobody else changes it until this transaction ends."""
    query = _select().where(_b.id == backfill_id)
    if lock and not is_sqlite(tx):
        query = query.with_for_update()
    row = tx.execute(query).first()
    return None if row is None else _record(row)


def find_open(tx: Connection, dag_ids: Sequence[str] | None = None) -> list[BackfillRecord]:
    """Backfills that are not complete; of these DAGs, or all."""
    query = _select().where(_b.completed_at.is_(None)).order_by(_b.id)
    if dag_ids is not None:
        query = query.where(_b.dag_id.in_(list(dag_ids)))
    return [_record(row) for row in tx.execute(query)]


def any_open(tx: Connection) -> bool:
    """Whether there is one that is not complete; asked at each command, so past SQLAlchemy."""
    return bool(fetch(tx, "SELECT 1 FROM backfill WHERE completed_at IS NULL LIMIT 1", ()))


def set_paused(tx: Connection, backfill_id: int, paused: bool, now: datetime) -> None:
    """Pause or unpause."""
    _update(tx, backfill_id, is_paused=paused, updated_at=now)


def complete(tx: Connection, backfill_id: int, now: datetime) -> None:
    """The backfill is over."""
    tx.execute(
        sa.update(t.backfill)
        .where(_b.id == backfill_id, _b.completed_at.is_(None))
        .values(completed_at=now, updated_at=now)
    )


def add_dates(
    tx: Connection,
    backfill_id: int,
    dates: Sequence[NewDate],
    planned_to: dict[str, str | None] | None,
    now: datetime,
) -> None:
    """The next dates of the list, and how far the timetable was asked for them."""
    if dates:
        rows = [{**msgspec.structs.asdict(date), "backfill_id": backfill_id} for date in dates]
        tx.execute(sa.insert(t.backfill_dag_run), rows)
    if planned_to is not None:
        _update(tx, backfill_id, planned_to=planned_to, updated_at=now)


def finish_list(tx: Connection, backfill_id: int, *, backwards: bool, now: datetime) -> None:
    """The list of dates is complete; of one that runs backwards the order is turned round."""
    if backwards:
        last = tx.execute(
            sa.select(sa.func.max(_d.sort_ordinal)).where(_d.backfill_id == backfill_id)
        ).scalar()
        tx.execute(
            sa.update(t.backfill_dag_run)
            .where(_d.backfill_id == backfill_id)
            .values(sort_ordinal=(last or 0) + 1 - _d.sort_ordinal)
        )
    _update(tx, backfill_id, is_planned=True, updated_at=now)


def count_dates(tx: Connection, backfill_id: int) -> int:
    """How many dates are listed so far."""
    query = sa.select(sa.func.count()).select_from(t.backfill_dag_run).where(_d.backfill_id == backfill_id)
    return int(tx.execute(query).scalar_one())


def adopt_run(tx: Connection, run: int, backfill: BackfillRecord, now: datetime) -> None:
    """A run that exists becomes one of the backfill; its state is not touched."""
    values: dict[str, Any] = {
        "run_type": RunType.BACKFILL.value,
        "backfill_id": backfill.id,
        "triggered_by": "backfill",
        "triggering_user": backfill.triggering_user,
        "updated_at": now,
    }
    if backfill.conf:
        values["conf"] = backfill.conf
    tx.execute(sa.update(t.dag_run).where(_r.id == run).values(**values))


def live_run_ids(tx: Connection, backfill_id: int, state: RunState | None = None) -> list[int]:
    """Its runs that are queued or running, or in one state."""
    states = _LIVE if state is None else (state.value,)
    query = sa.select(_r.id).where(_r.backfill_id == backfill_id, _r.state.in_(states)).order_by(_r.id)
    return list(tx.execute(query).scalars())


def running_elsewhere(tx: Connection, backfill_id: int, owner: str) -> int:
    """How many of its runs are running at other engines."""
    query = sa.select(sa.func.count()).where(
        _r.backfill_id == backfill_id,
        _r.state == RunState.RUNNING.value,
        sa.or_(_r.owner.is_(None), _r.owner != owner),
    )
    return int(tx.execute(query).scalar_one())


def first_date(tx: Connection, backfill_id: int) -> datetime | None:
    """The earliest logical date of its runs."""
    query = sa.select(sa.func.min(_r.logical_date)).where(_r.backfill_id == backfill_id)
    return tx.execute(query).scalar()


def dates_of(tx: Connection, backfill_id: int) -> list[DateRecord]:
    """The list of dates in the order in which they run."""
    query = (
        sa.select(
            _d.sort_ordinal, _d.logical_date, _d.run, _d.partition_key, _d.exception_reason,
            _r.run_id, _r.state,
        )
        .outerjoin(t.dag_run, _r.id == _d.run)
        .where(_d.backfill_id == backfill_id)
        .order_by(_d.sort_ordinal, _d.id)
    )  # fmt: skip
    return [DateRecord(**row._asdict()) for row in tx.execute(query)]


def count_states(tx: Connection, backfill_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Per backfill: how many of its runs are in each state."""
    query = (
        sa.select(_r.backfill_id, _r.state, sa.func.count())
        .where(_r.backfill_id.in_(list(backfill_ids)))
        .group_by(_r.backfill_id, _r.state)
    )
    found: dict[int, dict[str, int]] = {}
    for backfill_id, state, count in tx.execute(query):
        found.setdefault(backfill_id, {})[state] = int(count)
    return found


# ---- helpers --------------------------------------------------------------------------------------------------------


def _select() -> sa.Select[Any]:
    return sa.select(*(_b[name] for name in _FIELDS))


def _record(row: Any) -> BackfillRecord:
    values = dict(zip(_FIELDS, row, strict=True))
    values["conf"] = values["conf"] or {}
    return BackfillRecord(**values)


def _update(tx: Connection, backfill_id: int, **values: Any) -> None:
    tx.execute(sa.update(t.backfill).where(_b.id == backfill_id).values(**values))

"""DAG runs: create, load, move, search, and the lease of the engine that advances them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.records import RunRecord
from ostro.states import RunState, RunType
from ostro.store import purges
from ostro.store import tables as t
from ostro.store.driver import execute, execute_many, fetch, is_sqlite, moment_in
from ostro.store.types import clean_text, from_micros, to_json

#: Ids bound at once; SQLite takes 32,766 parameters.
CHUNK = 10_000


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run to create."""

    dag_id: str
    run_id: str
    run_type: RunType
    run_after: datetime
    version_id: int
    state: RunState = RunState.QUEUED
    logical_date: datetime | None = None
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    queued_at: datetime | None = None
    start_date: datetime | None = None
    conf: dict[str, Any] = {}
    triggered_by: str = "timetable"
    triggering_user: str | None = None
    note: str | None = None
    backfill_id: int | None = None
    partition_key: str | None = None
    partition_date: datetime | None = None


class RunMove(msgspec.Struct, frozen=True, kw_only=True):
    """A decided change of a run; applied only when its state still is `before`. UNSET fields stay as they are."""

    id: int
    before: RunState
    after: RunState
    queued_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    start_date: datetime | msgspec.UnsetType | None = msgspec.UNSET
    end_date: datetime | msgspec.UnsetType | None = msgspec.UNSET
    clear_number: int | msgspec.UnsetType = msgspec.UNSET
    version_id: int | msgspec.UnsetType = msgspec.UNSET
    reason: str = ""
    #: When set, applied only if the run was cleared this often: a clear that the mover does not know of must not be undone.
    if_clear_number: int | None = None


_FIELDS = RunRecord.__struct_fields__
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)
_MOMENTS = tuple(
    _FIELDS.index(n)
    for n in ("run_after", "logical_date", "data_interval_start", "data_interval_end", "queued_at", "start_date", "end_date",
              "partition_date")
)  # fmt: skip
_SELECT = f"SELECT {_COLUMNS} FROM dag_run"
_NEW = tuple(f for f in NewRun.__struct_fields__)


_INSERT = (
    f"INSERT INTO dag_run ({', '.join((*_NEW, 'updated_at', 'bundle_version'))})"
    f" VALUES ({', '.join('?' * (len(_NEW) + 1))}, (SELECT bundle_version FROM dag WHERE dag_id = ?))"
    " ON CONFLICT DO NOTHING RETURNING id, bundle_version"
)
_EVENT = "INSERT INTO run_event (run, before, after, at, reason) VALUES (?, ?, ?, ?, ?)"


def create_runs(tx: Connection, runs: Sequence[NewRun]) -> list[RunRecord | None]:
    """Insert runs; None in the place of one whose run id or logical date the DAG has already."""
    put = moment_in(tx)
    created: list[RunRecord | None] = []
    events = []
    for new in runs:
        at = put(new.queued_at or new.run_after)
        values = {name: getattr(new, name) for name in _NEW}
        params = [_bound(put, values[name]) for name in _NEW]
        params[_NEW.index("conf")] = to_json(new.conf)
        rows = execute(tx, _INSERT, (*params, at, params[_NEW.index("dag_id")])).fetchall()
        if not rows:
            created.append(None)
            continue
        record = RunRecord(id=rows[0][0], bundle_version=rows[0][1], **values)
        created.append(record)
        events.append((record.id, None, new.state.value, at, new.triggered_by))
    if events:
        execute_many(tx, _EVENT, events)
    return created


def load_runs(tx: Connection, ids: Iterable[int]) -> list[RunRecord]:
    """The runs with these ids, ordered by id; missing ones are left out."""
    wanted = sorted(set(ids))
    found: list[RunRecord] = []
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        found += _read(tx, f"{_SELECT} WHERE id {_in(tx, part)} ORDER BY id", _in_params(tx, part))
    return found


def find_run(tx: Connection, dag_id: str, run_id: str) -> RunRecord | None:
    """The run of a DAG by its name."""
    return _first(_read(tx, f"{_SELECT} WHERE dag_id = ? AND run_id = ?", (dag_id, run_id)))


def find_run_at(tx: Connection, dag_id: str, logical_date: datetime) -> RunRecord | None:
    """The run of a DAG by its logical date."""
    sql = f"{_SELECT} WHERE dag_id = ? AND logical_date = ?"
    return _first(_read(tx, sql, (dag_id, moment_in(tx)(logical_date))))


def live_runs(
    tx: Connection, *, dag_ids: Sequence[str] | None = None, owner: str | None = None
) -> list[RunRecord]:
    """Queued and running runs, oldest first; of these DAGs, or leased by this engine."""
    where = t.LIVE_RUNS
    params: list[Any] = []
    if dag_ids is not None:
        if not dag_ids:
            return []
        where += f" AND dag_id {_in(tx, dag_ids)}"
        params += _in_params(tx, dag_ids)
    if owner is not None:
        where += " AND owner = ?"
        params.append(owner)
    return _read(tx, f"{_SELECT} WHERE {where} ORDER BY run_after, id", params)


def lock(tx: Connection, ids: Iterable[int]) -> None:
    """Hold these runs until the commit, before their instances are touched and in the order of their ids.

    Engines renew the leases of their runs in this order too, so that neither waits for the other for ever. On SQLite a
    transaction that writes is alone anyway.
    """
    if not is_sqlite(tx):
        r = t.dag_run.c
        tx.execute(sa.select(r.id).where(r.id.in_(list(ids))).order_by(r.id).with_for_update(key_share=True))


def move_runs(tx: Connection, moves: Sequence[RunMove], now: datetime) -> list[bool]:
    """Apply decided changes; False for each whose run is no longer in the state that it expected."""
    put = moment_in(tx)
    at = put(now)
    done: list[bool] = []
    events = []
    for move in moves:
        names = [n for n in _MOVABLE if getattr(move, n) is not msgspec.UNSET]
        sets = "".join(f", {n} = ?" for n in names)
        reason = clean_text(move.reason)
        guard, fence = (
            ("", ()) if move.if_clear_number is None else (" AND clear_number = ?", (move.if_clear_number,))
        )
        if move.version_id is not msgspec.UNSET:
            # Another version of the DAG comes with the code of its bundle.
            sets += ", bundle_version = (SELECT d.bundle_version FROM dag d WHERE d.dag_id = dag_run.dag_id)"
        sql = f"UPDATE dag_run SET state = ?, reason = ?, updated_at = ?{sets} WHERE id = ? AND state = ?{guard}"
        values = [_bound(put, getattr(move, n)) for n in names]
        cursor = execute(tx, sql, (move.after.value, reason, at, *values, move.id, move.before.value, *fence))
        done.append(cursor.rowcount == 1)
        if done[-1] and move.before is not move.after:
            events.append((move.id, move.before.value, move.after.value, at, reason))
    if events:
        execute_many(tx, _EVENT, events)
    return done


_MOVABLE = ("queued_at", "start_date", "end_date", "clear_number", "version_id")


def count_active(tx: Connection, dag_ids: Iterable[str] | None = None) -> dict[str, int]:
    """How many runs of each DAG are in state running; DAGs without one are left out."""
    query = (
        sa.select(t.dag_run.c.dag_id, sa.func.count())
        .where(sa.text(t.LIVE_RUNS), t.dag_run.c.state == RunState.RUNNING.value)
        .group_by(t.dag_run.c.dag_id)
    )
    if dag_ids is not None:
        query = query.where(t.dag_run.c.dag_id.in_(list(dag_ids)))
    return {row[0]: row[1] for row in tx.execute(query)}


def previous_run(
    tx: Connection, run: RunRecord, *, automated_only: bool = False, states: Iterable[RunState] | None = None
) -> RunRecord | None:
    """The run of the same DAG with the latest earlier logical date; of these states, or not started by hand.

    Source: Airflow's `DagRun.get_previous_scheduled_dagrun`, which leaves out manual runs only.
    """
    if run.logical_date is None:
        return None
    r = t.dag_run.c
    query = sa.select(*_selected()).where(r.dag_id == run.dag_id, r.logical_date < run.logical_date)
    if automated_only:
        query = query.where(r.run_type.not_in(_BY_HAND))
    if states is not None:
        query = query.where(r.state.in_([s.value for s in states]))
    return _first(_records(tx, query.order_by(r.logical_date.desc()).limit(1)))


def search(
    tx: Connection,
    dag_id: str,
    *,
    run_ids: Sequence[str] | None = None,
    states: Sequence[str] | None = None,
    run_types: Sequence[str] | None = None,
    logical_dates: Sequence[datetime] | None = None,
    logical_date_from: datetime | None = None,
    logical_date_until: datetime | None = None,
    before: datetime | None = None,
    limit: int = 1000,
) -> list[RunRecord]:
    """Runs of a DAG (any for an empty id), newest logical date first. Bounds are inclusive, `before` is not."""
    r = t.dag_run.c
    query = _filtered(sa.select(*_selected()), dag_id, run_ids, states, run_types, logical_dates)
    query = _between(query, logical_date_from, logical_date_until)
    if before is not None:
        query = query.where(r.logical_date < before)
    return _records(tx, query.order_by(r.logical_date.desc().nulls_last(), r.id.desc()).limit(limit))


def count(
    tx: Connection,
    dag_id: str,
    *,
    run_ids: Sequence[str] | None = None,
    states: Sequence[str] | None = None,
    logical_dates: Sequence[datetime] | None = None,
    logical_date_from: datetime | None = None,
    logical_date_until: datetime | None = None,
) -> int:
    """How many runs of the DAG match. Bounds are inclusive."""
    query = _filtered(sa.select(sa.func.count()), dag_id, run_ids, states, None, logical_dates)
    query = _between(query, logical_date_from, logical_date_until)
    return int(tx.execute(query).scalar_one())


def latest_intervals(
    tx: Connection, dag_ids: Iterable[str] | None = None
) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Per DAG: the data interval of its latest run made by the timetable or a backfill."""
    r = t.dag_run.c
    latest = (
        sa.select(r.data_interval_start, r.data_interval_end)
        .where(r.dag_id == t.dag.c.dag_id, r.logical_date.is_not(None), r.run_type.in_(_AUTOMATED))
        .order_by(r.logical_date.desc())
        .limit(1)
        .correlate(t.dag)
    )
    query = sa.select(
        t.dag.c.dag_id,
        latest.with_only_columns(r.data_interval_start).scalar_subquery(),
        latest.with_only_columns(r.data_interval_end).scalar_subquery(),
    )
    if dag_ids is not None:
        query = query.where(t.dag.c.dag_id.in_(list(dag_ids)))
    return {row[0]: (row[1], row[2]) for row in tx.execute(query) if row[1] is not None}


_BY_HAND = (RunType.MANUAL.value, RunType.OPERATOR_TRIGGERED.value)
_AUTOMATED = (RunType.SCHEDULED.value, RunType.BACKFILL.value)


def set_note(tx: Connection, run: int, note: str | None, user: str | None, now: datetime) -> bool:
    """Write the note of a run; False when there is no such run."""
    done = tx.execute(
        sa.update(t.dag_run).where(t.dag_run.c.id == run).values(note=note, note_user=user, updated_at=now)
    )
    return done.rowcount == 1


def delete_runs(tx: Connection, ids: Sequence[int]) -> int:
    """Delete runs with all that belongs to them; returns how many there were."""
    if not ids:
        return 0
    purges.of_runs(tx, ids)
    return tx.execute(sa.delete(t.dag_run).where(t.dag_run.c.id.in_(list(ids)))).rowcount


# ---- shared with leases ------------------------------------------------------------------------------------------


def _selected() -> list[sa.Column[Any]]:
    return [t.dag_run.c[name] for name in _FIELDS]


def _filtered(
    query: sa.Select[Any],
    dag_id: str,
    run_ids: Sequence[str] | None,
    states: Sequence[str] | None,
    run_types: Sequence[str] | None,
    logical_dates: Sequence[datetime] | None,
) -> sa.Select[Any]:
    r = t.dag_run.c
    if dag_id:
        query = query.where(r.dag_id == dag_id)
    if run_ids is not None:
        query = query.where(r.run_id.in_(list(run_ids)))
    if states is not None:
        query = query.where(r.state.in_([str(s) for s in states]))
    if run_types is not None:
        query = query.where(r.run_type.in_([str(s) for s in run_types]))
    if logical_dates is not None:
        query = query.where(r.logical_date.in_(list(logical_dates)))
    return query


def _between(query: sa.Select[Any], since: datetime | None, until: datetime | None) -> sa.Select[Any]:
    """Only runs of logical dates from `since` to `until`, both inclusive."""
    if since is not None:
        query = query.where(t.dag_run.c.logical_date >= since)
    if until is not None:
        query = query.where(t.dag_run.c.logical_date <= until)
    return query


def _records(tx: Connection, query: sa.Select[Any]) -> list[RunRecord]:
    return [_from_core(row) for row in tx.execute(query)]


def _from_core(row: Any) -> RunRecord:
    values = dict(zip(_FIELDS, row, strict=True))
    values["conf"] = values["conf"] or {}
    values["run_type"] = RunType(values["run_type"])
    values["state"] = RunState(values["state"])
    return RunRecord(**values)


def _first(records: list[RunRecord]) -> RunRecord | None:
    return records[0] if records else None


def _read(tx: Connection, sql: str, params: Sequence[Any]) -> list[RunRecord]:
    rows = fetch(tx, sql, params)
    return [record_of(row, is_sqlite(tx)) for row in rows]


def record_of(row: Sequence[Any], sqlite: bool) -> RunRecord:
    """A row of the driver in the order of the record's fields."""
    values = list(row)
    if sqlite:
        for i in _MOMENTS:
            if values[i] is not None:
                values[i] = from_micros(values[i])
    made = dict(zip(_FIELDS, values, strict=True))
    made["conf"] = msgspec.json.decode(made["conf"]) if made["conf"] else {}
    made["run_type"] = RunType(made["run_type"])
    made["state"] = RunState(made["state"])
    return RunRecord(**made)


def _in(tx: Connection, values: Sequence[Any]) -> str:
    if is_sqlite(tx):
        return f"IN ({', '.join('?' * len(values))})"
    return "= ANY(?)"


def _in_params(tx: Connection, values: Sequence[Any]) -> list[Any]:
    return list(values) if is_sqlite(tx) else [list(values)]


def _bound(put: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return put(value)
    if isinstance(value, str):
        return clean_text(str(value))
    return value

"""Pruning of history: rows older than a date, in batches, each in its own short transaction.

The engine goes on while it runs. Live runs and what belongs to them are never touched, and the newest run of each DAG
is kept, because the next data interval follows from it (Airflow's `db clean` keeps it too).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.errors import UserError
from ostro.states import RUN_FINISHED
from ostro.store import event_log, purges
from ostro.store import tables as t
from ostro.store.archives import Archive
from ostro.store.engine import Store

#: Rows deleted in one transaction, and how many they may be at most: their keys are parameters of one statement.
#: Deleting a run deletes its instances, attempts and XComs too.
BATCH = 500
MOST = 10_000

Rows = Callable[[datetime], sa.Select[tuple[int]]]


def table_names() -> list[str]:
    """What can be pruned, in the order in which it is done."""
    return list(_OLD)


class OfDags(NamedTuple):
    """Whose rows go: those of some DAGs, or of all but some. Rows that belong to no DAG stay then.

    Of the audit log only what the engine noted goes: deeds of people hold each other, and go from the oldest on or not.
    """

    ids: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def where(self, name: str) -> list[sa.ColumnElement[bool]]:
        """Conditions on a table."""
        column = _DAG_IDS[name]
        found: list[sa.ColumnElement[bool]] = [t.event_log.c.link.is_(None)] if name == "event_log" else []
        if self.ids:
            found.append(column.in_(self.ids))
        if self.but:
            found.append(column.not_in(self.but))
        return found


def count_old(
    tx: Connection, before: datetime, names: Sequence[str] | None = None, *, dags: OfDags | None = None
) -> dict[str, int]:
    """How many rows would go; raises UserError for an unknown name."""
    found = {}
    for name in _chosen(names, dags):
        query = sa.select(sa.func.count()).select_from(_old(name, before, dags).subquery())
        found[name] = int(tx.execute(query).scalar_one())
    return found


def prune(
    store: Store,
    before: datetime,
    names: Sequence[str] | None = None,
    *,
    batch: int = BATCH,
    dags: OfDags | None = None,
    archive: Archive | None = None,
) -> Iterator[tuple[str, int]]:
    """Delete, yielding (name, rows deleted) after each transaction; stops cleanly between any two of them.

    `archive`: where the rows are copied to, in the transaction that deletes them.
    """
    for name in _chosen(names, dags):
        key = _key(name)
        ids: list[Any] = []
        while True:
            # Found outside the write, which must be short. What stayed the last time is not looked at again.
            query = _old(name, before, dags).where(*([key > ids[-1]] if ids else []))
            with store.read() as tx:
                ids = list(tx.execute(query.order_by(key).limit(min(batch, MOST))).scalars())
            if not ids:
                break
            with store.begin() as tx:
                deleted = _delete(tx, name, going(tx, name, before, ids, dags=dags), before, archive)
            if deleted:
                yield name, deleted


def going(
    tx: Connection, name: str, before: datetime, ids: Sequence[Any], *, dags: OfDags | None = None
) -> list[Any]:
    """Which of these rows still go (a run may have been cleared meanwhile); nobody changes them until the commit."""
    key = _key(name)
    # Asked of these rows only, in the order in which others lock them.
    query = _old(name, before, dags).where(key.in_(list(ids))).order_by(key)
    return list(tx.execute(query.with_for_update(of=_TABLES[name])).scalars())


def compact(store: Store) -> None:
    """Give the space of deleted rows back to the file system (SQLite; needs as much free space for a moment)."""
    if store.dialect != "sqlite":
        return
    raw = store.engine.raw_connection()
    try:
        raw.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
    finally:
        raw.close()


def _runs(before: datetime) -> sa.Select[tuple[int]]:
    r, newer = t.dag_run.c, t.dag_run.alias("newer")
    return sa.select(r.id).where(
        r.state.in_([s.value for s in RUN_FINISHED]),
        r.end_date < before,
        sa.exists().where(newer.c.dag_id == r.dag_id, newer.c.run_after > r.run_after),
    )


def _events(table: sa.Table) -> Rows:
    def old(before: datetime) -> sa.Select[tuple[int]]:
        return sa.select(table.c.sequence).where(table.c.at < before)

    return old


def _audit(before: datetime) -> sa.Select[tuple[int]]:
    return sa.select(t.event_log.c.id).where(t.event_log.c.at < before)


def _callbacks(before: datetime) -> sa.Select[tuple[int]]:
    o = t.callback_outbox.c
    return sa.select(o.id).where(o.finished_at < before, o.state.in_(("done", "failed")))


def _asset_events(before: datetime) -> sa.Select[tuple[int]]:
    e, q, x, p = t.asset_event.c, t.asset_queue.c, t.asset_partition_event.c, t.asset_partition.c
    waits = sa.exists().where(x.event_id == e.id, p.id == x.partition_id, p.run.is_(None))
    # The run that a row of a queue makes consumes all events of its asset since the first.
    queued = sa.exists().where(q.asset_id == e.asset_id, q.created_at <= e.at)
    return sa.select(e.id).where(e.at < before, ~queued, ~waits)


def _partitions(before: datetime) -> sa.Select[tuple[int]]:
    p = t.asset_partition.c
    return sa.select(p.id).where(p.run.is_not(None), p.updated_at < before)


def _versions(before: datetime) -> sa.Select[tuple[int]]:
    v, r, d, i = t.dag_version.c, t.dag_run.c, t.dag.c, t.task_instance.c
    # An instance keeps the version it ran with when its run goes on with a newer one.
    ran = sa.exists().where(r.dag_id == v.dag_id, i.run == r.id, i.version_id == v.id)
    return sa.select(v.id).where(
        v.updated_at < before,
        ~sa.exists().where(r.version_id == v.id),
        ~sa.exists().where(d.version_id == v.id),
        ~ran,
    )


def _sources(_before: datetime) -> sa.Select[tuple[int]]:
    s = t.dag_source.c
    return sa.select(s.hash).where(~sa.exists().where(t.dag_version.c.source_hash == s.hash))


def _tokens(before: datetime) -> sa.Select[tuple[int]]:
    return sa.select(t.token.c.id).where(t.token.c.expires_at < before)


_OLD: dict[str, Rows] = {
    "dag_run": _runs,
    "ti_event": _events(t.ti_event),
    "run_event": _events(t.run_event),
    "event_log": _audit,
    "callback_outbox": _callbacks,
    "asset_event": _asset_events,
    "asset_partition": _partitions,
    "dag_version": _versions,
    "dag_source": _sources,
    "token": _tokens,
}
_TABLES: dict[str, sa.Table] = {
    "dag_run": t.dag_run,
    "ti_event": t.ti_event,
    "run_event": t.run_event,
    "event_log": t.event_log,
    "callback_outbox": t.callback_outbox,
    "asset_event": t.asset_event,
    "asset_partition": t.asset_partition,
    "dag_version": t.dag_version,
    "dag_source": t.dag_source,
    "token": t.token,
}


#: Tables of which a DAG's rows can be told.
_DAG_IDS: dict[str, sa.Column[Any]] = {
    "dag_run": t.dag_run.c.dag_id,
    "event_log": t.event_log.c.dag_id,
    "asset_event": t.asset_event.c.source_dag_id,
    "dag_version": t.dag_version.c.dag_id,
}
#: What Airflow calls a table, and what goes when its rows are old.
_AIRFLOW = {
    "log": "event_log",
    "callback_request": "callback_outbox",
    "callback": "callback_outbox",
    **dict.fromkeys(
        ("task_instance", "task_instance_history", "task_reschedule", "xcom", "rendered_task_instance_fields",
         "deadline", "trigger", "task_map"),
        "dag_run",
    ),
}  # fmt: skip


def _key(name: str) -> sa.Column[Any]:
    return next(iter(_TABLES[name].primary_key))


def _delete(tx: Connection, name: str, ids: list[Any], before: datetime, archive: Archive | None) -> int:
    """Delete these rows; returns how many went."""
    table = _TABLES[name]
    if table is t.event_log:
        ids = event_log.cut(tx, ids, before)
    if not ids:
        return 0
    if archive is not None:
        archive.keep(tx, table, _key(name), ids)
    if table is t.dag_run:
        purges.of_runs(tx, ids)
    return tx.execute(sa.delete(table).where(_key(name).in_(ids))).rowcount


def _old(name: str, before: datetime, dags: OfDags | None) -> sa.Select[tuple[int]]:
    query = _OLD[name](before)
    return query if dags is None else query.where(*dags.where(name))


def _chosen(names: Sequence[str] | None, dags: OfDags | None = None) -> list[str]:
    names = None if names is None else [_AIRFLOW.get(name, name) for name in names]
    unknown = sorted(set(names or ()) - set(_OLD))
    if unknown:
        raise UserError(f"no table {', '.join(unknown)} to clean; there are {', '.join(_OLD)}")
    return [n for n in _OLD if (names is None or n in names) and (dags is None or n in _DAG_IDS)]

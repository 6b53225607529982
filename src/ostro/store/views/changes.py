"""What changed since a position, cheaply: the tail of the event tables, for live screens.

A `Position` is the last row seen of each table that grows when something changes. Reading the tail of an empty second costs
six look-ups at the end of an index.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

#: Most rows read at once from one table.
MAX_ROWS = 5_000


class Position(msgspec.Struct, frozen=True):
    """Last row seen: of task instance events, run events, the audit log, DAG versions, import errors, asset events."""

    ti: int = 0
    run: int = 0
    log: int = 0
    version: int = 0
    error: int = 0
    #: Number of import errors: they also go away.
    errors: int = 0
    #: Of asset events, plus that of the events that partitions have collected.
    asset: int = 0

    def encode(self) -> str:
        """As text. The page compares two of them number by number (`ui/src/services/recent.ts`)."""
        return ".".join(str(getattr(self, name)) for name in self.__struct_fields__)

    @classmethod
    def decode(cls, text: str) -> Position | None:
        """Of `encode`'s text; None when it is none."""
        parts = text.split(".")
        if len(parts) != len(cls.__struct_fields__) or not all(p.isascii() and p.isdigit() for p in parts):
            return None
        return cls(*(int(p) for p in parts))


class InstanceChange(msgspec.Struct, frozen=True, kw_only=True):
    """A task instance and its present state."""

    sequence: int
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    state: str
    try_number: int


class RunChange(msgspec.Struct, frozen=True, kw_only=True):
    """A run and its present state."""

    sequence: int
    dag_id: str
    run_id: str
    state: str
    run_type: str


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Everything after a position, oldest first, and the new position."""

    position: Position
    instances: list[InstanceChange]
    runs: list[RunChange]
    #: DAGs with a new version or an entry in the audit log.
    dags: list[str]
    import_errors: bool
    #: Assets got events, or partitions collected some.
    assets: bool = False
    #: More than `MAX_ROWS` happened: the lists are not complete.
    overflow: bool = False


def position(tx: Connection) -> Position:
    """Where the tail is now."""
    return Position(
        ti=_last(tx, t.ti_event.c.sequence),
        run=_last(tx, t.run_event.c.sequence),
        log=_last(tx, t.event_log.c.id),
        version=_last(tx, t.dag_version.c.id),
        error=_last(tx, t.import_error.c.id),
        errors=int(tx.execute(sa.select(sa.func.count()).select_from(t.import_error)).scalar_one()),
        # The engine collects an event for a partition some time after it was written: that moves the sum once more.
        asset=_last(tx, t.asset_event.c.id) + _last(tx, t.asset_partition_event.c.event_id),
    )


def changes_since(
    tx: Connection, since: Position, *, ti_holes: Iterable[int] = (), run_holes: Iterable[int] = ()
) -> Changes:
    """What happened after `since`.

    On PostgreSQL a row may become visible after one with a higher number; the caller gives the numbers that it missed
    (`ti_holes`, `run_holes`) to have them looked for again.
    """
    now = position(tx)
    instances = _instances(tx, since.ti, now.ti, list(ti_holes))
    runs = _runs(tx, since.run, now.run, list(run_holes))
    dags: set[str] = set()
    if now.log > since.log:
        rows = tx.execute(
            sa.select(t.event_log.c.dag_id)
            .where(t.event_log.c.id > since.log, t.event_log.c.dag_id.is_not(None))
            .distinct()
            .limit(MAX_ROWS)
        )
        dags |= {row[0] for row in rows}
    if now.version > since.version:
        rows = tx.execute(
            sa.select(t.dag_version.c.dag_id)
            .where(t.dag_version.c.id > since.version)
            .distinct()
            .limit(MAX_ROWS)
        )
        dags |= {row[0] for row in rows}
    return Changes(
        position=now,
        instances=instances[:MAX_ROWS],
        runs=runs[:MAX_ROWS],
        dags=sorted(dags),
        import_errors=(now.error, now.errors) != (since.error, since.errors),
        assets=now.asset != since.asset,
        overflow=len(instances) > MAX_ROWS or len(runs) > MAX_ROWS or len(dags) >= MAX_ROWS,
    )


def _last(tx: Connection, column: sa.Column[int]) -> int:
    return int(tx.execute(sa.select(sa.func.max(column))).scalar_one() or 0)


def _instances(tx: Connection, since: int, until: int, holes: list[int]) -> list[InstanceChange]:
    if until <= since and not holes:
        return []
    e, i, r = t.ti_event.c, t.task_instance.c, t.dag_run.c
    query = (
        sa.select(e.sequence, r.dag_id, r.run_id, i.task_id, i.map_index, i.state, i.try_number)
        .select_from(t.ti_event.join(t.task_instance, i.id == e.ti).join(t.dag_run, r.id == i.run))
        .where(_after(e.sequence, since, until, holes))
        .order_by(e.sequence)
        .limit(MAX_ROWS + 1)
    )
    return [
        InstanceChange(sequence=s, dag_id=d, run_id=run, task_id=task, map_index=m, state=state, try_number=n)
        for s, d, run, task, m, state, n in tx.execute(query)
    ]


def _runs(tx: Connection, since: int, until: int, holes: list[int]) -> list[RunChange]:
    if until <= since and not holes:
        return []
    e, r = t.run_event.c, t.dag_run.c
    query = (
        sa.select(e.sequence, r.dag_id, r.run_id, r.state, r.run_type)
        .select_from(t.run_event.join(t.dag_run, r.id == e.run))
        .where(_after(e.sequence, since, until, holes))
        .order_by(e.sequence)
        .limit(MAX_ROWS + 1)
    )
    return [
        RunChange(sequence=s, dag_id=d, run_id=run, state=state, run_type=kind)
        for s, d, run, state, kind in tx.execute(query)
    ]


def _after(column: sa.Column[int], since: int, until: int, holes: list[int]) -> sa.ColumnElement[bool]:
    tail = sa.and_(column > since, column <= until)
    return sa.or_(tail, column.in_(holes)) if holes else tail

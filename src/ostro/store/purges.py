"""XComs that were deleted with their values kept elsewhere by a backend of the installation: what it has to delete there.

Only an installation with a backend of its own writes here (`note_deleted` on the store); for all others each function
that deletes costs one look at a flag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

if TYPE_CHECKING:
    from ostro.store.engine import Store

#: Execution option of the connections of a store that notes what is deleted.
OPTION = "ostro_note_deleted_xcoms"


class Deleted(msgspec.Struct, frozen=True):
    """One deleted XCom."""

    id: int
    dag_id: str
    run_id: str
    task_id: str
    key: str
    value: bytes


def note_deleted(store: Store) -> None:
    """From now on transactions of this store note the XComs that they delete."""
    store.set_option(OPTION, True)


def of_runs(tx: Connection, ids: Sequence[int]) -> None:
    """Note the XComs of runs that are about to be deleted."""
    if _is_on(tx) and ids:
        _note(tx, t.dag_run.c.id.in_(list(ids)))


def of_dag(tx: Connection, dag_id: str) -> None:
    """Note the XComs of a DAG that is about to be deleted."""
    if _is_on(tx):
        _note(tx, t.dag_run.c.dag_id == dag_id)


def of_one(tx: Connection, run: int, task_id: str, key: str, map_index: int) -> None:
    """Note one XCom that is about to be deleted."""
    if _is_on(tx):
        x = t.xcom.c
        where = sa.and_(x.run == run, x.task_id == task_id, x.key == key, x.map_index == map_index)
        _note(tx, where)


def oldest(tx: Connection, *, after: int = 0, limit: int = 500) -> list[Deleted]:
    """What is to be purged, the oldest first, beyond an id."""
    d = t.deleted_xcom.c
    query = sa.select(d.id, d.dag_id, d.run_id, d.task_id, d.key, d.value).where(d.id > after).order_by(d.id)
    return [Deleted(*row[:-1], bytes(row[-1])) for row in tx.execute(query.limit(limit))]


def finish(tx: Connection, ids: Sequence[int] | None) -> None:
    """These were purged; None means that nobody wants to know of any."""
    statement = sa.delete(t.deleted_xcom)
    if ids is not None:
        statement = statement.where(t.deleted_xcom.c.id.in_(list(ids)))
    tx.execute(statement)


def _is_on(tx: Connection) -> bool:
    return bool(tx.get_execution_options().get(OPTION))


def _note(tx: Connection, where: Any) -> None:
    x, r = t.xcom.c, t.dag_run.c
    found = (
        sa.select(r.dag_id, r.run_id, x.task_id, x.key, x.value)
        .join_from(t.xcom, t.dag_run, r.id == x.run)
        .where(where)
    )
    tx.execute(t.deleted_xcom.insert().from_select(["dag_id", "run_id", "task_id", "key", "value"], found))

"""Which task asked for which run: written once with the run, read by the pages of both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.dialects import insert_into


def put(tx: Connection, child: int, parent: int, task_id: str, map_index: int, now: datetime) -> None:
    """A task of run `parent` started run `child`, or had it cleared; the last time counts."""
    key = {"child": child, "parent": parent, "task_id": task_id, "map_index": map_index}
    statement = insert_into(tx, t.run_trigger).values(**key, at=now)
    tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_={"at": statement.excluded.at}))

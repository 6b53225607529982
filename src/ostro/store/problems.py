"""What is wrong with a DAG beyond the import of its file: shown among the import errors, gone with the next parse."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

#: `import_error.kind` of a timetable that failed when it was asked.
TIMETABLE = "timetable"


def put_timetable_error(tx: Connection, dag_id: str, text: str, traceback: str, now: datetime) -> None:
    """The timetable of a DAG failed: it makes no runs until its file changes."""
    forget_timetable_error(tx, dag_id)
    row = tx.execute(sa.select(t.dag.c.bundle, t.dag.c.path).where(t.dag.c.dag_id == dag_id)).first()
    if row is None:
        return
    sentence = f"the timetable of DAG {dag_id!r} failed, so the DAG makes no runs by itself: {text}"
    tx.execute(
        sa.insert(t.import_error).values(
            bundle=row.bundle,
            path=row.path,
            dag_id=dag_id,
            text=sentence,
            traceback=traceback,
            at=now,
            kind=TIMETABLE,
        )
    )


def forget_timetable_error(tx: Connection, dag_id: str) -> None:
    """The timetable answers."""
    e = t.import_error.c
    tx.execute(sa.delete(t.import_error).where(e.dag_id == dag_id, e.kind == TIMETABLE))

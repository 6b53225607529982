"""What is wrong with a DAG beyond the import of its file: shown among the import errors, gone with the next parse."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.clock import in_seconds

#: `import_error.kind` of a timetable that failed when it was asked.
TIMETABLE = "timetable"


#: `import_error.kind` of a DAG that the engine has set aside.
ENGINE = "engine"


def put_engine_error(tx: Connection, engine: str, dag_id: str, text: str, now: datetime) -> None:
    """This engine cannot make runs of a DAG: said where import errors are, gone when its file is parsed again."""
    row = tx.execute(sa.select(t.dag.c.bundle, t.dag.c.path).where(t.dag.c.dag_id == dag_id)).first()
    if row is None:
        return
    e, f = t.import_error.c, t.dag_file.c
    tx.execute(sa.delete(t.import_error).where(e.dag_id == dag_id, e.kind == ENGINE, e.engine == engine))
    sentence = (
        f"the engine cannot handle the schedule of DAG {dag_id!r}, so it makes no runs by itself: {text}"
    )
    tx.execute(
        sa.insert(t.import_error).values(
            bundle=row.bundle, path=row.path, dag_id=dag_id, text=sentence, at=now, kind=ENGINE, engine=engine
        )
    )
    # A parse looks at errors of before only when there were some.
    tx.execute(
        sa.update(t.dag_file)
        .where(f.bundle == row.bundle, f.path == row.path, f.error_count == 0)
        .values(error_count=1)
    )


def forget_engine_errors(tx: Connection, engine: str, *, seconds: float) -> None:
    """An engine starts and tries everything anew; what others say holds, if they gave a sign of life in so many seconds."""
    e, g = t.import_error.c, t.engine.c
    others = sa.select(g.id).where(
        g.id != engine, g.stopped_at.is_(None), g.heartbeat_at > in_seconds(tx, -seconds)
    )
    tx.execute(
        sa.delete(t.import_error).where(e.kind == ENGINE, sa.or_(e.engine.is_(None), e.engine.not_in(others)))
    )


def put_timetable_error(
    tx: Connection, dag_id: str, text: str, traceback: str, now: datetime, *, what: str = "the timetable"
) -> None:
    """The timetable of a DAG (`what`: a part of it) failed: it makes no runs until its file changes."""
    forget_timetable_error(tx, dag_id)
    row = tx.execute(sa.select(t.dag.c.bundle, t.dag.c.path).where(t.dag.c.dag_id == dag_id)).first()
    if row is None:
        return
    sentence = f"{what} of DAG {dag_id!r} failed, so the DAG makes no runs by itself: {text}"
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

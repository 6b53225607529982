"""What must hold in the database after any fault."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, text

from ostro.states import TASK_TRANSITIONS, TaskState

#: Name -> query that finds violations.
QUERIES = {
    "a run that ended has an unfinished task instance": """
        SELECT i.id, i.state FROM task_instance i JOIN dag_run r ON r.id = i.run
        WHERE r.state IN ('success', 'failed') AND i.state NOT IN ('success', 'failed', 'skipped', 'upstream_failed', 'removed')
    """,
    "an instance has two open attempts": """
        SELECT ti, count(*) FROM attempt WHERE closed_at IS NULL GROUP BY ti HAVING count(*) > 1
    """,
    "a finished instance has an open attempt": """
        SELECT a.ti, i.state FROM attempt a JOIN task_instance i ON i.id = a.ti
        WHERE a.closed_at IS NULL AND i.state IN ('success', 'failed', 'skipped', 'upstream_failed')
    """,
    "a run ended before its last task": """
        SELECT r.id FROM dag_run r JOIN task_instance i ON i.run = r.id
        WHERE r.state IN ('success', 'failed') AND i.end_date > r.end_date
    """,
}


def violations(url: str) -> list[tuple[str, Any]]:
    """Every violation in the database, with the name of its rule."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    found: list[tuple[str, Any]] = []
    with engine.connect() as tx:
        for name, query in QUERIES.items():
            found += [(name, tuple(row)) for row in tx.execute(text(query))]
        for before, after in tx.execute(text("SELECT DISTINCT before, after FROM ti_event")):
            if before is not None and TaskState(after) not in TASK_TRANSITIONS[TaskState(before)]:
                found.append(("an illegal change of state", (before, after)))
    engine.dispose()
    return found

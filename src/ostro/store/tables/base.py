"""What all tables share: their metadata, the ways to write columns and checks, the conditions of partial indexes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, Column, MetaData

from ostro.states import OCCUPYING, RUN_FINISHED, RunState, TaskState
from ostro.store.types import RowId

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def listed(column: str, values: Iterable[str]) -> str:
    """A condition: the column has one of these values."""
    return f"{column} IN ({', '.join(sorted(repr(str(v)) for v in values))})"


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """A check of the same, named after the column."""
    return CheckConstraint(listed(column, values), name=column)


def row_id() -> Column[int]:
    """The number of a row."""
    return Column("id", RowId, primary_key=True)


#: Conditions of partial indexes: a query that is to use one repeats its condition word by word.
LIVE_RUNS = listed("state", set(RunState) - RUN_FINISHED)
OCCUPIED = listed("state", OCCUPYING | {TaskState.SCHEDULED, TaskState.DEFERRED})
#: Of task instances: what most of them are not. Indexes of these cost the others nothing.
MAPPED = "map_index >= 0"
OWN_POOL = "pool <> 'default_pool'"
OPEN_CALLBACKS = listed("state", ("waiting", "claimed"))
OPEN_DEADLINES = "missed_at IS NULL"

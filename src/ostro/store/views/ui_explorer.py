"""Numbers beside the lists of all runs and of all task instances."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.views import rest_instances, rest_runs
from ostro.store.views.filters import Condition
from ostro.store.views.paging import Join, Listing

_r, _i, _v = t.dag_run.c, t.task_instance.c, t.dag_version.c
_RUNS = Listing(t.dag_run, (Join(t.dag_version, _v.id == _r.version_id),), rest_runs.COLUMNS)
_INSTANCES = Listing(
    t.task_instance,
    (
        Join(t.dag_run, _r.id == _i.run),
        Join(t.dag_version, _v.id == sa.func.coalesce(_i.version_id, _r.version_id)),
    ),
    rest_instances.COLUMNS,
    rare=rest_instances.RARE,
)


def count_runs(tx: Connection, conditions: Iterable[Condition], most: int) -> int:
    """Number of runs that match, counted no further than `most` + 1."""
    return _count(tx, _RUNS, conditions, most)


def count_instances(tx: Connection, conditions: Iterable[Condition], most: int) -> int:
    """Number of task instances that match, counted no further than `most` + 1."""
    return _count(tx, _INSTANCES, conditions, most)


def _count(tx: Connection, listing: Listing, conditions: Iterable[Condition], most: int) -> int:
    clauses = listing.where(conditions)
    found = sa.select(listing.table.c.id).select_from(listing.needed(*clauses)).where(*clauses)
    query = sa.select(sa.func.count()).select_from(found.limit(most + 1).subquery())
    return int(tx.execute(query).scalar_one())

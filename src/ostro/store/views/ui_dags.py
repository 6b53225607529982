"""The list of DAGs on the web page: what stands beside each DAG, and the numbers and choices above the list."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.states import RunState
from ostro.store import tables as t

_d, _r, _g = t.dag.c, t.dag_run.c, t.dag_tag.c


class DagTotals(msgspec.Struct, frozen=True, kw_only=True):
    """How many DAGs there are, of those that a file holds."""

    all: int
    active: int
    paused: int
    #: With a queued or running run.
    running: int
    #: Whose latest run failed.
    failed: int


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What lists of DAGs can be filtered by: the words that occur, sorted."""

    tags: list[str]
    owners: list[str]
    bundles: list[str]


def totals(tx: Connection, readable: frozenset[str] | None = None) -> DagTotals:
    """The numbers above the list of DAGs. `readable`: only of these DAGs."""
    present = [_d.is_stale.is_(False), *_only(readable)]
    paused = {
        bool(p): n
        for p, n in tx.execute(
            sa.select(_d.is_paused, sa.func.count()).where(*present).group_by(_d.is_paused)
        )
    }
    live = sa.select(_r.dag_id).where(sa.text(t.LIVE_RUNS))
    running = tx.execute(sa.select(sa.func.count()).select_from(t.dag).where(*present, _d.dag_id.in_(live)))
    failed = tx.execute(sa.select(sa.func.count()).select_from(t.dag).where(*present, failing()))
    return DagTotals(
        all=sum(paused.values()),
        active=paused.get(False, 0),
        paused=paused.get(True, 0),
        running=int(running.scalar_one()),
        failed=int(failed.scalar_one()),
    )


def failing() -> sa.ColumnElement[bool]:
    """The latest run of the DAG failed. DAGs without any failed run, which are most, are told by an index."""
    ever = sa.select(_r.dag_id).where(_r.state == RunState.FAILED.value)
    latest = (
        sa.select(_r.state)
        .where(_r.dag_id == _d.dag_id)
        .order_by(_r.run_after.desc(), _r.id.desc())
        .limit(1)
        .correlate(t.dag)
        .scalar_subquery()
    )
    return sa.and_(_d.dag_id.in_(ever), latest == RunState.FAILED.value)


def choices(tx: Connection, readable: frozenset[str] | None = None) -> Choices:
    """Tags, owners and bundles of the DAGs that a file holds."""
    present = [_d.is_stale.is_(False), *_only(readable)]
    tags = sa.select(_g.name).join(t.dag, _d.dag_id == _g.dag_id).where(*present).distinct().order_by(_g.name)
    owners: set[str] = set()
    for text in tx.execute(sa.select(_d.owners).where(*present).distinct()).scalars():
        owners |= {one.strip() for one in text.split(",") if one.strip()}
    bundles = sa.select(_d.bundle).where(*present, _d.bundle != "").distinct().order_by(_d.bundle)
    return Choices(
        tags=list(tx.execute(tags).scalars()),
        owners=sorted(owners),
        bundles=list(tx.execute(bundles).scalars()),
    )


def favorites_of(tx: Connection, user: str, dag_ids: Sequence[str]) -> set[str]:
    """Which of these DAGs are favourites of the user."""
    f = t.favorite.c
    query = sa.select(f.dag_id).where(f.user_name == user, f.dag_id.in_(list(dag_ids)))
    return set(tx.execute(query).scalars())


def open_questions(tx: Connection, dag_ids: Sequence[str]) -> dict[str, int]:
    """Number of questions to people that wait for an answer, by DAG; DAGs without one are left out."""
    h, i = t.hitl_detail.c, t.task_instance.c
    query = (
        sa.select(_r.dag_id, sa.func.count())
        .select_from(t.hitl_detail.join(t.task_instance, i.id == h.ti).join(t.dag_run, _r.id == i.run))
        .where(h.responded_at.is_(None), h.try_number == i.try_number, _r.dag_id.in_(list(dag_ids)))
        .group_by(_r.dag_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def _only(readable: frozenset[str] | None) -> list[sa.ColumnElement[bool]]:
    return [] if readable is None else [_d.dag_id.in_(sorted(readable))]

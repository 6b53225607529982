"""Versions of a DAG as the web page shows them: since when, and what ran with them; when and how their file was read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t

_d, _v, _r, _f = t.dag.c, t.dag_version.c, t.dag_run.c, t.dag_file.c


class UsedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version and the runs that it has."""

    version_number: int
    created_at: datetime
    bundle_name: str
    bundle_version: str | None
    bundle_url: str | None
    #: Versions with the same have the same source.
    source: str | None
    runs: int
    last_run_id: str | None


class RunVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version and how many task instances of a run have it."""

    version_number: int
    instances: int


class FileRead(msgspec.Struct, frozen=True, kw_only=True):
    """How reading a DAG file went: when, and how many seconds it took."""

    parsed_at: datetime | None
    duration: float | None


def used_versions(tx: Connection, dag_id: str, limit: int) -> list[UsedVersion]:
    """Versions of a DAG with the number of runs that they have, the latest first."""
    last = (
        sa.select(_r.version_id, sa.func.count().label("runs"), sa.func.max(_r.id).label("last"))
        .where(_r.dag_id == dag_id)
        .group_by(_r.version_id)
        .subquery()
    )
    run = t.dag_run.alias("last_run")
    query = (
        sa.select(
            _v.number.label("version_number"), _v.created_at, _v.bundle.label("bundle_name"), _v.bundle_version,
            _v.bundle_url, _v.source_hash.label("source"), sa.func.coalesce(last.c.runs, 0).label("runs"),
            run.c.run_id.label("last_run_id"),
        )
        .select_from(
            t.dag_version.outerjoin(last, last.c.version_id == _v.id).outerjoin(run, run.c.id == last.c.last)
        )
        .where(_v.dag_id == dag_id)
        .order_by(_v.number.desc())
        .limit(limit)
    )  # fmt: skip
    return [UsedVersion(**row._asdict()) for row in tx.execute(query)]


def versions_of_runs(tx: Connection, runs: Sequence[int]) -> dict[int, list[RunVersion]]:
    """Versions that the task instances of runs (row ids) have, the newest first."""
    if not runs:
        return {}
    i = t.task_instance.c
    query = (
        sa.select(i.run, _v.number, sa.func.count())
        .select_from(t.task_instance.join(t.dag_version, _v.id == i.version_id))
        .where(i.run.in_(list(runs)))
        .group_by(i.run, _v.number)
        .order_by(i.run, _v.number.desc())
    )
    found: dict[int, list[RunVersion]] = {}
    for run, number, count in tx.execute(query):
        found.setdefault(run, []).append(RunVersion(version_number=number, instances=count))
    return found


def file_read(tx: Connection, bundle: str, path: str) -> FileRead:
    """When a DAG file was read last."""
    row = tx.execute(sa.select(_f.parsed_at, _f.duration).where(_f.bundle == bundle, _f.path == path)).first()
    return FileRead(parsed_at=None, duration=None) if row is None else FileRead(**row._asdict())


def current_versions(tx: Connection, dag_ids: Collection[str] | None = None) -> dict[str, tuple[int, str]]:
    """Row id and content of the version that new runs get, by DAG id; of DAGs (None = all) whose file is there."""
    query = (
        sa.select(_d.dag_id, _v.id, _v.hash)
        .join(t.dag_version, _v.id == _d.version_id)
        .where(_d.is_stale.is_(False))
    )
    if dag_ids is not None and len(dag_ids) <= 1_000:
        query = query.where(_d.dag_id.in_(sorted(dag_ids)))
    return {
        dag_id: (id_, content)
        for dag_id, id_, content in tx.execute(query)
        if dag_ids is None or dag_id in dag_ids
    }


def load_specs(tx: Connection, version_ids: Sequence[int]) -> list[tuple[int, bytes]]:
    """Encoded specs by row id of their version."""
    return [
        (id_, spec) for id_, spec in tx.execute(sa.select(_v.id, _v.spec).where(_v.id.in_(list(version_ids))))
    ]

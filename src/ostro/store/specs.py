"""DAG files, DAGs and their versions: what the loader saves, what the scheduler plans with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.protocol.task import FileRef
from ostro.store import asset_refs, purges
from ostro.store import tables as t
from ostro.store.parsed import NO_NEXT, SaveResult, save_parsed, storable
from ostro.store.schedules import NextRun, ScheduleRow, load_schedules, save_next

__all__ = [
    "FileRecord",
    "NextRun",
    "SaveResult",
    "ScheduleRow",
    "current_version",
    "dag_summaries",
    "dag_summary",
    "delete_dag",
    "file_of",
    "files_in_conflict",
    "forget_bundle_versions",
    "load_files",
    "load_schedules",
    "load_source",
    "load_spec",
    "retire_files",
    "save_next",
    "save_parsed",
    "set_bundle_version",
    "set_paused",
    "timetable_of",
]


class FileRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A DAG file as it was parsed last."""

    bundle: str
    path: str
    folder: str = ""
    fingerprint: str = ""
    #: [[kind, name], …]: what the file read while it was parsed.
    deps: list[list[str]] = []
    warnings: list[str] = []
    parsed_at: datetime | None = None
    duration: float | None = None
    refresh_at: datetime | None = None
    dag_ids: list[str] = []
    error_count: int = 0
    #: What the loader wants to find again.
    extra: Any = None


def set_bundle_version(
    tx: Connection,
    bundle: str,
    version: str,
    path: str | None = None,
    version_ids: Sequence[int] = (),
    url: str | None = None,
) -> None:
    """New runs of a bundle's DAGs (of one file: `path`) are pinned to this version, but for those that do not want it.

    `version_ids`: versions of DAGs that were made from it; `url`: where people see it.
    """
    d, v = t.dag.c, t.dag_version.c
    pinned = sa.case((d.disable_bundle_versioning, sa.null()), else_=version)
    change = sa.update(t.dag).where(d.bundle == bundle, d.bundle_version.is_distinct_from(pinned))
    if path is not None:
        change = change.where(d.path == path)
    tx.execute(change.values(bundle_version=pinned))
    if version_ids:
        tx.execute(
            sa.update(t.dag_version)
            .where(v.id.in_(list(version_ids)))
            .values(bundle_version=version, bundle_url=url)
        )


def forget_bundle_versions(tx: Connection, versioned: Sequence[str]) -> None:
    """DAGs of all bundles but these have no version that runs are pinned to."""
    d = t.dag.c
    left = sa.update(t.dag).where(d.bundle_version.is_not(None), d.bundle.not_in(list(versioned)))
    tx.execute(left.values(bundle_version=None))


def retire_files(tx: Connection, files: Iterable[FileRef], now: datetime) -> list[str]:
    """The files left: their DAGs become stale, their errors go. Returns the DAG ids."""
    retired: list[str] = []
    d = t.dag
    for file in map(storable, files):
        here = (d.c.bundle == file.bundle) & (d.c.path == file.path)
        retired += tx.execute(sa.select(d.c.dag_id).where(here, d.c.is_stale.is_(False))).scalars()
        expired = sa.func.coalesce(d.c.expired_at, sa.literal(now, d.c.expired_at.type))
        change = {"is_stale": True, "has_import_errors": False, "expired_at": expired, **NO_NEXT}
        tx.execute(sa.update(d).where(here).values(**change))
        for table in (t.import_error, t.dag_file):
            tx.execute(sa.delete(table).where(table.c.bundle == file.bundle, table.c.path == file.path))
    asset_refs.settle(tx, asset_refs.assets_of(tx, retired))
    return retired


def files_in_conflict(tx: Connection, dag_ids: Sequence[str]) -> list[tuple[str, str]]:
    """(bundle, path) of files that were refused one of these DAGs because another file held it: parse them again."""
    e = t.import_error.c
    query = sa.select(e.bundle, e.path).where(e.kind == "conflict", e.dag_id.in_(list(dag_ids))).distinct()
    return [(bundle, path) for bundle, path in tx.execute(query)]


def load_files(tx: Connection) -> list[FileRecord]:
    """All DAG files as they were parsed last, with the DAGs that they hold."""
    dag_ids: dict[tuple[str, str], list[str]] = {}
    # A DAG that its file held before, and cannot be imported now, has no file.
    held = t.dag.c.is_stale.is_(False) & t.dag.c.expired_at.is_(None)
    query = sa.select(t.dag.c.bundle, t.dag.c.path, t.dag.c.dag_id).where(held)
    for bundle, path, dag_id in tx.execute(query.order_by(t.dag.c.dag_id)):
        dag_ids.setdefault((bundle, path), []).append(dag_id)
    f = t.dag_file.c
    columns = (
        f.bundle, f.path, f.folder, f.fingerprint, f.deps, f.warnings, f.parsed_at, f.duration, f.refresh_at,
        f.error_count, f.extra,
    )  # fmt: skip
    return [
        FileRecord(
            **{
                **row._asdict(),
                "deps": row.deps or [],
                "warnings": row.warnings or [],
                "dag_ids": dag_ids.get((row.bundle, row.path), []),
            }
        )
        for row in tx.execute(sa.select(*columns).order_by(f.bundle, f.path))
    ]


def ask_to_parse(tx: Connection, bundle: str, path: str) -> bool:
    """What is known of the file no longer counts: an engine that looks at `files_to_parse` parses it. False: no such file."""
    here = (t.dag_file.c.bundle == bundle) & (t.dag_file.c.path == path)
    return tx.execute(sa.update(t.dag_file).where(here).values(fingerprint="")).rowcount > 0


def files_to_parse(tx: Connection) -> list[tuple[str, str]]:
    """Files that somebody asked to parse, as (bundle, path)."""
    f = t.dag_file.c
    return [(row[0], row[1]) for row in tx.execute(sa.select(f.bundle, f.path).where(f.fingerprint == ""))]


def dags_of_file(tx: Connection, bundle: str, path: str) -> list[str]:
    """Ids of the DAGs that a file holds, sorted."""
    d = t.dag.c
    query = sa.select(d.dag_id).where(d.bundle == bundle, d.path == path, d.is_stale.is_(False))
    return list(tx.execute(query.order_by(d.dag_id)).scalars())


def without_file(tx: Connection, dag_ids: Iterable[str]) -> dict[str, tuple[datetime, bool]]:
    """Of these DAGs, those that no file holds now: since when, and whether their file is there but broken."""
    d = t.dag.c
    query = sa.select(d.dag_id, d.expired_at, d.has_import_errors).where(
        d.dag_id.in_(list(dag_ids)), d.expired_at.is_not(None)
    )
    return {row.dag_id: (row.expired_at, row.has_import_errors) for row in tx.execute(query)}


# ---- reading ----------------------------------------------------------------------------------------------------------


def load_spec(tx: Connection, version_id: int) -> bytes:
    """The encoded spec of a version. Raises StoreError's LookupError sibling KeyError when there is none."""
    found: bytes | None = tx.execute(
        sa.select(t.dag_version.c.spec).where(t.dag_version.c.id == version_id)
    ).scalar_one_or_none()
    if found is None:
        raise KeyError(version_id)
    return bytes(found)


def current_version(tx: Connection, dag_id: str) -> int | None:
    """The version that new runs of the DAG get; None for an unknown DAG."""
    return tx.execute(sa.select(t.dag.c.version_id).where(t.dag.c.dag_id == dag_id)).scalar_one_or_none()


def file_of(tx: Connection, dag_id: str) -> FileRef | None:
    """The file that holds a DAG, as it was parsed last; None when there is none."""
    d, f = t.dag.c, t.dag_file.c
    query = (
        sa.select(f.folder, f.path, f.bundle, f.fingerprint, d.dialect)
        .join(t.dag_file, (f.bundle == d.bundle) & (f.path == d.path))
        .where(d.dag_id == dag_id, d.is_stale.is_(False))
    )
    row = tx.execute(query).first()
    return None if row is None else FileRef(**row._asdict())


def timetable_of(tx: Connection, dag_id: str) -> dict[str, Any] | None:
    """The timetable of a DAG as JSON; None for an unknown DAG."""
    return tx.execute(sa.select(t.dag.c.timetable).where(t.dag.c.dag_id == dag_id)).scalar_one_or_none()


def load_source(tx: Connection, dag_id: str, version_number: int | None = None) -> str | None:
    """The source text of a version (None = the current one) as it was parsed."""
    v = t.dag_version.c
    query = sa.select(t.dag_source.c.source).join(t.dag_version, v.source_hash == t.dag_source.c.hash)
    if version_number is None:
        query = query.join(t.dag, t.dag.c.version_id == v.id).where(t.dag.c.dag_id == dag_id)
    else:
        query = query.where(v.dag_id == dag_id, v.number == version_number)
    return tx.execute(query).scalar_one_or_none()


def dag_summary(tx: Connection, dag_id: str) -> dict[str, Any] | None:
    """A DAG as user code may ask for it."""
    found = dag_summaries(tx, [dag_id])
    return found[0] if found else None


def dag_summaries(
    tx: Connection, dag_ids: Sequence[str] | None = None, *, limit: int = 10_000
) -> list[dict[str, Any]]:
    """DAGs as user code may ask for them, by id; None means all."""
    d = t.dag.c
    query = (
        sa.select(
            d.dag_id, d.is_paused, d.is_stale, d.bundle, d.path, t.dag_file.c.folder, d.owners, d.description,
            d.timetable_summary, d.tags, d.parsed_at, d.next_logical_date, d.next_run_after, d.version_id,
        )
        .outerjoin(t.dag_file, (t.dag_file.c.bundle == d.bundle) & (t.dag_file.c.path == d.path))
        .order_by(d.dag_id)
        .limit(limit)
    )  # fmt: skip
    if dag_ids is not None:
        query = query.where(d.dag_id.in_(list(dag_ids)))
    return [_summary(row) for row in tx.execute(query)]


def _summary(row: Any) -> dict[str, Any]:
    folder = row.folder or ""
    return {
        "dag_id": row.dag_id,
        "is_paused": row.is_paused,
        "is_active": not row.is_stale,
        "bundle_name": row.bundle,
        "relative_fileloc": row.path,
        "fileloc": f"{folder}/{row.path}" if folder else row.path,
        "owners": row.owners,
        "description": row.description,
        "timetable_summary": row.timetable_summary,
        "tags": row.tags or [],
        "last_parsed_time": row.parsed_at,
        "next_dagrun": row.next_logical_date,
        "next_dagrun_create_after": row.next_run_after,
        "version_id": row.version_id,
    }


def set_paused(tx: Connection, dag_ids: Sequence[str], paused: bool) -> list[str]:
    """Pause or unpause; returns the DAG ids that exist and are changed by it."""
    d = t.dag
    where = d.c.dag_id.in_(list(dag_ids)) & (d.c.is_paused != paused)
    changed = list(tx.execute(sa.select(d.c.dag_id).where(where)).scalars())
    if changed:
        tx.execute(sa.update(d).where(d.c.dag_id.in_(changed)).values(is_paused=paused))
    return changed


def delete_dag(tx: Connection, dag_id: str) -> bool:
    """Delete a DAG with its versions, runs and all that belongs to them. False when there is none.

    A DAG whose file still exists comes back when the file is parsed.
    """
    named = asset_refs.assets_of(tx, [dag_id])
    purges.of_dag(tx, dag_id)
    tx.execute(sa.delete(t.dag_run).where(t.dag_run.c.dag_id == dag_id))
    deleted = tx.execute(sa.delete(t.dag).where(t.dag.c.dag_id == dag_id))
    asset_refs.settle(tx, named)
    return deleted.rowcount == 1

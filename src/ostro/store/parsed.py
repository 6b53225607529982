"""Saving what the loader parsed: files, DAGs, versions, sources, import errors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.grants import grants_of_dag
from ostro.protocol.parse import FileError, Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.spec import DagSpec, decode, version_hash
from ostro.store import asset_refs, roles, sealed, watchers
from ostro.store import tables as t
from ostro.store.driver import execute, fetch, moment_in
from ostro.store.types import clean_text, to_json


class SaveResult(msgspec.Struct, frozen=True, kw_only=True):
    """What saving a file changed."""

    #: DAGs that were made, changed, revived or retired.
    dag_ids: list[str]
    #: (dag_id, version id) of versions that are new.
    new_versions: list[tuple[str, int]]
    #: Versions whose content was replaced because nothing had run with them: decoded copies are out of date.
    replaced_versions: list[int]
    #: (dag_id, path of the file that holds it already): not taken over, an import error says so.
    conflicts: list[tuple[str, str]]


def save_parsed(
    tx: Connection,
    file: FileRef,
    parsed: Parsed,
    *,
    now: datetime,
    paused: bool = True,
    refresh_at: datetime | None = None,
    extra: Any = None,
) -> SaveResult:
    """Save what a file holds. `paused`: how a new DAG starts when its file does not say.

    A DAG gets a new version only when its spec changed and the current version has task instances; otherwise the
    version's row is replaced. A file that could not be imported keeps its DAGs, marked with has_import_errors; a DAG
    that is gone from a good file becomes stale. A DAG id that another file holds is refused with an import error.
    """
    file = storable(file)
    known = _known_dags(tx, file, [d.dag_id for d in parsed.dags])
    found = {d.dag_id: d for d in parsed.dags}
    here = (file.bundle, file.path)
    conflicts = [
        (row.dag_id, row.path)
        for row in known.values()
        if row.dag_id in found and not row.is_stale and row.file_known and (row.bundle, row.path) != here
    ]
    for dag_id, _ in conflicts:
        del found[dag_id]
    source_hash = _save_source(tx, parsed.source) if found else None
    saving = _Saving(tx, file, source_hash, now, parsed.duration, paused, bool(parsed.errors))
    for parsed_dag in found.values():
        saving.save(parsed_dag, known.get(parsed_dag.dag_id))
    saving.leave(
        [
            r.dag_id
            for r in known.values()
            if r.dag_id not in found and (r.bundle, r.path) == here and not r.is_stale
        ]
    )
    errors = _save_errors(tx, file, parsed.errors, conflicts, now)
    _save_file(tx, file, parsed, len(found), errors, now, refresh_at, extra)
    return SaveResult(
        dag_ids=saving.touched,
        new_versions=saving.new_versions,
        replaced_versions=saving.replaced,
        conflicts=conflicts,
    )


def storable(file: FileRef) -> FileRef:
    """The file under a name that every database takes: a name on disk may be no text at all."""
    return msgspec.structs.replace(file, path=clean_text(file.path), folder=clean_text(file.folder))


# ---- one file's DAGs ------------------------------------------------------------------------------------------------------

#: Values of a DAG without a next run.
NO_NEXT: dict[str, Any] = {
    "next_logical_date": None,
    "next_interval_start": None,
    "next_interval_end": None,
    "next_run_after": None,
}

# Made once: a thousand files go through them when a folder is loaded first.
_d, _v, _f = t.dag.c, t.dag_version.c, t.dag_file.c
_KNOWN = (
    sa.select(
        _d.dag_id, _d.bundle, _d.path, _d.is_stale, _d.has_import_errors, _d.version_id, _v.hash, _v.source_hash,
        _f.path.is_not(None).label("file_known"),
    )
    .outerjoin(t.dag_version, _v.id == _d.version_id)
    .outerjoin(t.dag_file, (_f.bundle == _d.bundle) & (_f.path == _d.path))
)  # fmt: skip
_KNOWN_HERE = _KNOWN.where(_d.bundle == sa.bindparam("b_bundle"), _d.path == sa.bindparam("b_path"))
_KNOWN_NAMED = _KNOWN.where(_d.dag_id.in_(sa.bindparam("b_names", expanding=True)))
_INSERT_DAG = sa.insert(t.dag)
_UPDATE_DAG = sa.update(t.dag).where(_d.dag_id == sa.bindparam("b_dag_id"))
_INSERT_VERSION = sa.insert(t.dag_version).returning(_v.id)
_UPDATE_VERSION = sa.update(t.dag_version).where(_v.id == sa.bindparam("b_id"))
_INSERT_TAG = sa.insert(t.dag_tag)
_INSERT_LINK = sa.insert(t.dag_owner_link)
_LAST_NUMBER = "SELECT max(number) FROM dag_version WHERE dag_id = ?"
_SEEN = (
    # The version of another bundle says nothing here.
    "UPDATE dag SET bundle_version = CASE WHEN bundle = ? THEN bundle_version END,"
    " bundle = ?, path = ?, parsed_at = ?, parse_duration = ?, is_stale = ?, has_import_errors = ?,"
    " expired_at = NULL"
    " WHERE dag_id = ?"
)
_SET_VERSION = "UPDATE dag SET version_id = ? WHERE dag_id = ?"
_SET_SOURCE = "UPDATE dag_version SET source_hash = ? WHERE id = ?"
_HAS_INSTANCES = "SELECT 1 FROM dag_run r WHERE r.version_id = ? AND EXISTS (SELECT 1 FROM task_instance i WHERE i.run = r.id) LIMIT 1"
_SOURCE = "INSERT INTO dag_source (hash, source) VALUES (?, ?) ON CONFLICT DO NOTHING"
_ERRORS = "SELECT error_count FROM dag_file WHERE bundle = ? AND path = ?"
_FILE_COLUMNS = (
    "folder", "fingerprint", "deps", "warnings", "parsed_at", "duration", "refresh_at", "dag_count", "error_count",
    "extra",
)  # fmt: skip
_FILE = (
    f"INSERT INTO dag_file (bundle, path, {', '.join(_FILE_COLUMNS)}) VALUES ({', '.join('?' * (len(_FILE_COLUMNS) + 2))})"
    f" ON CONFLICT (bundle, path) DO UPDATE SET {', '.join(f'{n} = excluded.{n}' for n in _FILE_COLUMNS)}"
)


class _Saving:
    """Saves the DAGs of one parsed file and collects what changed."""

    def __init__(
        self,
        tx: Connection,
        file: FileRef,
        source_hash: str | None,
        now: datetime,
        duration: float,
        paused: bool,
        has_errors: bool,
    ) -> None:
        self.tx = tx
        self.file = file
        self.source_hash = source_hash
        self.now = now
        self.duration = duration
        self.paused = paused
        self.has_errors = has_errors
        self.touched: list[str] = []
        self.new_versions: list[tuple[str, int]] = []
        self.replaced: list[int] = []

    def save(self, parsed: ParsedDag, known: Any) -> None:
        digest = version_hash(parsed.spec)
        if known is not None and known.version_id is not None and known.hash == digest:
            self._unchanged(parsed.dag_id, known)
            return
        spec = decode(parsed.spec)
        values = {
            "bundle": self.file.bundle,
            "bundle_version": None,
            "path": self.file.path,
            "parsed_at": self.now,
            "parse_duration": self.duration,
            "is_stale": False,
            "has_import_errors": self.has_errors,
            "expired_at": None,
            **_columns(spec),
        }
        if known is None:
            asked = spec.is_paused_upon_creation
            is_paused = self.paused if asked is None else asked
            self.tx.execute(
                _INSERT_DAG,
                {"dag_id": parsed.dag_id, "created_at": self.now, "is_paused": is_paused, **values},
            )
            version_id = self._version(parsed, spec, digest, known)
            execute(self.tx, _SET_VERSION, (version_id, clean_text(parsed.dag_id)))
        else:
            version_id = self._version(parsed, spec, digest, known)
            self.tx.execute(_UPDATE_DAG, {"b_dag_id": parsed.dag_id, "version_id": version_id, **values})
        self._lists(spec, is_new=known is None)
        asset_refs.save_references(self.tx, spec, self.now, is_new=known is None)
        watchers.save(self.tx, spec, self.now, is_new=known is None)
        if spec.access_control is not None:
            # None leaves what an earlier version of the file gave, as Airflow does.
            given = grants_of_dag(spec.dag_id, spec.access_control)
            roles.replace_dag_grants(self.tx, spec.dag_id, given, is_new=known is None)
        self.touched.append(parsed.dag_id)

    def leave(self, gone: list[str]) -> None:
        """DAGs that the file held before and does not now."""
        if not gone:
            return
        d = t.dag
        change: dict[str, Any] = (
            {"has_import_errors": True}
            if self.has_errors
            else {"is_stale": True, "has_import_errors": False, **NO_NEXT}
        )
        change["expired_at"] = sa.func.coalesce(d.c.expired_at, sa.literal(self.now, d.c.expired_at.type))
        self.tx.execute(sa.update(d).where(d.c.dag_id.in_(gone)).values(**change))
        if not self.has_errors:
            asset_refs.settle(self.tx, asset_refs.assets_of(self.tx, gone))
        self.touched += gone

    def _unchanged(self, dag_id: str, known: Any) -> None:
        at = moment_in(self.tx)(self.now)
        here = (self.file.bundle, self.file.path, at, self.duration, False, self.has_errors)
        execute(self.tx, _SEEN, (self.file.bundle, *here, clean_text(dag_id)))
        if known.source_hash != self.source_hash:
            execute(self.tx, _SET_SOURCE, (self.source_hash, known.version_id))
        moved = (known.bundle, known.path) != (self.file.bundle, self.file.path)
        if known.is_stale:
            asset_refs.settle(self.tx, asset_refs.assets_of(self.tx, [dag_id]))
        if known.is_stale or moved or known.has_import_errors != self.has_errors:
            self.touched.append(dag_id)

    def _version(self, parsed: ParsedDag, spec: DagSpec, digest: str, known: Any) -> int:
        values = {
            "hash": digest,
            "source_hash": self.source_hash,
            "bundle": self.file.bundle,
            "path": self.file.path,
            "updated_at": self.now,
            "spec": sealed.seal_spec(self.tx, parsed.spec, spec),
        }
        if (
            known is not None
            and known.version_id is not None
            and not _has_instances(self.tx, known.version_id)
        ):
            self.tx.execute(_UPDATE_VERSION, {"b_id": known.version_id, **values})
            self.replaced.append(known.version_id)
            return int(known.version_id)
        last = 0 if known is None else fetch(self.tx, _LAST_NUMBER, (clean_text(parsed.dag_id),))[0][0]
        version_id = self.tx.execute(
            _INSERT_VERSION,
            {"dag_id": parsed.dag_id, "number": (last or 0) + 1, "created_at": self.now, **values},
        ).scalar_one()
        self.new_versions.append((parsed.dag_id, version_id))
        return int(version_id)

    def _lists(self, spec: DagSpec, *, is_new: bool) -> None:
        if not is_new:
            for table in ("dag_tag", "dag_owner_link"):
                execute(self.tx, f"DELETE FROM {table} WHERE dag_id = ?", (clean_text(spec.dag_id),))
        if spec.tags:
            rows = [{"dag_id": spec.dag_id, "name": name} for name in sorted(set(spec.tags))]
            self.tx.execute(_INSERT_TAG, rows)
        if spec.owner_links:
            links = [
                {"dag_id": spec.dag_id, "owner": o, "link": link} for o, link in spec.owner_links.items()
            ]
            self.tx.execute(_INSERT_LINK, links)


def _known_dags(tx: Connection, file: FileRef, dag_ids: list[str]) -> dict[str, Any]:
    rows = list(tx.execute(_KNOWN_HERE, {"b_bundle": file.bundle, "b_path": file.path}))
    missing = sorted(set(dag_ids) - {row.dag_id for row in rows})
    for start in range(0, len(missing), 500):
        rows += tx.execute(_KNOWN_NAMED, {"b_names": missing[start : start + 500]})
    return {row.dag_id: row for row in rows}


def _has_instances(tx: Connection, version_id: int) -> bool:
    return bool(fetch(tx, _HAS_INSTANCES, (version_id,)))


def _save_source(tx: Connection, source: str) -> str:
    text = clean_text(source)
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    execute(tx, _SOURCE, (digest, text))
    return digest


def _save_errors(
    tx: Connection,
    file: FileRef,
    errors: Sequence[FileError],
    conflicts: list[tuple[str, str]],
    now: datetime,
) -> int:
    """Replace the file's errors; returns how many it has now."""
    e = t.import_error
    before = fetch(tx, _ERRORS, (file.bundle, file.path))
    if before and before[0][0]:
        tx.execute(sa.delete(e).where(e.c.bundle == file.bundle, e.c.path == file.path))
    here = {"bundle": file.bundle, "path": file.path, "at": now}
    rows = [
        {
            **here,
            "kind": "error",
            "dag_id": error.dag_id,
            "text": error.text,
            "error_path": error.path,
            "line": error.line,
            "traceback": error.traceback,
        }
        for error in errors
    ]
    rows += [
        {
            **here,
            "kind": "conflict",
            "dag_id": dag_id,
            "text": f"the DAG id {dag_id!r} is already used by the file {other}",
            "error_path": file.path,
            "line": None,
            "traceback": "",
        }
        for dag_id, other in conflicts
    ]
    if rows:
        tx.execute(sa.insert(e), rows)
    return len(rows)


def _save_file(
    tx: Connection,
    file: FileRef,
    parsed: Parsed,
    dag_count: int,
    error_count: int,
    now: datetime,
    refresh_at: datetime | None,
    extra: Any,
) -> None:
    put = moment_in(tx)
    deps = to_json([[d.kind, d.name] for d in parsed.dependencies])
    warnings = clean_text(to_json(parsed.warnings)) if parsed.warnings else None
    values = (
        file.bundle, file.path, file.folder, file.fingerprint, deps, warnings, put(now), parsed.duration,
        put(refresh_at), dag_count, error_count, None if extra is None else to_json(extra),
    )  # fmt: skip
    execute(tx, _FILE, values)


def _columns(spec: DagSpec) -> dict[str, Any]:
    """What lists show of a spec."""
    start, end = _bounds(spec)
    summary, description = _timetable_words(spec)
    return {
        "display_name": spec.display_name or spec.dag_id,
        "description": spec.description,
        "owners": spec.owners,
        "timetable": spec.timetable,
        "timetable_summary": summary,
        "timetable_description": description,
        "asset_condition": spec.asset_condition,
        "start_date": start,
        "end_date": end,
        "catchup": spec.catchup,
        "max_active_runs": spec.max_active_runs,
        "max_active_tasks": spec.max_active_tasks,
        "max_consecutive_failed_dag_runs": spec.max_consecutive_failed_dag_runs,
        "dialect": spec.dialect,
        "task_count": len(spec.tasks),
        "disable_bundle_versioning": spec.disable_bundle_versioning,
        "tags": list(spec.tags) or None,
    }


def _bounds(spec: DagSpec) -> tuple[datetime | None, datetime | None]:
    """Between which moments the timetable makes runs: first start of any task, last end if every task has one.

    Source: Airflow's documentation of start_date and end_date on DAGs and tasks.
    """
    starts = [s for s in (spec.start_date, *(task.start_date for task in spec.tasks)) if s]
    ends = [task.end_date or spec.end_date for task in spec.tasks] or [spec.end_date]
    start = min((_moment(s) for s in starts), default=None)
    known = [_moment(e) for e in ends if e]
    return start, max(known) if known and len(known) == len(ends) else None


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _timetable_words(spec: DagSpec) -> tuple[str | None, str | None]:
    """Summary ("0 0 * * *") and description as far as the timetable's JSON holds them.

    A user's own class brings both along; others are put into words when they are shown, which costs more than saving
    the DAG.
    """
    data = spec.timetable
    return data.get("summary") or data.get("expression"), data.get("description")

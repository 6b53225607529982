"""Import errors and warnings of DAG files as the REST API and the web page show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where

_e = t.import_error.c


class ImportErrorRow(msgspec.Struct, frozen=True, kw_only=True):
    """Why a DAG file, or one DAG of it, cannot be used."""

    id: int
    bundle: str
    path: str
    dag_id: str | None
    text: str
    error_path: str
    line: int | None
    traceback: str
    at: datetime
    kind: str
    folder: str | None

    @property
    def filename(self) -> str:
        """The file on the machine that parsed it."""
        return f"{self.folder}/{self.path}" if self.folder else self.path

    @property
    def stack_trace(self) -> str:
        """The sentence with its place, and the traceback below it where there is one."""
        return f"{self.sentence}\n\n{self.traceback}" if self.traceback else self.sentence

    @property
    def sentence(self) -> str:
        """What is wrong, with file, line and DAG before it as far as they are known."""
        return told(self.text, self.error_path or self.path, self.line, self.dag_id)


def told(text: str, path: str, line: int | None, dag_id: str | None) -> str:
    """An error as one line for people: `file.py:12: DAG 'd': what is wrong`."""
    place = f"{path}:{line}: " if line else f"{path}: "
    return f"{place}DAG {dag_id!r}: {text}" if dag_id and repr(dag_id) not in text else place + text


_ERROR_FIELDS = tuple(f for f in ImportErrorRow.__struct_fields__ if f != "folder")
_ERROR_FROM = t.import_error.outerjoin(
    t.dag_file, (t.dag_file.c.bundle == _e.bundle) & (t.dag_file.c.path == _e.path)
)
ERROR_COLUMNS: Columns = {
    "id": _e.id,
    "import_error_id": _e.id,
    "timestamp": _e.at,
    "filename": _e.path,
    "bundle_name": _e.bundle,
}


def list_import_errors(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, readable: Collection[str] | None = None
) -> tuple[list[ImportErrorRow], int]:
    """A page of import errors and the number of all that match. `readable`: only files with none but these DAGs."""
    query = sa.select(*(_e[n] for n in _ERROR_FIELDS), t.dag_file.c.folder).select_from(_ERROR_FROM)
    query = query.where(*where(ERROR_COLUMNS, conditions), *_of_files_with(readable))
    return paged(tx, ordered(query, ERROR_COLUMNS, page, _e.id), page, _error)


def get_import_error(
    tx: Connection, error_id: int, *, readable: Collection[str] | None = None
) -> ImportErrorRow | None:
    """One import error; `readable` as in `list_import_errors`."""
    query = sa.select(*(_e[n] for n in _ERROR_FIELDS), t.dag_file.c.folder).select_from(_ERROR_FROM)
    row = tx.execute(query.where(_e.id == error_id, *_of_files_with(readable))).first()
    return None if row is None else _error(row)


def _of_files_with(readable: Collection[str] | None) -> list[sa.ColumnElement[bool]]:
    """The file has DAGs, and all of them are among these: a traceback tells of everything in its file."""
    if readable is None:
        return []
    d = t.dag.c
    here = (d.bundle == _e.bundle) & (d.path == _e.path)
    names = list(readable)
    other = sa.or_(_e.dag_id.is_(None), _e.dag_id.in_(names))
    return [sa.exists().where(here), ~sa.exists().where(here, d.dag_id.not_in(names)), other]


def errors_of_file(
    tx: Connection, bundle: str, path: str, *, readable: Collection[str] | None = None
) -> list[ImportErrorRow]:
    """Import errors of one DAG file; `readable` as in `list_import_errors`."""
    query = sa.select(*(_e[n] for n in _ERROR_FIELDS), t.dag_file.c.folder).select_from(_ERROR_FROM)
    query = query.where(_e.bundle == bundle, _e.path == path, *_of_files_with(readable))
    return [_error(row) for row in tx.execute(query.order_by(_e.id))]


def count_import_errors(tx: Connection) -> int:
    """How many import errors there are."""
    return int(tx.execute(sa.select(sa.func.count()).select_from(t.import_error)).scalar_one())


class WarningRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a DAG file said that its author should know."""

    dag_id: str
    dag_display_name: str
    text: str
    at: datetime
    #: Airflow's word for what it is.
    kind: str = "runtime varying value"


def list_warnings(tx: Connection, dag_id: str | None) -> list[WarningRow]:
    """Warnings of files, once for each DAG that they hold."""
    f = t.dag_file.c
    query = (
        sa.select(t.dag.c.dag_id, t.dag.c.display_name, f.warnings, f.parsed_at)
        .join(t.dag_file, (f.bundle == t.dag.c.bundle) & (f.path == t.dag.c.path))
        .where(t.dag.c.is_stale.is_(False), f.warnings.is_not(None))
        .order_by(t.dag.c.dag_id)
    )
    if dag_id is not None:
        query = query.where(t.dag.c.dag_id == dag_id)
    told = [
        WarningRow(dag_id=found, dag_display_name=name or found, text=str(text), at=at)
        for found, name, warnings, at in tx.execute(query)
        for text in warnings or ()
        if at is not None
    ]
    return sorted([*told, *_asset_conflicts(tx, dag_id)], key=lambda row: row.dag_id)


def _asset_conflicts(tx: Connection, dag_id: str | None) -> list[WarningRow]:
    """DAGs that name an asset whose name or URI another active asset has."""
    a, s, k, d, other = t.asset.c, t.dag_schedule_asset.c, t.task_asset.c, t.dag.c, t.asset.alias("other")
    named = sa.union(sa.select(s.dag_id, s.asset_id), sa.select(k.dag_id, k.asset_id)).subquery()
    rival = sa.and_(other.c.is_active.is_(True), sa.or_(other.c.name == a.name, other.c.uri == a.uri))
    query = (
        sa.select(d.dag_id, d.display_name, a.name, a.uri, other.c.name, other.c.uri, a.updated_at)
        .join(named, named.c.dag_id == d.dag_id)
        .join(t.asset, a.id == named.c.asset_id)
        .join(other, rival)
        .where(a.is_active.is_(False), d.is_stale.is_(False))
    )
    if dag_id is not None:
        query = query.where(d.dag_id == dag_id)
    return [
        WarningRow(
            dag_id=row[0],
            dag_display_name=row[1] or row[0],
            text=f"the asset {row[2]!r} with URI {row[3]!r} conflicts with the asset {row[4]!r} with URI {row[5]!r}, "
            "which was there first; rename one of them, tasks that name it fail",
            at=row[6],
            kind="asset conflict",
        )
        for row in tx.execute(query)
    ]


def _error(row: Any) -> ImportErrorRow:
    values = dict(zip(_ERROR_FIELDS, row[: len(_ERROR_FIELDS)], strict=True))
    return ImportErrorRow(**values, folder=row[len(_ERROR_FIELDS)])

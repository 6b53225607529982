"""Versions of DAGs as lists of the REST API show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a DAG."""

    id: int
    dag_id: str
    number: int
    bundle: str
    bundle_version: str | None
    bundle_url: str | None
    created_at: datetime


_v = t.dag_version.c
_VERSION_FIELDS = VersionRow.__struct_fields__
VERSION_COLUMNS: Columns = {
    "id": _v.id,
    "version_number": _v.number,
    "bundle_name": _v.bundle,
    "bundle_version": _v.bundle_version,
    "created_at": _v.created_at,
    "dag_id": _v.dag_id,
}


def list_versions(
    tx: Connection, conditions: Iterable[Condition], page: Page
) -> tuple[list[VersionRow], int]:
    """A page of DAG versions and the number of all that match."""
    query = sa.select(*(_v[n] for n in _VERSION_FIELDS)).where(*where(VERSION_COLUMNS, conditions))
    return paged(tx, ordered(query, VERSION_COLUMNS, page, _v.id), page, _version)


def get_version(tx: Connection, dag_id: str, number: int) -> VersionRow | None:
    """One version of a DAG by its number."""
    query = sa.select(*(_v[n] for n in _VERSION_FIELDS)).where(_v.dag_id == dag_id, _v.number == number)
    row = tx.execute(query).first()
    return None if row is None else _version(row)


def get_version_by_id(tx: Connection, version_id: int) -> VersionRow | None:
    """One version by its row number."""
    row = tx.execute(sa.select(*(_v[n] for n in _VERSION_FIELDS)).where(_v.id == version_id)).first()
    return None if row is None else _version(row)


def version_hash(tx: Connection, version_id: int) -> str | None:
    """Content hash of a version: the content of a version that nothing ran with yet may be replaced."""
    return tx.execute(sa.select(_v.hash).where(_v.id == version_id)).scalar_one_or_none()


def _version(row: Any) -> VersionRow:
    return VersionRow(**dict(zip(_VERSION_FIELDS, row, strict=True)))

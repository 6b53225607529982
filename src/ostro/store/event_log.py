"""The audit log: who did what, when, from where, with what result. Written in the transaction of what was done, never changed.

Deeds of people form a chain (`seal`): each row has a number without gaps and a digest over itself and the digest before it.
An edited, removed or inserted row no longer fits (`verify`). Facts that the engine notes (`put`) are outside the chain:
they would make its transactions wait for those of people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.types import clean_text, to_json, to_micros
from ostro.store.views.filters import Columns, Condition, Page, ordered, paged, where

Result = Literal["done", "denied", "failed"]


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. `extra` is a small document without secrets."""

    event: str
    at: datetime
    owner: str | None = None
    dag_id: str | None = None
    run_id: str | None = None
    task_id: str | None = None
    map_index: int | None = None
    try_number: int | None = None
    logical_date: datetime | None = None
    extra: Any = None
    #: From where it was asked for; None: the engine's own machine.
    address: str | None = None
    result: Result = "done"


class Broken(msgspec.Struct, frozen=True):
    """Where the chain does not hold."""

    link: int
    why: str


class LogRow(LogEntry, frozen=True, kw_only=True):
    """One deed with its number."""

    id: int


_e, _c = t.event_log.c, t.audit_chain.c
_SEALED = LogEntry.__struct_fields__
_FIELDS = LogRow.__struct_fields__
#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "event_log_id": _e.id,
    "id": _e.id,
    "when": _e.at,
    "dttm": _e.at,
    "event": _e.event,
    "owner": _e.owner,
    "dag_id": _e.dag_id,
    "run_id": _e.run_id,
    "task_id": _e.task_id,
    "map_index": _e.map_index,
    "try_number": _e.try_number,
    "logical_date": _e.logical_date,
}


def put(tx: Connection, entry: LogEntry) -> None:
    """Write a fact that the engine notes."""
    tx.execute(sa.insert(t.event_log).values(**msgspec.structs.asdict(entry)))


def seal(tx: Connection, entries: Sequence[LogEntry]) -> None:
    """Write deeds of people. To be called last in a transaction: others that seal wait from here until it ends."""
    if not entries:
        return
    end = tx.execute(sa.select(_c.link, _c.digest).with_for_update()).one()
    link, digest = int(end.link), str(end.digest)
    rows = []
    for entry in entries:
        link += 1
        values = msgspec.structs.asdict(entry)
        digest = _digest(link, digest, values, None if entry.extra is None else to_json(entry.extra))
        rows.append({**values, "link": link, "digest": digest})
    tx.execute(sa.insert(t.event_log), rows)
    tx.execute(sa.update(t.audit_chain).values(link=link, digest=digest))


def verify(tx: Connection, *, batch: int = 5_000) -> tuple[int, str, Broken | None]:
    """Number of sealed rows that were looked at, digest of the last one, and the first place where the chain does not hold.

    To be called first in a transaction: people go on meanwhile, and all of it must be seen at one moment.
    """
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    end = tx.execute(sa.select(t.audit_chain)).one()
    link, digest = int(end.base_link), str(end.base_digest)
    seen = 0
    extra = sa.type_coerce(_e.extra, sa.Text)
    fields = [*(_e[n] for n in _SEALED if n != "extra"), extra.label("extra"), _e.link, _e.digest]
    while True:
        rows = tx.execute(sa.select(*fields).where(_e.link > link).order_by(_e.link).limit(batch)).all()
        for row in rows:
            if row.link != link + 1:
                return seen, digest, Broken(link + 1, "the row is missing")
            values = dict(row._mapping)
            link, digest = row.link, _digest(row.link, digest, values, row.extra)
            if digest != row.digest:
                return seen, digest, Broken(link, "the row was changed, or the one before it was replaced")
            seen += 1
        if len(rows) < batch:
            break
    if link != end.link or digest != end.digest:
        return seen, digest, Broken(link + 1, "the last rows are missing")
    return seen, digest, None


def forget(tx: Connection, ids: Sequence[Any]) -> int:
    """Delete the oldest rows (`ostro db clean`); the chain begins after them. Returns how many."""
    last = tx.execute(
        sa.select(_e.link, _e.digest)
        .where(_e.id.in_(ids), _e.link.is_not(None))
        .order_by(_e.link.desc())
        .limit(1)
    ).first()
    if last is not None:
        tx.execute(sa.update(t.audit_chain).values(base_link=last.link, base_digest=last.digest))
        # Sealed rows go in the chain's order: one with a younger number may have an older time.
        tx.execute(sa.delete(t.event_log).where(_e.link <= last.link, _e.id.not_in(ids)))
    return tx.execute(sa.delete(t.event_log).where(_e.id.in_(ids))).rowcount


def list_entries(
    tx: Connection, conditions: Iterable[Condition], page: Page, *, excluded: tuple[str, ...] = ()
) -> tuple[list[LogRow], int]:
    """A page of the log and the number of all entries that match."""
    query = sa.select(*(_e[n] for n in _FIELDS)).where(*where(COLUMNS, conditions))
    if excluded:
        query = query.where(_e.event.not_in(excluded))
    return paged(tx, ordered(query, COLUMNS, page, _e.id), page, _row)


def get(tx: Connection, entry_id: int) -> LogRow | None:
    """One entry."""
    row = tx.execute(sa.select(*(_e[n] for n in _FIELDS)).where(_e.id == entry_id)).first()
    return None if row is None else _row(row)


def _row(row: Any) -> LogRow:
    return LogRow(**dict(zip(_FIELDS, row, strict=True)))


def _digest(link: int, before: str, values: dict[str, Any], extra: str | None) -> str:
    said: list[Any] = [link, before]
    for name in _SEALED:
        value = extra if name == "extra" else values[name]
        if isinstance(value, datetime):
            value = to_micros(value)
        elif isinstance(value, str):
            value = clean_text(value)
        said.append(value)
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()

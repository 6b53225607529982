"""The audit log: who did what, when, from where, with what result. Written in the transaction of what was done, never changed.

Deeds of people form a chain (`seal`): each row has a number without gaps and a digest over itself and the digest before it,
made with a key that is not in the database (`audit_seals`). An edited, removed or inserted row no longer fits (`verify`);
rows that are older than the key have plain digests, which the first row with a key holds together. Facts that the engine notes (`put`) are outside the chain:
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

from ostro.store import audit_seals
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


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. `rows` fit, of which `unkeyed` are older than the key; `digest` is the last one's.

    The chain begins behind `first` and ends with `last`; with `more` it was looked at up to `link` only.
    """

    rows: int
    unkeyed: int
    link: int
    digest: str
    first: int
    last: int
    more: bool = False
    broken: Broken | None = None


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
    seals = audit_seals.of(tx)
    if seals is not None and not audit_seals.is_keyed(digest) and seals.recall() is None:
        seals.remember(audit_seals.Memory(begun_after=link))
    rows = []
    for entry in entries:
        link += 1
        values = msgspec.structs.asdict(entry)
        text = _text(link, digest, values, None if entry.extra is None else to_json(entry.extra))
        digest = hashlib.sha256(text).hexdigest() if seals is None else seals.digest(text)
        rows.append({**values, "link": link, "digest": digest})
    tx.execute(sa.insert(t.event_log), rows)
    tx.execute(sa.update(t.audit_chain).values(link=link, digest=digest))


def verify(
    tx: Connection,
    *,
    batch: int = 5_000,
    remember: bool = False,
    after: tuple[int, str] | None = None,
    most: int | None = None,
) -> Verdict:
    """Whether the chain holds, and the first place where it does not.

    In pieces: `most` rows at once, each piece `after` the link and the digest that the one before it ended with. Where rows
    up to there were cleaned meanwhile, it goes on from the begin of the chain.

    To be called in a read transaction: people go on meanwhile, and all of it must be seen at one moment. `remember`: the
    last row is noted beside the key, so that it is missed when it is gone the next time.
    """
    end = tx.execute(sa.select(t.audit_chain)).one()
    seals = audit_seals.of(tx)
    memory = None if seals is None else seals.recall()
    look = _Look(seals, memory, int(end.base_link), str(end.base_digest))
    first = look.link
    if after is not None and after[0] > first:
        look.link, look.digest = after
        broken = None
    else:
        broken = look.base()
    extra = sa.type_coerce(_e.extra, sa.Text)
    fields = [*(_e[n] for n in _SEALED if n != "extra"), extra.label("extra"), _e.link, _e.digest]
    has_ended = False
    while broken is None and not has_ended and (most is None or look.rows < most):
        wanted = batch if most is None else min(batch, most - look.rows)
        query = sa.select(*fields).where(_e.link > look.link).order_by(_e.link).limit(wanted)
        rows = tx.execute(query).all()
        for row in rows:
            broken = look.at(row)
            if broken is not None:
                break
        has_ended = len(rows) < wanted
    if broken is None and has_ended:
        broken = look.end(int(end.link), str(end.digest))
    if broken is None and remember and seals is not None:
        if memory is None and audit_seals.is_keyed(look.digest):
            # Another machine sealed first: from now on this one knows, too, which rows must have a key.
            memory = audit_seals.Memory(look.plain)
        if memory is not None:
            seals.remember(audit_seals.Memory(memory.begun_after, look.link, look.digest))
    return Verdict(
        rows=look.rows,
        unkeyed=look.unkeyed,
        link=look.link,
        digest=look.digest,
        first=first,
        last=int(end.link),
        more=broken is None and not has_ended,
        broken=broken,
    )


class _Look:
    """Goes along the chain; each step tells what is wrong, or None."""

    def __init__(
        self, seals: audit_seals.Seals | None, memory: audit_seals.Memory | None, link: int, base: str
    ) -> None:
        self._seals = seals
        self._memory = memory
        self.link = link
        #: The last row without a key; before the first one the begin.
        self.plain = link
        self.digest, _, self._base_seal = base.partition(" ")
        self.rows = self.unkeyed = 0

    def base(self) -> Broken | None:
        """Where the chain begins, after old rows were cleaned."""
        if self._seals is None or not self._must_be_keyed(self.link):
            return None
        if self._seals.fits(self._base_seal, _base_text(self.link, self.digest)):
            return None
        return Broken(self.link, "the rows before it were not removed by ostro db clean")

    def at(self, row: Any) -> Broken | None:
        """The next row."""
        if row.link != self.link + 1:
            return Broken(self.link + 1, "the row is missing")
        text = _text(row.link, self.digest, dict(row._mapping), row.extra)
        must_be_keyed = audit_seals.is_keyed(self.digest) or self._must_be_keyed(row.link)
        self.link, self.digest = row.link, str(row.digest)
        if audit_seals.is_keyed(self.digest):
            if self._seals is None or not self._seals.knows(self.digest):
                mark = audit_seals.Seals.mark_of(self.digest)
                return Broken(
                    row.link,
                    f"the row was sealed with the key {mark}, which is not here: see [secrets] audit_key",
                )
            fits = self._seals.fits(self.digest, text)
        else:
            if self._seals is not None and must_be_keyed:
                return Broken(row.link, "the row is not sealed with the key of this installation")
            fits = hashlib.sha256(text).hexdigest() == self.digest
            self.plain = row.link
            self.unkeyed += 1
        if not fits:
            return Broken(row.link, "the row was changed, or the one before it was replaced")
        self.rows += 1
        memory = self._memory
        if memory is not None and memory.seen_link == row.link and memory.seen_digest != self.digest:
            return Broken(row.link, "the row is another one than when the log was looked at last")
        return None

    def end(self, link: int, digest: str) -> Broken | None:
        """Nothing may be missing after the last row."""
        if (link, digest) != (self.link, self.digest):
            return Broken(self.link + 1, "the last rows are missing")
        if self._memory is not None and self._memory.seen_link > self.link:
            text = f"rows up to {self._memory.seen_link} were there when the log was looked at last, and are missing"
            return Broken(self.link + 1, text)
        return None

    def _must_be_keyed(self, link: int) -> bool:
        return self._memory is not None and link > self._memory.begun_after


def cut(tx: Connection, ids: Sequence[Any], before: datetime) -> list[Any]:
    """Have the chain begin behind these rows, which this transaction deletes (`ostro db clean`); returns those that may go.

    It is cut at its begin only: what comes after a row that is not older than `before` (another machine's clock was ahead)
    stays with it.
    """
    sealed = tx.execute(
        sa.select(_e.id, _e.link, _e.digest).where(_e.id.in_(ids), _e.link.is_not(None)).order_by(_e.link)
    ).all()
    if not sealed:
        return list(ids)
    young = tx.execute(
        sa.select(sa.func.min(_e.link)).where(_e.link < sealed[-1].link, _e.at >= before)
    ).scalar()
    gone = [row for row in sealed if young is None or row.link < young]
    if gone:
        link, digest = gone[-1].link, gone[-1].digest
        seals = audit_seals.of(tx)
        seal_ = "" if seals is None else f" {seals.digest(_base_text(link, digest))}"
        tx.execute(sa.update(t.audit_chain).values(base_link=link, base_digest=digest + seal_))
    stay = {row.id for row in sealed[len(gone) :]}
    return [one for one in ids if one not in stay]


def has_digest(tx: Connection, digest: str) -> bool:
    """Whether a row that is still there, or the last one that was cleaned, has this digest."""
    if tx.execute(sa.select(_e.id).where(_e.digest == digest)).first() is not None:
        return True
    base: str = tx.execute(sa.select(_c.base_digest)).scalar_one()
    return base.partition(" ")[0] == digest != ""


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


def _text(link: int, before: str, values: dict[str, Any], extra: str | None) -> bytes:
    """What the digest of a row is made of."""
    said: list[Any] = [link, before]
    for name in _SEALED:
        value = extra if name == "extra" else values[name]
        if isinstance(value, datetime):
            value = to_micros(value)
        elif isinstance(value, str):
            value = clean_text(value)
        said.append(value)
    return msgspec.json.encode(said)


def _base_text(link: int, digest: str) -> bytes:
    return msgspec.json.encode(["base", link, digest])

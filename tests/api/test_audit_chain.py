"""The chain of the audit log: what was changed in it afterwards is found, also by whoever has the whole database."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.assembly import audit_key
from ostro.settings import load_settings
from ostro.store import Store, audit_seals, event_log
from ostro.store import tables as t
from store import made


class TestChain:
    @pytest.fixture
    def chained(self, db: Store) -> Store:
        for number in range(5):
            with db.begin() as tx:
                event_log.put(tx, event_log.LogEntry(event="engine", at=made.NOW))
                entry = event_log.LogEntry(
                    event="e",
                    at=made.NOW,
                    owner="ann\0",
                    extra={"n": number, "t": "é\ud800"[:1]},
                    address="::1",
                )
                event_log.seal(tx, [entry, entry])
        return db

    def broken(self, store: Store) -> event_log.Broken | None:
        with store.read() as tx:
            whole = event_log.verify(tx, batch=3)
            rows, piece = 0, event_log.verify(tx, most=2)
            while piece.more:
                rows += piece.rows
                assert piece.rows == 2 and piece.last == whole.last
                piece = event_log.verify(tx, most=2, after=(piece.link, piece.digest))
            assert (rows + piece.rows, piece.broken) == (whole.rows, whole.broken), "pieces say the same"
            return whole.broken

    def test_holds(self, chained: Store) -> None:
        assert self.broken(chained) is None

    def test_rows_that_were_cleaned_between_two_pieces_are_not_missed(self, chained: Store) -> None:
        with chained.begin() as tx:
            seen = event_log.verify(tx, most=2)
            e = t.event_log.c
            digest = tx.execute(sa.select(e.digest).where(e.link == 4)).scalar_one()
            tx.execute(sa.delete(t.event_log).where(e.link <= 4))
            tx.execute(sa.update(t.audit_chain).values(base_link=4, base_digest=digest))
        with chained.read() as tx:
            found = event_log.verify(tx, after=(seen.link, seen.digest))
        assert (found.rows, found.broken, found.more) == (6, None, False)

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("owner", "eve"),
            ("event", "x"),
            ("extra", {"n": 9}),
            ("address", None),
            ("result", "denied"),
            ("dag_id", "d"),
        ],
    )
    def test_an_edited_row_is_found(self, chained: Store, column: str, value: Any) -> None:
        with chained.begin() as tx:
            tx.execute(sa.update(t.event_log).where(t.event_log.c.link == 4).values({column: value}))
        found = self.broken(chained)
        assert found is not None
        assert found.link == 4

    @pytest.mark.parametrize(("link", "where"), [(1, 1), (5, 5), (10, 10)])
    def test_a_removed_row_is_found(self, chained: Store, link: int, where: int) -> None:
        with chained.begin() as tx:
            tx.execute(sa.delete(t.event_log).where(t.event_log.c.link == link))
        found = self.broken(chained)
        assert found is not None
        assert found.link == where

    def test_a_row_that_was_taken_out_of_the_chain_is_found(self, chained: Store) -> None:
        with chained.begin() as tx:
            tx.execute(sa.update(t.event_log).where(t.event_log.c.link == 5).values(link=None, digest=None))
        assert self.broken(chained) is not None

    def test_many_who_write_at_once_make_one_chain(self, db: Store) -> None:
        def write(number: int) -> None:
            for turn in range(20):
                with db.begin() as tx:
                    event_log.seal(
                        tx, [event_log.LogEntry(event=f"{number}.{turn}", at=made.NOW, owner="ann")]
                    )

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        with db.read() as tx:
            found = event_log.verify(tx)
        assert (found.rows, found.broken) == (80, None)

    def test_what_is_written_while_one_looks_is_no_tampering(self, chained: Store) -> None:
        def meanwhile() -> None:
            with chained.begin() as tx:
                event_log.seal(tx, [event_log.LogEntry(event="meanwhile", at=made.NOW, owner="ann")])

        written: list[str] = []

        def after_a_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "base_link" in statement and not written:
                written.append(statement)
                with ThreadPoolExecutor(1) as pool:
                    pool.submit(meanwhile).result()

        sa.event.listen(chained.engine, "after_cursor_execute", after_a_statement)
        assert self.broken(chained) is None
        assert written

    def test_old_rows_may_be_cleaned(self, chained: Store) -> None:
        from ostro.store import clean

        later = datetime.fromisoformat("2026-06-01T00:00:00+00:00")
        with chained.begin() as tx:
            event_log.seal(tx, [event_log.LogEntry(event="young", at=later, owner="ann")])
        assert dict(clean.prune(chained, later, ["event_log"]))["event_log"] == 15
        assert self.broken(chained) is None
        with chained.begin() as tx:
            tx.execute(sa.delete(t.event_log))
        assert self.broken(chained) is not None


class Keyring:
    """Keys, and the memory beside them, as files would keep it."""

    def __init__(self, *keys: bytes) -> None:
        self.keys = keys
        self.memory: audit_seals.Memory | None = None

    def use(self, store: Store) -> None:
        audit_seals.use(store, lambda: audit_seals.Seals(self.keys, lambda: self.memory, self._remember))

    def _remember(self, memory: audit_seals.Memory) -> None:
        self.memory = memory


def deeds(store: Store, count: int, owner: str = "ann") -> None:
    for number in range(count):
        with store.begin() as tx:
            event_log.seal(tx, [event_log.LogEntry(event=f"e{number}", at=made.NOW, owner=owner)])


def forge(store: Store, *, begin: int, digest: str) -> None:
    """What somebody with only the database can do: write every row from `begin` on anew, with plain digests that fit."""
    e, c = t.event_log.c, t.audit_chain.c
    fields = [*(e[n] for n in event_log.LogEntry.__struct_fields__), e.link]
    with store.begin() as tx:
        for row in tx.execute(sa.select(*fields).where(e.link >= begin).order_by(e.link)).all():
            values = {**row._mapping, "owner": "nobody"}
            link = values.pop("link")
            text = event_log._text(link, digest, values, None)
            digest = hashlib.sha256(text).hexdigest()
            tx.execute(sa.update(t.event_log).where(e.link == link).values(owner="nobody", digest=digest))
            tx.execute(sa.update(t.audit_chain).values(link=link, digest=digest))
        assert tx.execute(sa.select(c.digest)).scalar_one() == digest


class TestKey:
    """S16: whoever has only the database cannot make a chain that fits."""

    OLD, NEW = b"o" * 32, b"n" * 32

    def look(self, store: Store, *, remember: bool = False) -> event_log.Verdict:
        with store.read() as tx:
            return event_log.verify(tx, batch=3, remember=remember)

    def why(self, store: Store) -> str:
        found = self.look(store).broken
        return "" if found is None else f"{found.link}: {found.why}"

    def test_a_new_installation_has_a_key_from_its_first_row_on(self, db: Store) -> None:
        Keyring(self.NEW).use(db)
        deeds(db, 5)
        found = self.look(db)
        assert (found.rows, found.unkeyed, found.broken) == (5, 0, None)
        with db.read() as tx:
            digests = set(tx.execute(sa.select(t.event_log.c.digest)).scalars())
        assert all(digest.startswith("k1:") for digest in digests)

    def test_rows_older_than_the_key_are_told_apart_and_held_together(self, db: Store) -> None:
        deeds(db, 4)
        ring = Keyring(self.NEW)
        ring.use(db)
        deeds(db, 3)
        found = self.look(db)
        assert (found.rows, found.unkeyed, found.broken) == (7, 4, None)
        assert ring.memory == audit_seals.Memory(begun_after=4)
        with db.begin() as tx:
            tx.execute(sa.update(t.event_log).where(t.event_log.c.link == 2).values(owner="eve"))
        assert self.why(db).startswith("2: the row was changed")

    def test_a_chain_made_anew_without_the_key_is_found(self, db: Store) -> None:
        Keyring(self.NEW).use(db)
        deeds(db, 6)
        forge(db, begin=1, digest="")
        assert self.why(db) == "1: the row is not sealed with the key of this installation"

    def test_old_rows_made_anew_no_longer_fit_the_first_with_a_key(self, db: Store) -> None:
        deeds(db, 4)
        Keyring(self.NEW).use(db)
        deeds(db, 1)
        with db.begin() as tx:
            before = tx.execute(sa.select(t.audit_chain)).one()
        forge(db, begin=1, digest="")
        assert self.why(db) == "5: the row is not sealed with the key of this installation"
        with db.begin() as tx:
            tx.execute(
                sa.update(t.event_log)
                .where(t.event_log.c.link == 5)
                .values(owner="ann", digest=before.digest)
            )
            tx.execute(sa.update(t.audit_chain).values(link=5, digest=before.digest))
        assert self.why(db).startswith("5: the row was changed")

    def test_a_machine_that_never_sealed_learns_it_from_its_first_look(self, db: Store) -> None:
        deeds(db, 4)
        Keyring(self.NEW).use(db)
        deeds(db, 3)
        elsewhere = Keyring(self.NEW)
        elsewhere.use(db)
        last = self.look(db, remember=True)
        assert elsewhere.memory == audit_seals.Memory(4, 7, last.digest)
        forge(db, begin=1, digest="")
        assert self.why(db) == "5: the row is not sealed with the key of this installation"

    def test_what_follows_a_row_with_a_key_has_one(self, db: Store) -> None:
        Keyring(self.NEW).use(db)
        deeds(db, 6)
        Keyring(self.NEW).use(db)
        with db.read() as tx:
            third = tx.execute(sa.select(t.event_log.c.digest).where(t.event_log.c.link == 3)).scalar_one()
        forge(db, begin=4, digest=third)
        assert self.why(db) == "4: the row is not sealed with the key of this installation"

    def test_the_key_may_change(self, db: Store) -> None:
        ring = Keyring(self.OLD)
        ring.use(db)
        deeds(db, 3)
        ring.keys = (self.NEW, self.OLD)
        ring.use(db)
        deeds(db, 3)
        assert self.look(db).broken is None
        ring.keys = (self.NEW,)
        ring.use(db)
        assert "which is not here: see [secrets] audit_key" in self.why(db)

    def test_last_rows_that_somebody_saw_are_missed(self, db: Store) -> None:
        ring = Keyring(self.NEW)
        ring.use(db)
        deeds(db, 3)
        with db.read() as tx:
            earlier = tx.execute(sa.select(t.audit_chain)).one()
        deeds(db, 3)
        last = self.look(db, remember=True)
        with db.begin() as tx:
            tx.execute(sa.delete(t.event_log).where(t.event_log.c.link > 3))
            tx.execute(sa.update(t.audit_chain).values(link=3, digest=earlier.digest))
        assert "rows up to 6 were there when the log was looked at last" in self.why(db)
        deeds(db, 3, owner="eve")
        assert "6: the row is another one" in self.why(db)
        with db.read() as tx:
            assert not event_log.has_digest(tx, last.digest)
            assert event_log.has_digest(tx, str(earlier.digest))

    def test_only_cleaning_moves_the_begin(self, db: Store) -> None:
        from ostro.store import clean

        Keyring(self.NEW).use(db)
        deeds(db, 4)
        later = made.NOW + timedelta(days=400)
        with db.begin() as tx:
            event_log.seal(tx, [event_log.LogEntry(event="young", at=later, owner="ann")] * 3)
        assert dict(clean.prune(db, later, ["event_log"]))["event_log"] == 4
        found = self.look(db)
        assert (found.rows, found.broken) == (3, None)
        e = t.event_log.c
        with db.begin() as tx:
            sixth = tx.execute(sa.select(e.digest).where(e.link == 6)).scalar_one()
            tx.execute(sa.delete(t.event_log).where(e.link <= 6))
            tx.execute(sa.update(t.audit_chain).values(base_link=6, base_digest=sixth))
        assert "6: the rows before it were not removed by ostro db clean" in self.why(db)

    def test_files_beside_the_key(self, tmp_path: Path) -> None:
        settings = load_settings({"OSTRO_HOME": str(tmp_path)})
        seals = audit_key.seals(settings)
        assert seals.recall() is None
        seals.remember(audit_seals.Memory(3, 9, "x"))
        assert audit_key.seals(settings).recall() == audit_seals.Memory(3, 9, "x")
        audit_key.forget_seen(settings)
        assert seals.recall() == audit_seals.Memory(3)
        assert [p.name for p in (tmp_path / "keys").iterdir() if p.stat().st_mode & 0o077] == []
        digest = seals.digest(b"x")
        given = {"OSTRO_HOME": str(tmp_path), "OSTRO__SECRETS__AUDIT_KEY": "a" * 32 + "," + "b" * 32}
        both = audit_key.seals(load_settings(given))
        assert both.fits(digest, b"x")
        assert not both.fits(digest, b"y")
        assert both.mark_of(both.digest(b"x")) != both.mark_of(digest)

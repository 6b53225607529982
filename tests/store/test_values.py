"""XComs, rendered fields, variables, connections, pools."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ostro.errors import SettingInvalid
from ostro.records import XComRow
from ostro.states import TaskState as S
from ostro.store import (
    Cipher,
    ConnectionRecord,
    Pool,
    Store,
    Variable,
    connections,
    pools,
    rendered,
    transitions,
    variables,
    xcoms,
)
from ostro.store import tables as t

from .made import DAY, NOW, instances, move, run, start


def row(
    value: bytes = b"1", task_id: str = "a", key: str = "k", map_index: int = -1, length: int | None = None
) -> XComRow:
    return XComRow(task_id=task_id, key=key, value=value, map_index=map_index, length=length)


def test_an_xcom_is_replaced_and_kept_as_it_is(db: Store) -> None:
    raw = '{"ä": [1.0, 1e3], "\\u0000": null }'.encode()
    with db.begin() as tx:
        made = run(tx)
        xcoms.put(tx, made.id, [row(b"0"), row(raw), row(b"2", key="other")], NOW)
        assert xcoms.get_one(tx, "d", "r", "a", "k") == raw
        assert xcoms.get_one(tx, "d", "r", "a", "none") is None
        assert xcoms.get_one(tx, "d", "r", "b", "k") is None
        assert xcoms.delete(tx, "d", "r", "a", "k") is True
        assert xcoms.delete(tx, "d", "r", "a", "k") is False
        assert xcoms.delete(tx, "d", "unknown", "a", "k") is False
        assert xcoms.get_one(tx, "d", "r", "a", "other") == b"2"


def test_xcoms_of_mapped_instances_by_position(db: Store) -> None:
    with db.begin() as tx:
        made = run(tx)
        xcoms.put(tx, made.id, [row(str(i).encode(), map_index=i) for i in (7, 2, 5, 11)], NOW)
        every = [(2, b"2"), (5, b"5"), (7, b"7"), (11, b"11")]

        def some(start: int | None = None, stop: int | None = None) -> list[tuple[int, bytes]]:
            return xcoms.get_many(tx, "d", "r", "a", "k", start=start, stop=stop)

        assert some() == every and xcoms.count(tx, "d", "r", "a", "k") == 4
        for start_at in (None, 0, 1, 3, 9, -1, -3, -9):
            for stop in (None, 0, 2, 4, 9, -1, -4):
                assert some(start_at, stop) == every[start_at:stop], (start_at, stop)
        assert xcoms.get_many(tx, "d", "unknown", "a", "k") == []
        assert xcoms.count(tx, "d", "unknown", "a", "k") == 0


def test_xcoms_of_earlier_runs(db: Store) -> None:
    with db.begin() as tx:
        old, mid, _ = (run(tx, f"r{i}", logical_date=NOW + i * DAY) for i in range(3))
        future = run(tx, "r9", logical_date=NOW + 9 * DAY)
        xcoms.put(tx, old.id, [row(b"0"), row(b"[]", map_index=3, key="m")], NOW)
        xcoms.put(tx, mid.id, [row(b"1")], NOW)
        xcoms.put(tx, future.id, [row(b"9")], NOW)
        assert xcoms.get_one(tx, "d", "r2", "a", "k") is None
        assert xcoms.get_one(tx, "d", "r2", "a", "k", include_prior_dates=True) == b"1"
        assert xcoms.get_one(tx, "d", "r0", "a", "k", include_prior_dates=True) == b"0"
        assert xcoms.get_one(tx, "d", "r2", "a", "zz", include_prior_dates=True) is None
        assert xcoms.get_many(tx, "d", "r2", "a", "m", include_prior_dates=True) == [(3, b"[]")]
        every = xcoms.get_many(tx, "d", "r2", "a", "k", include_prior_dates=True)
        assert every == [(-1, b"0"), (-1, b"1")]
        latest = xcoms.get_many(tx, "d", "r2", "a", "k", include_prior_dates=True, newest=True)
        assert latest == [(-1, b"1")]


def test_a_new_try_starts_without_values(db: Store) -> None:
    with db.begin() as tx:
        made = run(tx)
        xcoms.put(tx, made.id, [row(), row(key="x"), row(map_index=1), row(task_id="b")], NOW)
        xcoms.clear_for(tx, [(made.id, "a", -1)])
        assert set(xcoms.lengths(tx, [made.id])[made.id]) == {("a", "k", 1), ("b", "k", -1)}
        xcoms.clear_for(tx, [])


def test_lengths_and_skips_of_runs(db: Store) -> None:
    with db.begin() as tx:
        one, two = run(tx, "r1"), run(tx, "r2")
        xcoms.put(tx, one.id, [row(b"[1,2]", length=2), row(b"7", key="n")], NOW)
        xcoms.put(tx, two.id, [row(b'{"skipped": ["b"]}', key=xcoms.SKIP_KEY, map_index=4)], NOW)
        assert xcoms.lengths(tx, [one.id]) == {one.id: {("a", "k", -1): 2, ("a", "n", -1): -1}}
        assert xcoms.skips(tx, [one.id, two.id]) == {two.id: {("a", 4): {"skipped": ["b"]}}}


def test_rendered_fields(db: Store) -> None:
    with db.begin() as tx:
        (ti,) = instances(tx, run(tx), "a")
        assert rendered.get(tx, ti.id) is None
        rendered.put(tx, ti.id, b'{"a": 1}')
        rendered.put(tx, ti.id, b'{"a": 2}')
        assert rendered.get(tx, ti.id) == b'{"a": 2}'


# ---- secrets ------------------------------------------------------------------------------------------------------


@pytest.fixture
def cipher() -> Cipher:
    return Cipher([Cipher.new_key()])


def test_variables_are_encrypted(db: Store, cipher: Cipher) -> None:
    with db.begin() as tx:
        variables.set_value(tx, "k", "swordfish", cipher, description="d", now=NOW)
        variables.set_value(tx, "k", "swordfish2", cipher, now=NOW)
        assert variables.get(tx, "k", cipher) == Variable(key="k", value="swordfish2", description="d")
        assert variables.get_value(tx, "none", cipher) is None is variables.get(tx, "none", cipher)
        assert not variables.create(tx, Variable(key="k", value="x"), cipher, now=NOW)
        assert variables.create(tx, Variable(key="k_2", value="y"), cipher, now=NOW)
        assert variables.keys(tx) == ["k", "k_2"] and variables.keys(tx, prefix="k_") == ["k_2"]
        assert [v.value for v in variables.list_all(tx, cipher)] == ["swordfish2", "y"]
        raw = tx.execute(sa.select(t.variable.c.value).where(t.variable.c.key == "k")).scalar_one()
        assert b"swordfish" not in bytes(raw)
        assert variables.delete(tx, ["k", "none"]) == 1


def test_connections_are_encrypted(db: Store, cipher: Cipher) -> None:
    record = ConnectionRecord(
        conn_id="c", conn_type="postgres", host="h", login="me", password="swordfish", schema="s", port=5,
        extra='{"key": "swordfish"}',
    )  # fmt: skip
    with db.begin() as tx:
        connections.save(tx, ConnectionRecord(conn_id="c", conn_type="http"), cipher, now=NOW)
        connections.save(tx, record, cipher, now=NOW)
        assert connections.get(tx, "c", cipher) == record == connections.list_all(tx, cipher)[0]
        assert not connections.create(tx, record, cipher, now=NOW)
        raw = tx.execute(sa.select(t.connection)).one()
        assert b"swordfish" not in bytes(raw.password) + bytes(raw.extra)
        assert connections.delete(tx, ["c"]) == 1
        assert connections.get(tx, "c", cipher) is None


@pytest.mark.parametrize("keys", [[], ["short"], ["ä"], [Cipher.new_key(), "x" * 44]])
def test_a_wrong_key(keys: list[str]) -> None:
    with pytest.raises(SettingInvalid):
        Cipher(keys)


# ---- pools ----------------------------------------------------------------------------------------------------------


def test_pools(db: Store) -> None:
    with db.begin() as tx:
        assert pools.sizes(tx)["default_pool"].slots == 128
        assert pools.create(tx, Pool(name="p", slots=2, include_deferred=True))
        pools.save(
            tx, [Pool(name="p", slots=-1, description="d"), Pool(name="q", slots=4, include_deferred=True)]
        )
        assert pools.sizes(tx)["p"] == Pool(name="p", slots=-1, description="d")
        assert pools.delete(tx, ["p", "none"]) == 1


def test_what_occupies_a_pool(db: Store) -> None:
    with db.begin() as tx:
        pools.save(tx, [Pool(name="q", slots=10, include_deferred=True)])
        a, b, c, d, e, f = instances(tx, run(tx), *"abcdef", pool="q", pool_slots=2)
        transitions.apply_moves(
            tx,
            [
                start(a.id, "1"),
                move(b.id, S.NONE, S.SCHEDULED),
                start(c.id, "2"),
                start(d.id, "3"),
                start(e.id, "4"),
                move(f.id, S.NONE, S.SCHEDULED),
            ],
            NOW,
        )
        transitions.apply_moves(
            tx,
            [
                move(c.id, S.RUNNING, S.DEFERRED),
                move(d.id, S.RUNNING, S.SUCCESS),
                move(e.id, S.RUNNING, S.RESTARTING),
                move(f.id, S.SCHEDULED, S.QUEUED),
            ],
            NOW,
        )
        default, used = pools.list_used(tx)
    assert (default.occupied, default.open) == (0, 128)
    assert (used.running, used.queued, used.scheduled, used.deferred) == (4, 2, 2, 2)
    assert (used.occupied, used.open) == (8, 2)

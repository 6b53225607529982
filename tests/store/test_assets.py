"""Assets in the database: who names them, which are active, and the way of an event to the run that consumes it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ostro import store
from ostro.spec import DagSpec, TaskSpec
from ostro.store import Store, asset_queue, asset_refs, assets
from ostro.store import tables as t
from ostro.store.assets import Choice, EventSource

from .made import DAY, NOW, SECOND, dag, file, parsed, run, save

A = {"asset": {"name": "a", "uri": "s3://a", "group": "asset"}}
B = {"asset": {"name": "b", "uri": "s3://b", "group": "asset"}}
ALIAS = {"alias": {"name": "x", "group": "asset"}}


def outlet(name: str, uri: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "asset", "name": name, "uri": uri or f"s3://{name}", "group": "asset", **more}


def producer(dag_id: str = "p", *outlets: dict[str, Any]) -> DagSpec:
    return DagSpec(dag_id=dag_id, tasks=(TaskSpec(task_id="t", operator="X", outlets=outlets),))


def active(tx: Any) -> list[tuple[str, str]]:
    a = t.asset.c
    rows = tx.execute(sa.select(a.name, a.uri).where(a.is_active.is_(True)).order_by(a.name, a.uri))
    return [(name, uri) for name, uri in rows]


def event(tx: Any, name: str = "a", **more: Any) -> assets.Recorded:
    found = assets.record_event(tx, **{"name": name, "uri": f"s3://{name}", "at": NOW, **more})
    assert found is not None
    return found


def listen(tx: Any, dag_id: str, condition: Any, *, paused: bool = False) -> None:
    save(tx, dag(dag_id, asset_condition=condition), path=f"{dag_id}.py")
    store.specs.set_paused(tx, [dag_id], paused)


def test_an_event_is_queued_for_every_dag_that_listens(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "direct", {"all": [A, B]})
        listen(tx, "by_name", {"any": [{"asset_ref": {"name": "a"}}]})
        listen(tx, "by_uri", {"asset_ref": {"uri": "s3://a"}})
        listen(tx, "other", B)
        listen(tx, "paused", A, paused=True)
        by = EventSource(dag_id="p", task_id="t", run_id="r", map_index=3)
        made = event(tx, extra={"rows": 1}, source=by)
        assert made.dag_ids == ["by_name", "by_uri", "direct"]
        assert asset_queue.waiting_dags(tx) == ["by_name", "by_uri", "direct"]
        (queued,) = asset_queue.load(tx, "direct")
        assert (queued.event_id, queued.created_at) == (made.id, NOW)
        # The event makes no run of the paused DAG.
        assert asset_queue.load(tx, "paused") == []
        (read,) = assets.load_events(tx, [made.id])
        assert (read.name, read.uri, read.extra, read.source, read.at) == (
            "a",
            "s3://a",
            {"rows": 1},
            by,
            NOW,
        )


def test_a_dag_without_file_hears_nothing(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "gone", A)
        save(tx, producer("p", outlet("a")), path="p.py")
        store.specs.retire_files(tx, [file("gone.py")], NOW)
        assert event(tx).dag_ids == []


def test_events_of_an_unknown_asset_are_not_written(db: Store) -> None:
    with db.begin() as tx:
        assert assets.record_event(tx, name="nobody", uri="s3://nobody", at=NOW) is None


def test_an_alias_makes_its_assets_and_tells_its_listeners(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "on_alias", ALIAS)
        listen(tx, "on_asset", {"asset": {"name": "new", "uri": "s3://new", "group": "asset"}})
        made = event(tx, "new", aliases=["x", "y"])
        assert made.dag_ids == ["on_alias", "on_asset"]
        assert assets.members(tx, ["x", "y", "z"]) == {"x": {("new", "s3://new")}, "y": {("new", "s3://new")}}
        (read,) = assets.events_of(tx, Choice(alias="x"))
        assert read.aliases == ("x", "y")
        # Without the alias its listener is not told.
        assert event(tx, "new").dag_ids == ["on_asset"]


def test_a_run_consumes_what_is_queued_once(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", A)
        first, second = event(tx, at=NOW), event(tx, at=NOW + DAY)
        record = run(tx, "r", "c")
        asset_queue.consume(tx, "c", record.id, [first.id, second.id])
        assert asset_queue.load(tx, "c") == []
        assert [e.id for e in assets.consumed(tx, record.id, limit=9)] == [first.id, second.id]
        third = event(tx, at=NOW)
        assert [q.event_id for q in asset_queue.load(tx, "c")] == [third.id]


def test_events_are_read_by_time_from_either_end(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", A)
        made = [event(tx, at=NOW + i * DAY, partition_key=f"k{i % 2}").id for i in range(5)]

        def read(
            *, limit: int | None = None, ascending: bool = True, beyond: Any = None, **chosen: Any
        ) -> list[int]:
            what = Choice(name="a", uri="s3://a", **chosen)
            how = {"limit": limit, "ascending": ascending, "beyond": beyond}
            return [e.id for e in assets.events_of(tx, what, **how)]

        assert read() == made
        assert read(ascending=False, limit=2) == [made[4], made[3]]
        assert read(after=NOW + DAY, before=NOW + 3 * DAY) == made[1:4]
        assert read(partition_key="k1") == [made[1], made[3]]
        assert [e.id for e in assets.events_of(tx, Choice(uri="s3://a"), limit=1)] == made[:1]
        assert assets.count_events(tx, Choice(name="a", after=NOW + DAY)) == 4
        # Portions; two events of one moment are told apart by their ids.
        same = event(tx, at=NOW + DAY).id
        assert read(beyond=(NOW + DAY, made[1]), limit=2) == [same, made[2]]
        assert read(beyond=(NOW + DAY, same), ascending=False) == [made[1], made[0]]


def test_an_asset_is_active_while_a_file_names_it(db: Store) -> None:
    with db.begin() as tx:
        save(tx, producer("p", outlet("a")), path="p.py")
        listen(tx, "c", A)
        assert active(tx) == [("a", "s3://a")]
        store.specs.retire_files(tx, [file("p.py")], NOW)
        assert active(tx) == [("a", "s3://a")]
        store.specs.delete_dag(tx, "c")
        assert active(tx) == []
        assert assets.load_assets(tx, [("a", "s3://a"), ("a", "")]) == [None, None]
        save(tx, producer("p", outlet("a")), path="p.py")
        assert active(tx) == [("a", "s3://a")]


def test_of_two_assets_with_one_name_the_first_is_active_until_it_goes(db: Store) -> None:
    with db.begin() as tx:
        save(tx, producer("p", outlet("a", "s3://one")), path="p.py")
        save(tx, producer("q", outlet("a", "s3://two")), path="q.py")
        assert active(tx) == [("a", "s3://one")]
        assert assets.find(tx, name="a") == assets.find(tx, uri="s3://one")
        assert assets.find(tx, uri="s3://two") is None
        save(tx, dag("p", asset_condition=None), path="p.py")
        assert active(tx) == [("a", "s3://two")]


def test_a_changed_file_changes_who_listens(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", {"all": [A, B, ALIAS]})
        event(tx, "a")
        event(tx, "b")
        save(tx, dag("c", asset_condition={"any": [B, {"asset_ref": {"name": "z"}}]}), path="c.py")
        assert [q.asset_id for q in asset_queue.load(tx, "c")] == [assets.find(tx, name="b")]
        assert active(tx) == [("b", "s3://b")]
        assert asset_refs.assets_of(tx, ["c"]) == {assets.find(tx, name="b")}


def test_extra_and_group_of_an_asset_follow_the_file(db: Store) -> None:
    with db.begin() as tx:
        save(tx, producer("p", outlet("a", extra={"team": "x"})), path="p.py")
        save(tx, producer("p", outlet("a", group="model", extra={"team": "y"})), path="p.py")
        row = tx.execute(sa.select(t.asset.c.group_name, t.asset.c.extra)).one()
        assert tuple(row) == ("model", {"team": "y"})


def test_a_file_that_cannot_be_read_keeps_its_assets(db: Store) -> None:
    from ostro.protocol.parse import FileError

    with db.begin() as tx:
        save(tx, producer("p", outlet("a")), path="p.py")
        broken = parsed(errors=(FileError(path="p.py", text="boom", traceback=""),))
        store.specs.save_parsed(tx, file("p.py"), broken, now=NOW)
        assert active(tx) == [("a", "s3://a")]


def test_old_events_are_pruned_when_nobody_waits_for_them(db: Store) -> None:
    with db.begin() as tx:
        listen(tx, "c", A)
        consumed = event(tx)
        record = run(tx, "r", "c")
        asset_queue.consume(tx, "c", record.id, [consumed.id])
        # The queue has a row for both.
        queued = event(tx, at=NOW + SECOND)
        young = event(tx, at=NOW + 2 * DAY)
    assert list(store.clean.prune(db, NOW + DAY, ["asset_event", "asset_partition"])) == [("asset_event", 1)]
    with db.read() as tx:
        assert [e.id for e in assets.events_of(tx, Choice(name="a"))] == [queued.id, young.id]
        assert assets.consumed(tx, record.id, limit=9) == []

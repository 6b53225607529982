"""Which task makes or reads which asset, named in full or by reference."""

from __future__ import annotations

from typing import Any

from ostro import store
from ostro.spec import DagSpec, TaskSpec
from ostro.store import Store, asset_refs, assets
from ostro.store.views import rest_assets

from .made import NOW, dag, file, save
from .test_assets import outlet, producer

BY_NAME, BY_URI = {"type": "ref", "name": "a"}, {"type": "ref", "uri": "s3://a"}


def consumer(dag_id: str, *inlets: dict[str, Any]) -> DagSpec:
    return DagSpec(dag_id=dag_id, tasks=(TaskSpec(task_id="use", operator="X", inlets=inlets),))


def tasks(tx: Any) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Who makes and who reads the asset a."""
    asset_id = assets.find(tx, name="a", uri="s3://a")
    assert asset_id is not None
    (row,) = rest_assets.load_assets(tx, [asset_id])
    return [(r.dag_id, r.task_id) for r in row.producing], [(r.dag_id, r.task_id) for r in row.consuming]


def test_tasks_that_name_an_asset_by_reference_are_found(db: Store) -> None:
    with db.begin() as tx:
        # The reference is known before the asset is.
        save(tx, consumer("by_name", BY_NAME), path="by_name.py")
        save(tx, consumer("by_uri", BY_URI, BY_NAME), path="by_uri.py")
        save(tx, consumer("full", outlet("a"), BY_NAME), path="full.py")
        save(tx, consumer("other", {"type": "ref", "name": "b"}), path="other.py")
        save(tx, producer("p", outlet("a")), path="p.py")
        save(tx, producer("q", BY_URI), path="q.py")
        making, reading = tasks(tx)
        assert making == [("p", "t"), ("q", "t")]
        assert sorted(reading) == [("by_name", "use"), ("by_uri", "use"), ("full", "use")]
        asset_id = assets.find(tx, name="a")
        assert asset_id is not None and assets.producing_dags(tx, asset_id) == ["p", "q"]
        # A changed file names another.
        save(tx, consumer("by_name", {"type": "ref", "name": "b"}), path="by_name.py")
        save(tx, dag("by_uri"), path="by_uri.py")
        assert tasks(tx)[1] == [("full", "use")]


def test_a_reference_alone_keeps_no_asset_active(db: Store) -> None:
    with db.begin() as tx:
        save(tx, producer("p", outlet("a")), path="p.py")
        save(tx, consumer("c", BY_NAME), path="c.py")
        store.specs.retire_files(tx, [file("p.py")], NOW)
        assert assets.find(tx, name="a") is None
        assert asset_refs.assets_of(tx, ["c"]) == set()

"""`ostro assets`."""

from __future__ import annotations

from ostro.spec import TaskSpec
from ostro.store import assets
from store.made import NOW

from .conftest import Shell


def asset(name: str) -> dict[str, str]:
    return {"type": "asset", "name": name, "uri": f"s3://{name}", "group": "asset"}


def test_list_details_materialize(shell: Shell) -> None:
    shell.dag(TaskSpec(task_id="make", operator="X", outlets=(asset("a"),)), dag_id="p")
    shell.dag(TaskSpec(task_id="read", operator="X", inlets=(asset("a"), asset("b"))), dag_id="r")
    with shell.store.begin() as tx:
        assets.record_event(tx, name="a", uri="s3://a", at=NOW, aliases=["x"])

    assert [a["name"] for a in shell.json("assets", "list")] == ["a", "b"]
    assert shell.json("assets", "list", "--columns", "uri") == [{"uri": "s3://a"}, {"uri": "s3://b"}]
    assert shell.json("assets", "list", "--alias") == [{"name": "x", "group": "asset"}]

    (details,) = shell.json("assets", "details", "--uri", "s3://a")
    assert details["producing_tasks"] == ["p.make"] and details["consuming_tasks"] == ["r.read"]
    assert shell.json("assets", "details", "--alias", "--name", "x")[0]["name"] == "x"

    (run,) = shell.json("assets", "materialize", "--name", "a")
    assert (run["dag_id"], run["run_type"]) == ("p", "asset_materialization")


def test_refusals(shell: Shell) -> None:
    shell.dag(TaskSpec(task_id="read", operator="X", inlets=(asset("b"),)), dag_id="r")
    assert "--name" in shell.fails("assets", "details")
    assert "'nobody'" in shell.fails("assets", "details", "--name", "nobody")
    assert "'x'" in shell.fails("assets", "details", "--alias", "--name", "x")
    assert "No DAG materializes" in shell.fails("assets", "materialize", "--name", "b")


def test_partitions_are_taken_off_runs(shell: Shell) -> None:
    shell.dag(TaskSpec(task_id="t", operator="X"))
    shell.start(run_id="r", partition_key="k", partition_date=NOW)
    (row,) = shell.json("partitions", "clear", "-d", "d", "-k", "k", "--dry-run")
    assert (row["run_id"], row["partition_key"]) == ("r", "k")
    assert len(shell.json("partitions", "clear", "-d", "d", "--date", "2026-01-01~2026-12-31")) == 1
    assert shell.json("partitions", "clear", "-d", "d", "-k", "k") == []
    assert "one of these" in shell.fails("partitions", "clear", "-d", "d")
    assert "span" in shell.fails("partitions", "clear", "-d", "d", "--date", "2026-01-01")

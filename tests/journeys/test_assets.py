"""Producers and consumers of assets through the real command: files on disk, processes, REST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.deadline import wait_for
from support.services import database
from support.standalone import Standalone

DAGS = '''
import pendulum
from airflow.sdk import (
    DAG, Asset, AssetAlias, CronPartitionTimetable, DayWindow, Metadata, MinimumCount, PartitionedAssetTimetable,
    PartitionMapper, PartitionedAtRuntime, RollupMapper, StartOfDayMapper, Window, asset, task,
)
from airflow.partition_mappers.wait_policy import WaitPolicy

A, B = Asset("a", uri="s3://bucket/a"), Asset("b", uri="s3://bucket/b")
ALIAS = AssetAlias("behind")


with DAG("make_a", schedule=None):

    @task(outlets=[A])
    def make(outlet_events=None):
        outlet_events[A].extra = {"rows": 5}
        return "A"

    make()

with DAG("make_b", schedule=None):

    @task(outlets=[B])
    def make():
        yield Metadata(B, {"rows": 6})

    make()

with DAG("make_alias", schedule=None):

    @task(outlets=[ALIAS])
    def make(outlet_events=None):
        outlet_events[ALIAS].add(Asset("dynamic", uri="s3://bucket/dynamic"), extra={"k": "v"})

    make()

with DAG("use_both", schedule=(A & B)):

    @task(inlets=[A])
    def seen(triggering_asset_events=None, inlet_events=None, dag_run=None):
        ((event, *_),) = [events for a, events in triggering_asset_events.items() if a.name == "a"]
        past = inlet_events[A]
        return {
            "uris": sorted(a.uri for a in triggering_asset_events),
            "rows": [past[-1].extra["rows"], past[0].extra["rows"], len(past), len(past.limit(1))],
            "source": [event.source_dag_id, event.source_task_id, event.source_dag_run.dag_id],
            "value": event.source_task_instance.xcom_pull(),
            "consumed": len(dag_run.consumed_asset_events),
        }

    seen()

with DAG("use_alias", schedule=ALIAS):

    @task
    def seen(triggering_asset_events=None):
        return [[e.extra for e in triggering_asset_events[ALIAS]], [str(a.name) for a in triggering_asset_events]]

    seen()


@asset(schedule=[A], uri="s3://bucket/decorated")
def decorated(self, a, context):
    """Made of a."""
    return [self.uri, a.uri, context["inlet_events"][a][-1].extra["rows"]]


with DAG("use_decorated", schedule=[Asset.ref(name="decorated")]):

    @task
    def seen(triggering_asset_events=None):
        return [a.uri for a in triggering_asset_events]

    seen()

HOURS, DAYS = Asset("hours", uri="s3://bucket/hours"), Asset("days", uri="s3://bucket/days")


with DAG("make_hour", schedule=CronPartitionTimetable("@yearly", timezone="UTC")):

    @task(outlets=[HOURS])
    def make(partition_key=None):
        return partition_key

    make()

with DAG("make_regions", schedule=PartitionedAtRuntime()):

    @task(outlets=[Asset("regions", uri="s3://bucket/regions")])
    def make(outlet_events=None):
        outlet_events[Asset("regions", uri="s3://bucket/regions")].add_partitions(["us", "eu"])

    make()

with DAG(
    "use_hours",
    schedule=PartitionedAssetTimetable(
        assets=HOURS,
        default_partition_mapper=RollupMapper(
            upstream_mapper=StartOfDayMapper(), window=DayWindow(), wait_policy=MinimumCount(2)
        ),
    ),
):

    @task
    def seen(partition_key=None, partition_date=None, triggering_asset_events=None):
        return [partition_key, str(partition_date), sorted(e.partition_key for e in triggering_asset_events[HOURS])]

    seen()

with DAG("use_regions", schedule=PartitionedAssetTimetable(assets=Asset.ref(name="regions"))):

    @task
    def seen(dag_run=None):
        return dag_run.partition_key

    seen()

SALES = Asset("sales", uri="s3://bucket/sales")


class Region(PartitionMapper):
    """Of an author: the region before the first colon."""

    def __init__(self, separator="::"):
        super().__init__()
        self.separator = separator

    def to_downstream(self, key):
        if self.separator not in key:
            raise ValueError("a key of sales names its region")
        return key.partition(self.separator)[0]

    def serialize(self):
        return {"separator": self.separator}


class Shops(Window):
    def to_upstream(self, region):
        return [f"{region}::{shop}" for shop in ("north", "south", "east")]


class Most(WaitPolicy):
    def is_satisfied(self, matched, expected):
        return matched * 2 > expected


class Stuck(PartitionMapper):
    def to_downstream(self, key):
        import time

        time.sleep(3600)


with DAG("make_sales", schedule=PartitionedAtRuntime()):

    @task(outlets=[SALES])
    def make(outlet_events=None):
        outlet_events[SALES].add_partitions(["us::north", "us::else", "eu::north", "us::east", "nowhere"])

    make()

for name, mapper in (
    ("use_sales", RollupMapper(upstream_mapper=Region(), window=Shops(), wait_policy=Most())),
    ("use_stuck", Stuck()),
):
    with DAG(name, schedule=PartitionedAssetTimetable(assets=SALES, default_partition_mapper=mapper)):

        @task
        def seen(partition_key=None, triggering_asset_events=None):
            return [partition_key, sorted(e.partition_key for e in triggering_asset_events[SALES])]

        seen()

with DAG("conflict", schedule=None):

    @task(outlets=[Asset("a", uri="s3://another/a")])
    def make():
        pass

    make()
'''

OLD = """
from datetime import datetime

from airflow import DAG
from airflow.datasets import Dataset
from airflow.operators.python import PythonOperator

ORDERS = Dataset("s3://bucket/orders")

with DAG("old_maker", schedule_interval=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="make", python_callable=lambda: None, outlets=[ORDERS])

with DAG("old_user", schedule=[ORDERS], start_date=datetime(2024, 1, 1)):

    def see(triggering_dataset_events=None, ds=None, **context):
        return [list(triggering_dataset_events), len(ds), [e.source_dag_id for e in triggering_dataset_events["s3://bucket/orders"]]]

    PythonOperator(task_id="seen", python_callable=see, provide_context=True)
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ostro(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("assets")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "assets.py").write_text(DAGS)
    (dags / "old.py").write_text(OLD)
    with (
        database(request.param, folder) as url,
        Standalone(folder / "home", dags, database_url=url) as started,
    ):
        for dag_id in (
            "use_both",
            "use_alias",
            "decorated",
            "use_decorated",
            "old_user",
            "use_hours",
            "use_sales",
            "conflict",
        ):
            started.wait_dag(dag_id)
        yield started


def made(ostro: Standalone, dag_id: str, count: int = 1) -> list[Any]:
    """The asset-triggered runs of a DAG once there are so many, ended."""

    def found() -> Any:
        runs = ostro.get(f"/dags/{dag_id}/dagRuns", order_by="run_after")["dag_runs"]
        runs = [r for r in runs if r["run_type"] == "asset_triggered"]
        return runs if len(runs) >= count and all(r["end_date"] for r in runs) else None

    return list(
        wait_for(found, seconds=60, what=lambda: f"{count} runs of {dag_id}; standalone said: {ostro.tail()}")
    )


def test_assets_from_producer_to_consumer(ostro: Standalone) -> None:
    for dag_id in ("make_a", "make_b", "make_alias"):
        run = ostro.wait_run(dag_id, ostro.trigger(dag_id))
        assert run["state"] == "success", dag_id

    (both,) = made(ostro, "use_both")
    assert (both["state"], both["logical_date"], both["triggered_by"]) == ("success", None, "asset")
    assert ostro.xcom("use_both", both["dag_run_id"], "seen") == {
        "uris": ["s3://bucket/a", "s3://bucket/b"],
        "rows": [5, 5, 1, 1],
        "source": ["make_a", "make", "make_a"],
        "value": "A",
        "consumed": 2,
    }
    (alias,) = made(ostro, "use_alias")
    assert ostro.xcom("use_alias", alias["dag_run_id"], "seen") == [[{"k": "v"}], ["dynamic", "behind"]]
    (decorated,) = made(ostro, "decorated")
    assert ostro.xcom("decorated", decorated["dag_run_id"], "decorated") == [
        "s3://bucket/decorated", "s3://bucket/a", 5,
    ]  # fmt: skip
    (used,) = made(ostro, "use_decorated")
    assert ostro.xcom("use_decorated", used["dag_run_id"], "seen") == ["s3://bucket/decorated"]


def test_a_dataset_of_2x_starts_a_dated_run(ostro: Standalone) -> None:
    ostro.wait_run("old_maker", ostro.trigger("old_maker"))
    (run,) = made(ostro, "old_user")
    assert run["logical_date"] is not None
    assert ostro.xcom("old_user", run["dag_run_id"], "seen") == [["s3://bucket/orders"], 10, ["old_maker"]]


def test_partitions_from_producer_to_consumer(ostro: Standalone) -> None:
    for hour in ("09", "10"):
        key = f"2026-01-05T{hour}:00:00"
        assert (
            ostro.wait_run("make_hour", ostro.trigger("make_hour", partition_key=key))["state"] == "success"
        )
    (run,) = made(ostro, "use_hours")
    assert (run["partition_key"], run["partition_date"]) == ("2026-01-05", "2026-01-05T00:00:00Z")
    assert ostro.xcom("use_hours", run["dag_run_id"], "seen") == [
        "2026-01-05", "2026-01-05 00:00:00+00:00", ["2026-01-05T09:00:00", "2026-01-05T10:00:00"],
    ]  # fmt: skip
    ostro.wait_run("make_regions", ostro.trigger("make_regions"))
    runs = made(ostro, "use_regions", 2)
    assert sorted(ostro.xcom("use_regions", r["dag_run_id"], "seen") for r in runs) == ["eu", "us"]


def test_mappers_windows_and_wait_policies_of_an_author_run_beside_one_that_hangs(ostro: Standalone) -> None:
    ostro.wait_run("make_sales", ostro.trigger("make_sales"))
    (run,) = made(ostro, "use_sales")
    assert ostro.xcom("use_sales", run["dag_run_id"], "seen") == ["us", ["us::east", "us::else", "us::north"]]

    def said() -> Any:
        errors = ostro.get("/importErrors")["import_errors"]
        return [e["stack_trace"] for e in errors if "use_stuck" in e["stack_trace"]]

    (text,) = wait_for(said, seconds=60, what=lambda: f"the error; standalone said: {ostro.tail()}")
    assert text.splitlines()[0] == (
        "assets.py: a partition mapper of DAG 'use_stuck' failed, so the DAG makes no runs by itself: "
        "the partition mapper gave no answer within 10 seconds"
    )
    assert "a key of sales names its region" in ostro.tail()


def test_a_task_whose_asset_conflicts_with_another_fails(ostro: Standalone) -> None:
    run = ostro.wait_run("conflict", ostro.trigger("conflict"))
    assert run["state"] == "failed"

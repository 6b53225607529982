"""The DAG files of the fixture `desk`: forms, assets, questions and versions, for the tests of those pages."""

from __future__ import annotations

from pathlib import Path

from browser import corpus
from support.standalone import Standalone

FORMS = """
from datetime import datetime

from airflow.sdk import DAG, Param, task

PARAMS = {
    "name": Param("World", type="string", minLength=2, title="Who", description="Is greeted"),
    "amount": Param(3, type="integer", minimum=1, maximum=10),
    "text": Param("one\\ntwo", type="string", format="multiline"),
    "day": Param("2026-01-31", type="string", format="date"),
    "moment": Param("2026-01-31T08:00:00+00:00", type="string", format="date-time"),
    "colour": Param("red", enum=["red", "green"], values_display={"red": "Red wine"}),
    "shops": Param(["Seoul"], type="array", examples=["Seoul", "Busan"], section="Where"),
    "rows": Param({"a": 1}, type="object", section="Where"),
    "note": Param(None, type=["null", "string"], description_md="May be **empty**"),
    "dry": Param(True, type="boolean"),
    "kind": Param("orders", const="orders"),
    "must": Param(type="string"),
}

with DAG("forms", schedule=None, start_date=datetime(2026, 1, 1), params=PARAMS):

    @task
    def show(params: dict | None = None) -> dict:
        return dict(params)

    show()

with DAG("days", schedule="@daily", start_date=datetime(2030, 1, 1), catchup=False):

    @task
    def one() -> None: ...

    one()
"""

ASSETS = """
import asyncio
from datetime import datetime

from airflow.sdk import DAG, Asset, AssetAlias, AssetWatcher, task
from airflow.triggers.base import BaseEventTrigger


class Looks(BaseEventTrigger):
    def serialize(self):
        return f"{type(self).__module__}.Looks", {}

    async def run(self):
        self.log.info("Looking for new rates")
        await asyncio.Event().wait()
        yield


orders, report = Asset("orders", uri="s3://shop/orders"), Asset("report", group="reports")
rates = Asset("rates", watchers=[AssetWatcher("bank", Looks())])

with DAG("makes_orders", schedule=None, start_date=datetime(2026, 1, 1)):

    @task(outlets=[orders])
    def make() -> None: ...

    make()

with DAG("needs_both", schedule=(orders & (rates | AssetAlias("backup"))), start_date=datetime(2026, 1, 1)):

    @task(outlets=[report], inlets=[orders])
    def use() -> None: ...

    use()
"""

#: DAGs tied by tasks, and one that gathers the partitions of an asset.
TIES = """
from datetime import datetime

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
from airflow.sdk import (
    DAG, Asset, MinimumCount, PartitionedAssetTimetable, RollupMapper, StartOfDayMapper, DayWindow, task,
)

with DAG("starts_orders", schedule=None, start_date=datetime(2026, 1, 1)):
    TriggerDagRunOperator(task_id="go", trigger_dag_id="makes_orders")

with DAG("awaits_orders", schedule=None, start_date=datetime(2026, 1, 1)):
    ExternalTaskSensor(task_id="hold", external_dag_id="makes_orders", external_task_id="make")

hours = Asset("hours", uri="s3://shop/hours")
mapper = RollupMapper(upstream_mapper=StartOfDayMapper(), window=DayWindow(), wait_policy=MinimumCount(2))
with DAG(
    "sums_days", schedule=PartitionedAssetTimetable(assets=hours, default_partition_mapper=mapper), start_date=datetime(2026, 1, 1)
):

    @task
    def add_up() -> None: ...

    add_up()
"""

QUESTIONS = """
from datetime import datetime, timedelta

from airflow.providers.standard.operators.hitl import HITLEntryOperator, HITLOperator
from airflow.sdk import DAG, Param

with DAG("asks", schedule=None, start_date=datetime(2026, 1, 1)):
    HITLOperator(
        task_id="release",
        subject="Release version 7?",
        body="It has **two** known faults:\\n\\n* one\\n* another\\n\\n<img src=x onerror='window.__xss=1'>",
        options=["Ship it", "Wait"],
        defaults="Wait",
        response_timeout=timedelta(hours=1),
    )
    HITLOperator(task_id="shops", subject="Which shops?", options=["Seoul", "Busan", "Jeju"], multiple=True)
    HITLEntryOperator(task_id="amount", subject="How many?", params={"amount": Param(5, type="integer", maximum=9)})
"""

VERSION_1 = '''
"""One text that changes."""

from datetime import datetime

from airflow.sdk import DAG, task

with DAG("changes", schedule=None, start_date=datetime(2026, 1, 1)):

    @task
    def first() -> int:
        return 1  # the answer

    first()
'''.lstrip()
VERSION_2 = VERSION_1.replace("return 1  # the answer", "return 42").replace(
    "    first()\n", "    first()\n    first()\n"
)


#: Thousands of lines, the last of which says so.
LONG = VERSION_1.replace('"changes"', '"long"') + "".join(f"# line {n} of many\n" for n in range(1, 5_001))

#: DAG files by name, and the DAGs in them.
FILES = {
    "forms": FORMS,
    "assets": ASSETS,
    "ties": TIES,
    "questions": QUESTIONS,
    "changes": VERSION_1,
    "long": LONG,
    "corpus": corpus.FILE,
}
DAGS = (
    "forms",
    "days",
    "makes_orders",
    "needs_both",
    "starts_orders",
    "awaits_orders",
    "sums_days",
    "asks",
    "changes",
    "long",
    "corpus",
)


def file_of(desk: Standalone, name: str) -> Path:
    """A DAG file of the desk."""
    return desk.dags / f"{name}.py"

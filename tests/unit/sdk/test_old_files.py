"""Whole DAG files as people wrote them for 1.10, 2.x and 3.x."""

from __future__ import annotations

import sys
import types
import warnings
from pathlib import Path
from typing import Any

import pytest

from ostro.sdk import parsing
from ostro.sdk.collecting import collect
from ostro.sdk.dialect import decide
from ostro.sdk.exceptions import ParamValidationError
from ostro.sdk.freeze import freeze
from ostro.spec import DagSpec

OF_1_10 = '''
"""Docs of the file."""
from datetime import datetime, timedelta

import airflow
from airflow import DAG, conf
from airflow.contrib.sensors.file_sensor import FileSensor  # noqa
from airflow.hooks.base_hook import BaseHook
from airflow.models import BaseOperator, Variable
from airflow.operators.bash_operator import BashOperator
from airflow.operators.dummy_operator import DummyOperator
from airflow.operators.python_operator import BranchPythonOperator, PythonOperator
from airflow.utils.dates import days_ago
from airflow.utils.decorators import apply_defaults
from airflow.utils.helpers import chain, cross_downstream
from airflow.utils.trigger_rule import TriggerRule


class Load(BaseOperator):
    template_fields = ("table",)
    ui_color = "#abcdef"

    @apply_defaults
    def __init__(self, table, conn_id="default", *args, **kwargs):
        super(Load, self).__init__(*args, **kwargs)
        self.table = table
        self.conn_id = conn_id


default_args = {
    "owner": "airflow",
    "depends_on_past": False,
    "start_date": datetime(2019, 1, 1),
    "email": ["a@x.org"],
    "email_on_failure": False,
    "retries": 1,
    "retry_delay": timedelta(minutes=5),
    "provide_context": True,
    "conn_id": "warehouse",
}

dag = DAG("old_style", "A text", schedule_interval="0 6 * * *", default_args=default_args, concurrency=4, max_active_runs=1)
dag.doc_md = __doc__

start = DummyOperator(task_id="start", dag=dag)
pick = BranchPythonOperator(task_id="pick", python_callable=lambda **kw: "left", provide_context=True, dag=dag)
left = BashOperator(task_id="left", bash_command="echo {{ ds }}", dag=dag)
right = Load(task_id="right", table="t_{{ ds_nodash }}", dag=dag)
join = DummyOperator(task_id="join", trigger_rule=TriggerRule.NONE_FAILED_OR_SKIPPED, dag=dag)
end = PythonOperator(task_id="end", python_callable=print, op_args=[1], task_concurrency=2, dag=dag)

pick.set_upstream(start)
pick >> [left, right]
cross_downstream([left, right], [join])
chain(join, end)
recent = days_ago(1)
'''

OF_2 = """
from datetime import datetime
import pendulum
from airflow.decorators import dag, task
from airflow.datasets import Dataset
from airflow.models.baseoperator import chain
from airflow.operators.empty import EmptyOperator
from airflow.utils.edgemodifier import Label
from airflow.utils.task_group import TaskGroup

ORDERS = Dataset("s3://bucket/orders")


@dag(schedule="@hourly", start_date=pendulum.datetime(2023, 1, 1, tz="Europe/Berlin"), catchup=False, default_args={"retries": 2})
def two():
    @task(outlets=[ORDERS])
    def extract():
        return {"a": 1}

    @task(multiple_outputs=True)
    def transform(data: dict):
        return {"x": 1}

    with TaskGroup("checks", tooltip="all checks") as checks:
        EmptyOperator(task_id="one")
        EmptyOperator(task_id="two")
    found = transform(extract())
    found >> Label("then") >> checks
    chain(checks, EmptyOperator(task_id="end", trigger_rule="none_failed_min_one_success"))


two()


@dag(schedule=[ORDERS], start_date=datetime(2023, 1, 1))
def consumer():
    EmptyOperator(task_id="t")


made = consumer()
"""

OF_3 = """
from datetime import datetime, timedelta
from airflow.sdk import DAG, Asset, AssetAlias, BaseOperator, Param, TaskGroup, chain, dag, setup, task, teardown
from airflow.providers.standard.operators.python import PythonOperator
from airflow.timetables.trigger import CronTriggerTimetable
from airflow.sdk.definitions.deadline import AsyncCallback, DeadlineAlert, DeadlineReference


async def tell(**kwargs): ...


with DAG(
    "three",
    schedule=CronTriggerTimetable("0 5 * * *", timezone="Asia/Seoul", interval=timedelta(days=1)),
    start_date=datetime(2025, 1, 1),
    params={"n": Param(1, type="integer")},
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=1),
        callback=AsyncCallback("somewhere.tell", {"text": "late"}),
    ),
) as three:
    PythonOperator.partial(task_id="p", python_callable=print).expand(op_args=[[1], [2]])
"""


def specs_of(text: str) -> dict[str, DagSpec]:
    module = types.ModuleType("dagfile_0000_old")
    sys.modules[module.__name__] = module
    with warnings.catch_warnings(), parsing.parsing(parsing.ParseContext()) as context:
        warnings.simplefilter("ignore")
        exec(compile(text, "old.py", "exec"), vars(module))
        verdict = decide(context.notes)
        return {d.dag_id: freeze(d, "old.py", verdict) for d in collect(module)}


def by_id(spec: DagSpec) -> dict[str, Any]:
    return {t.task_id: t for t in spec.tasks}


def test_a_file_of_1_10() -> None:
    spec = specs_of(OF_1_10)["old_style"]
    tasks = by_id(spec)

    assert spec.dialect == 2 and spec.timetable["type"] == "cron_interval" and spec.catchup
    assert (spec.description, spec.doc_md, spec.max_active_tasks, spec.max_active_runs) == (
        "A text",
        "Docs of the file.",
        4,
        1,
    )
    assert spec.start_date == "2019-01-01T00:00:00+00:00" and spec.owners == "airflow"
    assert {t: tasks[t].upstream for t in tasks} == {
        "start": (),
        "pick": ("start",),
        "left": ("pick",),
        "right": ("pick",),
        "join": ("left", "right"),
        "end": ("join",),
    }
    assert tasks["right"].fields == {"table": "t_{{ ds_nodash }}"} and tasks["right"].ui_color == "#abcdef"
    assert tasks["join"].trigger_rule == "none_failed_min_one_success" and tasks["join"].is_empty
    assert tasks["pick"].can_skip_downstream and tasks["end"].max_active_tis_per_dag == 2
    assert all(t.retries == 1 and not t.email_on_failure for t in spec.tasks)


def test_files_of_2x() -> None:
    specs = specs_of(OF_2)
    two = specs["two"]
    tasks = by_id(two)

    assert two.dialect == 2 and two.timezone == "Europe/Berlin" and not two.catchup
    assert tasks["transform"].upstream == ("extract",) and tasks["transform"].multiple_outputs
    assert tasks["checks.one"].upstream == ("transform",) and tasks["end"].upstream == (
        "checks.one",
        "checks.two",
    )
    assert tasks["extract"].outlets[0]["uri"] == "s3://bucket/orders"
    assert {e.label for e in two.edge_labels} == {"then"} and two.groups[0].tooltip == "all checks"
    assert specs["consumer"].timetable["type"] == "asset" and specs["consumer"].asset_condition is not None


def test_a_file_of_3x() -> None:
    spec = specs_of(OF_3)["three"]

    assert spec.dialect == 3 and spec.timetable["type"] == "cron_trigger" and spec.params[0].value == 1
    assert spec.deadline == [
        {
            "name": None,
            "reference": {"reference": "DagRunQueuedAtDeadline"},
            "interval": 3600.0,
            "callback": {"kind": "async", "path": "somewhere.tell", "kwargs": {"text": "late"}},
        }
    ]
    assert by_id(spec)["p"].expansion is not None


@pytest.mark.parametrize("text", [OF_1_10, OF_2, OF_3])
def test_they_freeze_alike_twice(text: str) -> None:
    assert specs_of(text) == specs_of(text)


def test_a_sub_dag_made_in_a_block_is_no_dag_of_its_own(tmp_path: Path) -> None:
    """What a `with` block made is collected by itself, unless its tasks went into another DAG."""
    from ostro.protocol.task import FileRef
    from ostro.runtime import dagfile

    (tmp_path / "old.py").write_text(
        "from airflow import DAG\n"
        "from airflow.operators.dummy import DummyOperator\n"
        "from airflow.operators.subdag import SubDagOperator\n"
        "def inner(name):\n"
        "    with DAG(name) as dag:\n"
        "        DummyOperator(task_id='a') >> DummyOperator(task_id='b')\n"
        "    return dag\n"
        "with DAG('outer') as dag:\n"
        "    DummyOperator(task_id='first') >> SubDagOperator(task_id='sub', subdag=inner('outer.sub'))\n"
    )
    loaded = dagfile.load(FileRef(folder=str(tmp_path), path="old.py"))
    assert list(loaded.dags) == ["outer"]
    assert loaded.dags["outer"].task_ids == ["first", "sub.a", "sub.b"]


OF_1_8 = """
from datetime import datetime
from airflow import DAG, configuration
from airflow.hooks import BaseHook
from airflow.operators import BashOperator, DummyOperator, PythonOperator
from airflow.operators.sensors import ExternalTaskSensor, TimeDeltaSensor
from airflow.sensors import BaseSensorOperator

configuration.set("mine", "depth", "3")
dag = DAG("d", start_date=datetime(2017, 1, 1), schedule_interval="@daily")
first = DummyOperator(task_id="first")
then = BashOperator(task_id=f"then{configuration.getint('mine', 'depth')}", bash_command="true")
alone = DummyOperator(task_id="alone")
dag >> first >> then
alone << dag
"""


def test_a_file_of_1_8() -> None:
    """Operators from the package itself, and tasks that are shifted into their DAG; 1.10 still took both."""
    spec = specs_of(OF_1_8)["d"]

    assert spec.dialect == 2
    assert {i: t.upstream for i, t in by_id(spec).items()} == {"first": (), "then3": ("first",), "alone": ()}


def test_defaults_of_params_that_are_no_json_are_taken_in_files_of_2x() -> None:
    """2.x warns, 3.x refuses."""
    text = """
from datetime import datetime
from airflow import DAG
from airflow.operators.python import PythonOperator

with DAG("p", start_date=datetime(2024, 1, 1), params={"when": datetime(2024, 1, 2), "kind": dict}) as dag:
    PythonOperator(task_id="t", python_callable=print, params={"own": {1, 2}})
"""
    spec = specs_of(text)["p"]
    assert spec.dialect == 2
    assert {p.name: p.value for p in spec.params}["when"] == "2024-01-02 00:00:00"
    new = text.replace("from airflow.operators", "from airflow.providers.standard.operators")
    assert specs_of(new)["p"].dialect == 2
    pinned = parsing.parsing(parsing.ParseContext(pinned=3))
    with pytest.raises(ParamValidationError, match="cannot be written as JSON"), pinned:
        exec(compile(text, "new.py", "exec"), {"__name__": "new"})


def test_a_default_of_a_param_that_is_no_json_is_refused_in_a_file_of_3x(tmp_path: Path) -> None:
    path = tmp_path / "new.py"
    path.write_text("from airflow.sdk import Param\nParam(object())\n")
    context = parsing.parsing(parsing.ParseContext(fileloc=str(path)))
    with pytest.raises(ParamValidationError, match="cannot be written as JSON"), context:
        exec(compile(path.read_text(), str(path), "exec"), {"__name__": "new"})

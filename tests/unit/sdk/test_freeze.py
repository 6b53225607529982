"""Freezing: what a spec holds, and that equal files give equal bytes in every process."""

from __future__ import annotations

import enum
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.sdk import DAG, Asset, AssetAlias, BaseOperator, Dataset, parsing, task
from ostro.sdk.describe import LONGEST_TEXT, plain
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.operators.empty import EmptyOperator
from ostro.sdk.operators.python import PythonOperator
from ostro.spec import Topology, decode, encode, version_hash


def only(dag: DAG) -> Any:
    (spec,) = freeze(dag).tasks
    return spec


def test_tasks_stand_in_topological_order() -> None:
    with DAG("d") as dag:
        a, b, c = (EmptyOperator(task_id=n) for n in "abc")
        c >> b >> a

    topology = Topology(freeze(dag))

    assert [t.task_id for t in topology.tasks] == ["c", "b", "a"]
    assert topology.upstream == [(), (0,), (1,)]


def test_a_spec_survives_its_encoding() -> None:
    with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1), params={"a": 1}) as dag:
        BashOperator(task_id="t", bash_command="echo {{ ds }}", retries=2, doc_md="x") >> EmptyOperator(
            task_id="u"
        )

    spec = freeze(dag, "f.py", 2)

    assert decode(encode(spec)) == spec


def test_defaults_are_left_out_whatever_object_they_are() -> None:
    with DAG("d") as dag:
        EmptyOperator(task_id="a")
        EmptyOperator(task_id="b", queue="".join(["def", "ault"]), owner="air" + "flow"[:4], retries=int("0"))

    a, b = freeze(dag).tasks

    assert encode(freeze(dag)).count(b'"queue"') == 0
    assert (a.queue, a.owner, a.retries) == (b.queue, b.owner, b.retries)


def test_durations_rules_and_mail() -> None:
    with DAG("d") as dag:
        EmptyOperator(
            task_id="t",
            retry_delay=timedelta(minutes=2),
            max_retry_delay=60,
            execution_timeout=timedelta(seconds=90),
            retry_exponential_backoff=True,
            email="a@x.org; b@x.org,c@x.org",
            weight_rule="upstream",
            wait_for_downstream=True,
            executor_config={"k": {1, 2}},
        )

    spec = only(dag)
    assert (spec.retry_delay, spec.max_retry_delay, spec.execution_timeout) == (120.0, 60.0, 90.0)
    assert spec.retry_exponential_backoff == 2.0 and spec.weight_rule == "upstream"
    assert spec.email == ("a@x.org", "b@x.org", "c@x.org")
    assert spec.depends_on_past and spec.wait_for_downstream
    assert spec.executor_config == {"k": [1, 2]}


@pytest.mark.parametrize(
    ("kwargs", "empty"),
    [
        ({}, True),
        ({"on_success_callback": print}, False),
        ({"on_execute_callback": print}, False),
        ({"outlets": [Asset("a")]}, False),
        ({"pre_execute": print}, False),
    ],
)
def test_a_task_that_needs_no_process(kwargs: dict[str, Any], empty: bool) -> None:
    with DAG("d") as dag:
        EmptyOperator(task_id="t", **kwargs)

    assert only(dag).is_empty is empty


def test_a_subclass_of_empty_is_empty_too_and_others_are_not() -> None:
    class Marker(EmptyOperator):
        pass

    with DAG("d") as dag:
        Marker(task_id="m")
        Marker.partial(task_id="mapped").expand_kwargs([{"doc": "x"}][:0])
        BashOperator(task_id="b", bash_command="x")

    assert {t.task_id: t.is_empty for t in freeze(dag).tasks} == {"m": True, "mapped": True, "b": False}


def test_inlets_and_outlets() -> None:
    with DAG("d") as dag:
        EmptyOperator(
            task_id="t",
            inlets=[Asset("a", uri="s3://b/a", extra={"k": 1}), Asset.ref(name="other")],
            outlets=[AssetAlias("alias"), Dataset("s3://b/d")],
        )

    spec = only(dag)
    assert spec.inlets == (
        {"type": "asset", "name": "a", "uri": "s3://b/a", "group": "asset", "extra": {"k": 1}},
        {"type": "ref", "name": "other"},
    )
    assert [o["type"] for o in spec.outlets] == ["alias", "asset"]


def test_schedules_on_assets() -> None:
    a, b, c = Asset("a"), Asset("b"), AssetAlias("c")

    assert freeze(DAG("d", schedule=[a, b])).asset_condition == {
        "all": [
            {"asset": {"uri": "a", "name": "a", "group": "asset"}},
            {"asset": {"uri": "b", "name": "b", "group": "asset"}},
        ]
    }
    assert freeze(DAG("d", schedule=(a & b) | c)).asset_condition is not None
    assert freeze(DAG("d", schedule=a)).timetable["type"] == "asset"


class Colour(enum.Enum):
    RED = "red"


class Opaque:
    pass


@pytest.mark.parametrize(
    ("value", "described"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (float("nan"), "nan"),
        ({"b": 1, 2: "x"}, {"b": 1, "2": "x"}),
        ({"b", "a"}, ["a", "b"]),
        ((1, [2]), [1, [2]]),
        (Colour.RED, "red"),
        (datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00:00+00:00"),
        (datetime(2024, 1, 1, 5, 6, 7, 891), "<datetime>"),
        (f"at {datetime(2024, 1, 1, 5, 6, 7, 891234)}", "at 2024-01-01 05:06:…"),
        (timedelta(hours=1), "1:00:00"),
        (Path("/x"), "/x"),
        (b"abc", "<3 bytes>"),
        (Opaque(), f"<{__name__}.Opaque>"),
        (print, "builtins.print"),
        (partial(divmod, 17), "partial(builtins.divmod)"),
        pytest.param(f"{object.__new__(Opaque)!r}", f"<{__name__}.Opaque object>", id="with an address"),
    ],
)
def test_values_are_described_without_what_changes(value: Any, described: Any) -> None:
    assert plain(value) == described


def test_long_values_are_cut() -> None:
    assert len(plain("x" * 100_000)) == LONGEST_TEXT + 1
    assert len(plain(list(range(10_000)))) < 300
    nested: list[Any] = []
    nested.append(nested)
    assert "…" in str(plain(nested))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_plain_values_can_be_encoded(value: Any) -> None:
    import msgspec

    msgspec.json.encode(plain(value))


def test_fields_that_screens_show() -> None:
    class Mine(BaseOperator):
        template_fields = ("query", "fn")
        template_fields_renderers = {"query": "sql"}
        ui_color = "#123456"
        custom_operator_name = "My operator"

        def __init__(self, query: str, fn: Any, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.query, self.fn = query, fn

    with DAG("d") as dag:
        Mine(task_id="t", query="select 1", fn=lambda: 1, task_display_name="Shown")

    spec = only(dag)
    assert spec.fields["query"] == "select 1" and "<lambda>" in spec.fields["fn"]
    assert (spec.operator, spec.operator_name, spec.display_name, spec.ui_color) == (
        "Mine",
        "My operator",
        "Shown",
        "#123456",
    )


def test_operators_of_the_dag_file_have_no_module_of_their_own() -> None:
    namespace: dict[str, Any] = {"__name__": "dagfile_0123_x", "BaseOperator": BaseOperator}
    exec("class Mine(BaseOperator): pass", namespace)
    with DAG("d") as dag:
        namespace["Mine"](task_id="t")
        PythonOperator(task_id="u", python_callable=print)

    assert [t.module for t in freeze(dag).tasks] == ["", "ostro.sdk.operators.python"]


FILE = """
import uuid
from datetime import datetime, timedelta
from airflow.sdk import DAG, Asset, BaseOperator, TaskGroup, task
from airflow.providers.standard.operators.bash import BashOperator

class Thing:
    pass

class Keep(BaseOperator):
    template_fields = {"b", "a", "c"}
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b, self.c = Thing(), {"x", "y", "z"}, lambda: 1

@task
def f(*args, **kwargs): ...

with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1), tags={"q", "w", "e"},
         access_control={"r": {"can_read", "can_edit"}}) as dag:
    s = {f(datetime.now(), {"k": {1, 2, 3}}, thing=Thing()) for _ in range(5)}
    with TaskGroup("g"):
        keep = Keep(task_id="keep", inlets=[Asset("a"), Asset("b")], executor_config={"o": object()})
        keep << list(s)
    keep >> BashOperator(task_id="b", bash_command=f"echo {datetime.now()}", env={"T": str(Thing())})
"""


def test_equal_files_give_equal_bytes_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "dagfile.py").write_text(FILE)
    code = (
        "import dagfile; from ostro.sdk.freeze import freeze; from ostro.spec import encode, version_hash\n"
        "print(version_hash(encode(freeze(dagfile.dag, 'dagfile.py'))))"
    )
    hashes = set()
    for seed in ("0", "1", "2", "random"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env=env
        )
        assert done.returncode == 0, done.stderr
        hashes.add(done.stdout.strip())

    assert len(hashes) == 1


def test_freezing_twice_gives_the_same() -> None:
    with (
        parsing.parsing(parsing.ParseContext()),
        DAG("d", schedule="@hourly", start_date=datetime(2024, 1, 1)) as dag,
    ):

        @task
        def f(x: Any) -> Any: ...

        f.expand(x=[1, 2])

    assert version_hash(encode(freeze(dag))) == version_hash(encode(freeze(dag)))

"""The DAGs of five articles end as their readers expect, through the real command and the REST API."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.deadline import wait_for
from support.services import database
from support.standalone import Standalone

#: Need a provider package; shown by a later issue.
WITHOUT = {"slack_alert", "frames_in_s3"}
ROWS = ["ant", "bee", "cow"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def blog(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("blog")
    dags = folder / "dags"
    dags.mkdir()
    for file in (shared / "dags" / "blog").glob("*.py"):
        if file.stem not in WITHOUT:
            (dags / file.name).write_text(file.read_text())
    table = folder / "rows.db"
    with sqlite3.connect(table) as db:
        db.execute("create table work(name)")
        db.executemany("insert into work values (?)", [(r,) for r in ROWS])
    env = {"ROWS_DB": str(table), "SPLIT_SPARK_STORE": f"file://{folder}/spark"}
    with (
        database(request.param, folder) as url,
        Standalone(folder / "home", dags, database_url=url, env=env) as ostro,
    ):
        yield ostro


@pytest.fixture(scope="module")
def expected(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "dags" / "blog" / "expected.json").read_text())


def _check_tasks(ostro: Standalone, dag_id: str, run: dict[str, Any], want: dict[str, Any]) -> None:
    states = ostro.task_states(dag_id, run["dag_run_id"])
    for task_id, state in want.get("tasks", {}).items():
        assert states[task_id] == [state], (dag_id, run["dag_run_id"], task_id)
    for task_id, value in want.get("xcom", {}).items():
        assert ostro.xcom(dag_id, run["dag_run_id"], task_id) == value
    assert run["state"] == want["state"], (dag_id, run["dag_run_id"])


@pytest.mark.parametrize(
    "dag_id",
    [
        *(
            f"stop_server_{shape}_{end}"
            for shape in ("chain", "parallel", "teardown")
            for end in ("works", "fails")
        ),
        "taskflow_model",
    ],
)
def test_triggered_run_ends_as_expected(blog: Standalone, expected: dict[str, Any], dag_id: str) -> None:
    blog.wait_dag(dag_id)
    run = blog.wait_run(dag_id, blog.trigger(dag_id))
    _check_tasks(blog, dag_id, run, expected[dag_id]["runs"][0])


@pytest.mark.parametrize("dag_id", ["dates_from_context", "dates_from_template", "just_once", "umbrella"])
def test_scheduled_runs_are_exactly_the_expected_ones(
    blog: Standalone, expected: dict[str, Any], dag_id: str
) -> None:
    want = expected[dag_id]["runs"]
    blog.wait_dag(dag_id)

    def ended() -> Any:
        runs = blog.get(f"/dags/{dag_id}/dagRuns", order_by="logical_date", limit=100)["dag_runs"]
        return (
            runs
            if len(runs) == len(want) and all(r["state"] in {"success", "failed"} for r in runs)
            else None
        )

    runs = wait_for(ended, seconds=60, what=f"{len(want)} ended runs of {dag_id}")
    for run, wanted in zip(runs, want, strict=True):
        if "logical_date" in wanted:
            assert run["logical_date"].replace("Z", "+00:00") == wanted["logical_date"]
        _check_tasks(blog, dag_id, run, wanted)


def test_one_task_for_each_row_of_a_table(blog: Standalone) -> None:
    blog.wait_dag("rows_to_tasks")
    run = blog.wait_run("rows_to_tasks", blog.trigger("rows_to_tasks"))
    states = blog.task_states("rows_to_tasks", run["dag_run_id"])
    assert run["state"] == "success"
    assert states["work_on"] == ["success"] * len(ROWS)
    assert states["task_end"] == ["success"]
    names = [
        row["rendered_map_index"]
        for row in blog.get(f"/dags/rows_to_tasks/dagRuns/{run['dag_run_id']}/taskInstances", limit=100)[
            "task_instances"
        ]
        if row["task_id"] == "work_on"
    ]
    assert sorted(names) == ROWS
    assert blog.xcom("rows_to_tasks", run["dag_run_id"], "report") == len(ROWS)


def test_only_the_failed_part_of_a_split_job_runs_again(blog: Standalone, tmp_path: Path) -> None:
    blog.wait_dag("split_spark_job")
    run_id = blog.trigger("split_spark_job")
    first = blog.wait_run("split_spark_job", run_id)
    assert first["state"] == "failed"
    assert blog.task_states("split_spark_job", run_id) == {
        "validate": ["success"],
        "spark": ["success"],
        "backup": ["failed"],
    }
    store = Path(blog.extra_env["SPLIT_SPARK_STORE"].removeprefix("file://"))
    (store / "repaired").write_text("")
    blog.post(
        "/dags/split_spark_job/clearTaskInstances",
        {"dry_run": False, "dag_run_id": run_id, "task_ids": ["backup"], "only_failed": True},
    )
    again = blog.wait_run("split_spark_job", run_id)
    assert again["state"] == "success"
    assert (store / "spark_runs").read_text().count("ran") == 1


def test_a_run_with_conf_gives_it_to_the_tasks(blog: Standalone) -> None:
    blog.wait_dag("taskflow_model")
    run_id = blog.trigger("taskflow_model", conf={"colour": "blue"})
    run = blog.wait_run("taskflow_model", run_id)
    assert run["conf"] == {"colour": "blue"}
    assert run["state"] == "success"

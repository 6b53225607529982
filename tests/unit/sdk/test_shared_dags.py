"""Real DAG files: all of them parse and freeze, with the tasks and edges that Airflow gives them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from ostro.sdk import parsing
from ostro.sdk.collecting import collect
from ostro.sdk.dialect import decide
from ostro.sdk.freeze import freeze
from ostro.spec import DagSpec, Topology

SUITES = ("trigger_rules", "mapping", "taskflow_xcom", "templates")
NEED_PROVIDERS = {"slack_alert.py", "frames_in_s3.py"}


def specs_of(path: Path) -> dict[str, DagSpec]:
    """The frozen DAGs of a file, imported as the loader does."""
    name = f"dagfile_test_{path.stem}"
    sys.path.append(str(path.parent))
    try:
        with parsing.parsing(parsing.ParseContext(fileloc=str(path))) as context, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
            verdict = decide(context.notes)
            return {d.dag_id: freeze(d, path.name, verdict) for d in collect(module)}
    finally:
        sys.path.remove(str(path.parent))
        sys.modules.pop(name, None)


def suite(shared: Path, name: str) -> dict[str, DagSpec]:
    found: dict[str, DagSpec] = {}
    for path in sorted((shared / "conformance" / name / "dags").glob("*.py")):
        if "pandas" not in path.name:
            found.update(specs_of(path))
    return found


def test_the_dags_of_the_blog(shared: Path) -> None:
    specs: dict[str, DagSpec] = {}
    for path in sorted((shared / "dags" / "blog").glob("*.py")):
        if path.name not in NEED_PROVIDERS:
            specs.update(specs_of(path))

    expected = json.loads((shared / "dags" / "blog" / "expected.json").read_text())
    assert specs.keys() <= expected.keys() | specs.keys()
    assert {
        n: s.dialect for n, s in specs.items() if n in ("umbrella", "rows_to_tasks", "taskflow_model")
    } == {
        "umbrella": 2,
        "rows_to_tasks": 3,
        "taskflow_model": 3,
    }
    umbrella = specs["umbrella"]
    assert (
        umbrella.timetable["type"] == "cron_interval" and umbrella.catchup and umbrella.max_active_runs == 2
    )
    assert {t.task_id: t.upstream for t in umbrella.tasks}["join_datasets"] == (
        "clean_weather",
        "join_erp_branch",
    )
    assert specs["rows_to_tasks"].tasks[2].map_index_template == "{{ name }}" or any(
        t.map_index_template == "{{ name }}" for t in specs["rows_to_tasks"].tasks
    )
    stop = {t.task_id: t for t in specs["stop_server_teardown_fails"].tasks}
    assert stop["ec2_start"].is_setup and stop["ec2_stop"].is_teardown
    assert stop["ec2_stop"].upstream == ("ec2_start", "script_on_ec2")
    assert specs["taskflow_model"].timezone == "Asia/Seoul"


@pytest.mark.parametrize("name", SUITES)
def test_the_conformance_suites_parse_with_the_tasks_that_airflow_gives_them(shared: Path, name: str) -> None:
    specs = suite(shared, name)
    cases = json.loads((shared / "conformance" / name / "expected.json").read_text())["cases"]

    checked = 0
    for dag_id, case in cases.items():
        if "pandas" in case["file"]:
            continue
        expected = {key.partition("[")[0] for run in case["expect"]["runs"] for key in run["tasks"]}
        assert {t.task_id for t in specs[dag_id].tasks} == expected, dag_id
        Topology(specs[dag_id])
        checked += 1
    assert checked > 20


def test_edges_are_those_of_airflow(shared: Path) -> None:
    specs = suite(shared, "taskflow_xcom")
    cases = json.loads((shared / "conformance" / "taskflow_xcom" / "expected.json").read_text())["cases"]

    checked = 0
    for dag_id, case in cases.items():
        edges = case["expect"]["runs"][0].get("xcoms", {}).get("edges")
        if edges is None:
            continue
        found = {t.task_id: list(t.upstream) for t in specs[dag_id].tasks}
        assert found == edges["return_value"], dag_id
        checked += 1
    assert checked >= 4


def test_all_files_freeze_alike_in_every_process(shared: Path) -> None:
    code = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import hashlib, pathlib, test_shared_dags as t\n"
        "from ostro.spec import encode\n"
        "h = hashlib.sha256()\n"
        "for s in t.SUITES:\n"
        "    specs = t.suite(pathlib.Path(sys.argv[1]), s)\n"
        "    [h.update(encode(specs[n])) for n in sorted(specs)]\n"
        "print(h.hexdigest())\n"
    )
    found = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code, str(shared)], capture_output=True, text=True, env=env, timeout=100
        )
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)

    assert len(found) == 1

"""The example DAGs of Airflow itself: each can be imported, and runs to the end that it should, through the real engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from compat.examples import RELEASES, Release
from compat.wheels import unpack, wheel
from ostro import commands
from ostro.clock import SystemClock
from ostro.store import instances, runs
from ostro.store.views import rest_dags
from ostro.store.views.filters import Page
from ostro.testing.result import RunResult
from ostro.testing.runner import DagRunner
from ostro.testing.workshop import TookTooLong, Workshop

#: Seconds within which the files must have been read, and then always one run more must have ended.
PATIENCE = 90


@contextmanager
def examples(release: Release, folder: Path) -> Iterator[Workshop]:
    """An engine over the examples, which lie where their own imports expect them."""
    dags = folder / "lib" / "airflow" / "example_dags"
    for name, version, prefix in release.wheels:
        unpack(wheel(name, version), prefix, dags)
    for name, version, prefix in release.libraries:
        unpack(wheel(name, version), prefix, folder / "lib" / prefix)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(folder / "lib")
    settings = {"core.plugins_folder": str(dags / "plugins"), "core.parallelism": "8"}
    workshop = Workshop(folder / "home", dags, settings)
    try:
        workshop.set_time(None, skips=True)
        workshop.settle(PATIENCE)
        yield workshop
    finally:
        workshop.close()
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def play(workshop: Workshop, release: Release) -> dict[str, RunResult]:
    """One run of every DAG, all of one logical date and at once; what became of each."""
    store, clock = workshop.store, SystemClock()
    moment = clock.now().replace(second=0, microsecond=0) - timedelta(minutes=1)
    with store.read() as tx:
        rows, _ = rest_dags.list_dags(tx, (), rest_dags.DagFilter(), Page(limit=1000))
    wanted = [
        r.dag_id for r in rows if release.runs.get(r.dag_id, ("", ""))[0] or r.dag_id not in release.runs
    ]
    made = {}
    with store.begin() as tx:
        for dag_id in wanted:
            conf = release.conf.get(dag_id)
            made[dag_id] = commands.trigger_run_in(
                tx, clock, dag_id=dag_id, logical_date=moment, conf=conf, triggered_by="test"
            )
    workshop.wake([run.id for run in made.values()], wanted)
    for run in made.values():
        try:
            workshop.wait_run(run.id, PATIENCE, lambda: "")
        except TookTooLong:
            break
    results = {}
    with store.read() as tx:
        for dag_id, run in made.items():
            (record,) = runs.load_runs(tx, [run.id])
            rows_of = instances.load_instances(tx, [run.id])
            results[dag_id] = RunResult(record, rows_of, store, workshop.logs)
    return results


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", RELEASES)
def test_examples(name: str, tmp_path: Path) -> None:
    release = RELEASES[name]
    with examples(release, tmp_path) as workshop:
        errors = DagRunner(workshop).import_errors()
        unexpected = {path: text for path, text in errors.items() if path not in release.files}
        assert unexpected == {}
        silent = [path for path, word in release.files.items() if word not in errors.get(path, "")]
        assert silent == [], {path: errors.get(path) for path in silent}
        results = play(workshop, release)
        wrong = {
            dag_id: result.report()
            for dag_id, result in results.items()
            if result.state != release.runs.get(dag_id, ("success", ""))[0]
        }
        assert wrong == {}, "\n\n".join(wrong.values())
        assert len(results) >= release.least

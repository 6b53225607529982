"""Several engines: one home takes one, one database takes many, which share runs, keep limits and inherit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ostro import commands
from ostro.clock import SystemClock
from ostro.store import Store
from support import faults
from support.deadline import wait_for
from support.faults import Faulty, gone, is_alive, kill
from support.parts import ApiServer, Scheduler
from support.services import database
from support.standalone import Standalone

#: Seconds of a lease in these tests, and between two heartbeats.
LEASE = "3"
HEARTBEAT = "0.5"

DAGS = (
    faults.SOURCE
    + """
with DAG("narrow", schedule=None, start_date=datetime(2024, 1, 1), max_active_tasks=50, max_active_runs=50):
    for n in range(4):
        @task(task_id=f"t{n}", pool="two")
        def narrow():
            note("start")
            time.sleep(0.1)
            note("end")
        narrow()

with DAG("line", schedule=None, start_date=datetime(2024, 1, 1), max_active_runs=50):
    before = None
    for n in range(6):
        @task(task_id=f"t{n}", retries=1, retry_delay=timedelta(0))
        def step():
            note("start")
            time.sleep(0.2)
            note("end")
        now = step()
        if before is not None:
            before >> now
        before = now

one("gated", gated, retries=1)

import asyncio
from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

class Gate(BaseTrigger):
    def serialize(self):
        return f"{type(self).__module__}.Gate", {}
    async def run(self):
        while not (FOLDER / "gate-deferred").exists():
            await asyncio.sleep(0.05)
        yield TriggerEvent(None)

class Defers(BaseOperator):
    def execute(self, context):
        self.defer(trigger=Gate(), method_name="resume")
    def resume(self, context, event):
        note("start")
        note("end")

with DAG("deferred", schedule=None, start_date=datetime(2024, 1, 1), max_active_runs=50):
    Defers(task_id="one")
"""
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_second_engine_on_the_same_home_is_refused_with_one_sentence(kind: str, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    with (
        database(kind, tmp_path) as url,
        Standalone(tmp_path / "home", tmp_path / "dags", database_url=url) as ostro,
    ):
        env = {**os.environ, "OSTRO_HOME": str(ostro.home)}
        assert ostro.process is not None
        for command, kind_of, process in (
            (["scheduler"], "another engine", ostro.engine_pid()),
            (["standalone", "--port", "0"], "another ostro standalone", ostro.process.pid),
        ):
            second = subprocess.run(
                [sys.executable, "-m", "ostro.cli.main", *command, "--database-url", url],
                env=env,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert second.returncode != 0
            said = [line for line in (second.stdout + second.stderr).splitlines() if kind_of in line]
            assert len(said) == 1
            assert f"(process {process})" in said[0]
            assert "Traceback" not in second.stderr
        assert ostro.engine_pid() is not None
        assert ostro.answers()


class Pair(Faulty):
    """Two engines with two homes, and a web server, on one PostgreSQL database."""

    def __init__(self, ostro: Standalone, folder: Path, url: str, engines: list[Scheduler]) -> None:
        super().__init__(ostro, folder, url)
        self.engines = engines

    def owners(self) -> dict[str, str]:
        """Live runs with the engine that holds them."""
        query = "SELECT run_id, owner FROM dag_run WHERE state IN ('queued', 'running') AND owner IS NOT NULL"
        return {row.run_id: row.owner for row in faults.rows(self.url, query)}

    def runs_of(self, engine: Scheduler) -> list[str]:
        """Live runs that an engine holds."""
        return [run for run, owner in self.owners().items() if owner.endswith(str(engine.home))]

    def drain(self, engine: Scheduler, *, drain: bool = True) -> None:
        """Ask the engine, and wait until it says that it does so."""
        (name,) = [one.id for one in self._known() if one.id.endswith(str(engine.home))]
        store = Store.open(self.url)
        commands.drain_engine(store, SystemClock(), lambda runs, dags: None, engine_id=name, drain=drain)
        store.dispose()
        wait_for(
            lambda: drain is any(one.id == name and one.drains_since for one in self._known()),
            what="the engine to hear of it",
        )

    def _known(self) -> list[Any]:
        return faults.rows(self.url, "SELECT id, drains_since FROM engine WHERE stopped_at IS NULL")

    def trigger_until_both_have_some(self, dag_id: str, most: int = 40) -> list[str]:
        """Both engines hear of every new run; each takes some."""
        runs = []
        while len(runs) < most:
            runs.append(self.ostro.trigger(dag_id))
            if len(runs) >= 8 and all(self.runs_of(e) for e in self.engines):
                return runs
        raise AssertionError(f"one engine has all runs: {self.owners()}")


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    tmp_path = tmp_path_factory.mktemp("engines")
    dags = tmp_path / "dags"
    dags.mkdir()
    (dags / "shared.py").write_text(DAGS)
    env = {
        "LEDGER": str(tmp_path / "ledger"),
        "OSTRO__SCHEDULER__LEASE": LEASE,
        "OSTRO__SCHEDULER__HEARTBEAT": HEARTBEAT,
    }
    with database("postgresql", tmp_path) as url, ExitStack() as stack:
        settings = {**env, "OSTRO__DATABASE__URL": url}
        engines = [
            stack.enter_context(Scheduler(tmp_path / name, dags, env=settings))
            for name in ("first", "second")
        ]
        web = stack.enter_context(ApiServer(tmp_path / "web", dags, env=settings))
        web.post("/pools", {"name": "two", "slots": 2})
        for dag_id in ("narrow", "line", "gated", "deferred"):
            web.wait_dag(dag_id)
        yield Pair(web, tmp_path, url, engines)


@pytest.fixture
def pair(engines: Pair) -> Pair:
    """Both engines run, nothing else does."""
    for engine in engines.engines:
        if engine.engine_pid() is None:
            engine.start()
    engines.close_gates()
    return engines


def most_at_once(pair: Pair, dag_id: str) -> int:
    """How many bodies of a DAG ran at the same moment, at most."""
    moments = []
    for key, bodies in pair.spans.items():
        if key[0] == dag_id:
            for body in bodies:
                assert body.end is not None
                moments += [(body.start, 1), (body.end, -1)]
    running = most = 0
    for _, change in sorted(moments):
        running += change
        most = max(most, running)
    return most


def test_two_engines_share_runs_and_keep_limits(pair: Pair) -> None:
    runs = pair.trigger_until_both_have_some("narrow")
    for run_id in runs:
        assert pair.ostro.wait_run("narrow", run_id)["state"] == "success"
    narrow = {key: bodies for key, bodies in pair.spans.items() if key[0] == "narrow"}
    assert len(narrow) == len(runs) * 4
    assert most_at_once(pair, "narrow") == 2
    assert all(len(bodies) == 1 for bodies in narrow.values())
    pair.check()


def test_killed_engine_is_inherited_by_the_other(pair: Pair) -> None:
    runs = pair.trigger_until_both_have_some("line")
    first, second = pair.engines
    doomed = pair.runs_of(second)
    wait_for(lambda: any(key[1] in doomed for key in pair.spans), what="a task of the second engine")
    engine = second.engine_pid()
    assert engine is not None
    kill(engine)
    gone(engine)
    # Queued work goes on after the lease, with the other engine.
    wait_for(
        lambda: (
            set(pair.owners().values()) <= {o for o in pair.owners().values() if o.endswith(str(first.home))}
        ),
        seconds=float(LEASE) * 4,
        what=lambda: f"one owner of all; {pair.owners()}",
    )
    # The killed one comes back: what ran under it reports its results.
    second.start()
    for run_id in runs:
        run = pair.ostro.wait_run("line", run_id)
        assert run["state"] == "success", (run, first.tail(), second.tail())
    pair.check()


def test_triggers_of_a_killed_engine_are_run_by_the_other(pair: Pair) -> None:
    runs = pair.trigger_until_both_have_some("deferred")

    def waiting() -> int:
        path = "/dags/deferred/dagRuns/~/taskInstances"
        return int(pair.ostro.get(path, state="deferred", limit=1)["total_entries"])

    wait_for(lambda: waiting() == len(runs), what=lambda: f"{len(runs)} deferred tasks; {waiting()} are")
    first, second = pair.engines
    engine = second.engine_pid()
    assert engine is not None
    kill(engine)
    gone(engine)
    (pair.folder / "gate-deferred").touch()
    for run_id in runs:
        run = pair.ostro.wait_run("deferred", run_id)
        assert run["state"] == "success", (run, first.tail())
    assert all(len(bodies) == 1 for key, bodies in pair.spans.items() if key[0] == "deferred")
    pair.check()


def test_drained_engine_leaves_its_runs_to_the_other(pair: Pair) -> None:
    run_id, pid = pair.start("gated")
    (drained,) = [e for e in pair.engines if run_id in pair.runs_of(e)]
    (other,) = [e for e in pair.engines if e is not drained]
    pair.drain(drained)
    wait_for(lambda: run_id in pair.runs_of(other), what="the other engine to go on with the run")
    runs = [pair.ostro.trigger("line") for _ in range(4)]
    for one in runs:
        assert pair.ostro.wait_run("line", one)["state"] == "success"
    started = faults.rows(
        pair.url,
        "SELECT DISTINCT i.engine FROM task_instance i JOIN dag_run r ON r.id = i.run"
        " WHERE r.dag_id = 'line' AND r.run_id = ANY(:runs)",
        runs=runs,
    )
    assert [row.engine.endswith(str(other.home)) for row in started] == [True]
    # What ran on the drained one was left alone, and its result counts.
    pair.open_gate("gated")
    pair.succeeds("gated", run_id)
    assert [b.pid for b in pair.bodies("gated", run_id)] == [pid]
    pair.drain(drained, drain=False)
    for one in pair.trigger_until_both_have_some("line"):
        assert pair.ostro.wait_run("line", one)["state"] == "success"
    pair.check()


def inherited(pair: Pair) -> tuple[str, int, Scheduler]:
    """A gated task of an engine that was killed, whose run another engine has now: run, process, the killed one."""
    run_id, pid = pair.start("gated")
    (owner,) = [e for e in pair.engines if run_id in pair.runs_of(e)]
    (heir,) = [e for e in pair.engines if e is not owner]
    engine = owner.engine_pid()
    assert engine is not None
    kill(engine)
    wait_for(lambda: run_id in pair.runs_of(heir), seconds=float(LEASE) * 4, what="an heir")
    assert is_alive(pid)
    return run_id, pid, owner


def test_task_of_a_killed_engine_is_not_run_twice_at_once(pair: Pair) -> None:
    """Its process goes on; when its engine is back, its result counts, and its callbacks run."""
    run_id, pid, owner = inherited(pair)
    owner.start()
    pair.open_gate("gated")
    pair.succeeds("gated", run_id)
    assert [b.pid for b in pair.bodies("gated", run_id)] == [pid]
    pair.marked("success gated one 1")
    pair.check()


def test_clear_of_a_task_whose_engine_is_not_its_runs(pair: Pair) -> None:
    run_id, pid, owner = inherited(pair)
    owner.start()
    pair.ostro.post(
        "/dags/gated/clearTaskInstances",
        {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": ["one"],
            "only_failed": False,
            "only_running": True,
        },
    )
    gone(pid)
    again = pair.pid("gated", run_id, 2)
    assert again != pid
    pair.open_gate("gated", pair.bodies("gated", run_id)[1].try_number)
    pair.succeeds("gated", run_id)
    pair.check()


def test_engine_that_sleeps_for_longer_than_its_lease(pair: Pair) -> None:
    run_id, pid = pair.start("gated")
    (sleeper,) = [e for e in pair.engines if run_id in pair.runs_of(e)]
    (other,) = [e for e in pair.engines if e is not sleeper]
    engine = sleeper.engine_pid()
    assert engine is not None
    os.kill(engine, signal.SIGSTOP)
    try:
        wait_for(lambda: run_id in pair.runs_of(other), seconds=float(LEASE) * 4, what="an heir")
    finally:
        os.kill(engine, signal.SIGCONT)
    pair.open_gate("gated")
    pair.succeeds("gated", run_id)
    assert [b.pid for b in pair.bodies("gated", run_id)] == [pid]
    pair.check()


def test_task_of_a_killed_engine_that_dies_too_is_tried_again(pair: Pair) -> None:
    run_id, pid = pair.start("gated")
    (owner,) = [e for e in pair.engines if run_id in pair.runs_of(e)]
    engine = owner.engine_pid()
    assert engine is not None
    kill(engine)
    kill(pid)
    pair.open_gate("gated", 2)
    pair.succeeds("gated", run_id)
    assert len(pair.bodies("gated", run_id)) == 2
    pair.check()

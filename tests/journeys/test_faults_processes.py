"""Host, nursery and web server are killed: tasks that run go on, and new ones run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from support import faults
from support.deadline import wait_for
from support.faults import Faulty, gone, is_alive, kill, parent
from support.services import database
from support.standalone import Standalone

DAGS = (
    faults.SOURCE
    + """
import subprocess

def speaks():
    from airflow.sdk import get_current_context
    ti = get_current_context()["ti"]
    note("start")
    wait_for_gate(f"gate-{ti.dag_id}-{ti.try_number}")
    # More than a pipe holds: somebody must read it, now that the host is dead.
    subprocess.run(["sh", "-c", "seq 1 40000; echo the end"], check=True)
    note("end")

def slow_callback(context):
    mark(f"slow begins {context['dag_run'].run_id}")
    wait_for_gate("gate-callback")
    mark(f"slow ends {context['dag_run'].run_id}")

with DAG("of_task", schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="one", python_callable=lambda: None, on_success_callback=slow_callback)
with DAG("of_dag", schedule=None, start_date=datetime(2024, 1, 1), on_success_callback=slow_callback):
    PythonOperator(task_id="one", python_callable=lambda: None)

one("speaks", speaks)
one("gated", gated)
one("retried", gated, retries=1)
one("quick", lambda: None)
"""
)

#: A DAG file that appears while the nursery is dead.
LATER = faults.SOURCE + 'one("later", lambda: None)\n'


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def faulty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    folder = tmp_path_factory.mktemp("processes")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "waiting.py").write_text(DAGS)
    (dags / "load.py").write_text(faults.LOAD)
    env = {"LEDGER": str(folder / "ledger")}
    with (
        database(request.param, folder) as url,
        Standalone(folder / "home", dags, database_url=url, env=env) as ostro,
    ):
        yield Faulty(ostro, folder, url)


@pytest.fixture(autouse=True)
def _closed(faulty: Faulty) -> None:
    faulty.close_gates()


def host_of(faulty: Faulty, pid: int) -> int:
    """The host that an attempt was forked from."""
    host = parent(pid)
    assert host in faulty.ostro.processes("ostro.runtime.nursery")
    return host


def test_host_is_killed(faulty: Faulty) -> None:
    run_id, pid = faulty.start("speaks")
    host = host_of(faulty, pid)
    kill(host)
    gone(host)
    faulty.run("quick")
    assert is_alive(pid)
    faulty.open_gate("speaks")
    faulty.succeeds("speaks", run_id)
    assert faulty.pid("speaks", run_id) == pid
    events = wait_for(
        lambda: e if "the end" in (e := [line["event"] for line in faulty.log("speaks", run_id)]) else None,
        what="the end of the log",
    )
    assert events.count("40000") == 1
    assert len(faulty.tries("speaks", run_id)) == 1
    faulty.check()


def test_task_is_killed_after_its_host(faulty: Faulty) -> None:
    run_id, pid = faulty.start("gated")
    host = host_of(faulty, pid)
    kill(host)
    gone(host)
    kill(pid)
    # The nursery is its parent now, and tells the status.
    cause = faulty.fails("gated", run_id)
    assert cause["signal"] == signal.SIGKILL
    assert "SIGKILL" in faulty.last_words("gated", run_id)
    faulty.check()


def test_nursery_is_killed(faulty: Faulty) -> None:
    nursery = faulty.nursery()
    run_id, pid = faulty.start("gated")
    host = host_of(faulty, pid)
    kill(nursery)
    gone(nursery)
    (faulty.folder / "dags" / "later.py").write_text(LATER)
    faulty.run("load")
    faulty.run("later")
    assert is_alive(pid)
    assert is_alive(host)
    assert faulty.nursery() != nursery
    faulty.open_gate("gated")
    faulty.succeeds("gated", run_id)
    assert faulty.pid("gated", run_id) == pid
    faulty.check()


def test_nursery_and_all_hosts_are_killed(faulty: Faulty) -> None:
    first, pid = faulty.start("gated")
    second, other = faulty.start("retried")
    for process in {faulty.nursery(), host_of(faulty, pid), host_of(faulty, other)}:
        kill(process)
    faulty.run("load")
    # Nobody saw how this one ended; it is noticed, and it is tried again.
    kill(other)
    faulty.pid("retried", second, 2)
    assert faulty.tries("retried", second)[0]["cause"]["kind"] == "lost"
    faulty.open_gate("retried", 2)
    faulty.succeeds("retried", second)
    faulty.open_gate("gated")
    faulty.succeeds("gated", first)
    assert faulty.pid("gated", first) == pid
    faulty.check()


def test_nursery_hangs(faulty: Faulty) -> None:
    """A nursery that is stopped (a debugger, say) delays only what needs a new host, and goes on."""
    nursery = faulty.nursery()
    faulty.run("quick")
    os.kill(nursery, signal.SIGSTOP)
    try:
        faulty.run("quick")
    finally:
        os.kill(nursery, signal.SIGCONT)
    faulty.run("load")
    faulty.check()


def test_web_server_is_killed(faulty: Faulty) -> None:
    ostro = faulty.ostro
    run_id, pid = faulty.start("gated")
    (web,) = ostro.processes("ostro.assembly.web")
    kill(web)
    gone(web)
    assert is_alive(pid)

    def back() -> bool:
        assert ostro.client is not None
        try:
            return ostro.client.get("/api/v2/dags").status_code == 200
        except httpx.TransportError:
            return False

    # The token from before is still good: keys are kept, not made at each start.
    wait_for(back, seconds=30, what=lambda: f"the web server; {ostro.tail()}")
    faulty.open_gate("gated")
    faulty.succeeds("gated", run_id)
    faulty.run("load")
    faulty.check()


def test_web_server_is_killed_again_and_again(faulty: Faulty) -> None:
    ostro = faulty.ostro
    engine = ostro.engine_pid()
    for _ in range(3):
        (web,) = wait_for(lambda: ostro.processes("ostro.assembly.web"), what="a web server")
        kill(web)
        gone(web)
    wait_for(ostro.answers, what=lambda: f"the web server; {ostro.tail()}")
    faulty.run("load")
    assert ostro.engine_pid() == engine
    faulty.check()


def test_engine_and_nursery_are_killed_together(faulty: Faulty) -> None:
    run_id, pid = faulty.start("gated")
    engine = faulty.ostro.engine_pid()
    assert engine is not None
    kill(engine)
    kill(faulty.nursery())
    wait_for(lambda: faulty.ostro.engine_pid() not in (None, engine), what="a new engine")
    faulty.open_gate("gated")
    faulty.succeeds("gated", run_id)
    assert faulty.pid("gated", run_id) == pid
    assert len(faulty.tries("gated", run_id)) == 1
    faulty.run("load")
    faulty.check()


def test_engine_is_killed_and_a_task_dies_meanwhile(faulty: Faulty) -> None:
    run_id, pid = faulty.start("retried")
    engine = faulty.ostro.engine_pid()
    assert engine is not None
    kill(engine)
    kill(pid)
    faulty.pid("retried", run_id, 2)
    assert faulty.tries("retried", run_id)[0]["cause"]["kind"] in ("lost", "signal")
    faulty.open_gate("retried", 2)
    faulty.succeeds("retried", run_id)
    faulty.check()


def test_ctrl_c_ends_in_good_order_and_the_next_start_adopts(faulty: Faulty) -> None:
    run_id, pid = faulty.start("gated")
    assert faulty.ostro.stop() == 0
    assert is_alive(pid)
    faulty.open_gate("gated")
    faulty.ostro.start()
    faulty.succeeds("gated", run_id)
    assert faulty.pid("gated", run_id) == pid
    assert len(faulty.tries("gated", run_id)) == 1
    faulty.run("load")
    faulty.check()


@pytest.mark.parametrize("dag_id", ["of_task", "of_dag"])
def test_engine_is_killed_while_a_callback_runs(faulty: Faulty, dag_id: str) -> None:
    """The callback goes on, and is not run again beside itself."""
    run_id = faulty.run(dag_id)
    faulty.marked(f"slow begins {run_id}")
    engine = faulty.ostro.engine_pid()
    assert engine is not None
    kill(engine)
    faulty.run("load")
    faulty.open_gate("callback", None)
    faulty.marked(f"slow ends {run_id}")
    wait_for(
        lambda: states(faulty, run_id) == ["done"], what=lambda: f"confirmation; {states(faulty, run_id)}"
    )
    assert [m for m in faulty.marks() if run_id in m] == [f"slow begins {run_id}", f"slow ends {run_id}"]
    faulty.check()


@pytest.mark.parametrize("dag_id", ["of_task", "of_dag"])
def test_callback_is_killed_while_no_engine_watches(faulty: Faulty, dag_id: str) -> None:
    """It is run again, by another process."""
    run_id = faulty.run(dag_id)
    faulty.marked(f"slow begins {run_id}")
    (pid,) = [row.pid for row in outbox(faulty, run_id)]
    engine = faulty.ostro.engine_pid()
    assert engine is not None
    kill(engine)
    kill(pid)
    faulty.open_gate("callback", None)
    faulty.marked(f"slow ends {run_id}")
    wait_for(
        lambda: states(faulty, run_id) == ["done"], what=lambda: f"confirmation; {states(faulty, run_id)}"
    )
    assert [m for m in faulty.marks() if run_id in m].count(f"slow begins {run_id}") == 2
    faulty.check()


def outbox(faulty: Faulty, run_id: str) -> list[Any]:
    """Callbacks of a run."""
    query = (
        "SELECT o.state, o.pid FROM callback_outbox o JOIN dag_run r ON r.id = o.run WHERE r.run_id = :run_id"
    )
    return faults.rows(faulty.url, query, run_id=run_id)


def states(faulty: Faulty, run_id: str) -> list[str]:
    """How far the callbacks of a run are."""
    return [row.state for row in outbox(faulty, run_id)]

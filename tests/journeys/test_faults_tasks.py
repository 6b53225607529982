"""Tasks that misbehave: each ends as its author can understand, and harms no other."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from support import faults
from support.deadline import wait_for
from support.faults import Faulty, gone, is_alive, kill
from support.services import database
from support.standalone import Standalone

#: Tasks that end without anybody's help; all are started at once.
ENDING = (
    faults.SOURCE
    + r"""
import ctypes, resource, signal, subprocess, sys, threading

def flood_raw():
    line = b"x" * 99 + b"\n"
    for _ in range(500):
        os.write(1, line * 20)

def exits_hard():
    print("before the end", flush=True)
    os._exit(3)

def exits():
    sys.exit(1)

def segfaults():
    os.write(2, b"half a line")
    ctypes.string_at(0)

def aborts():
    os.abort()

def becomes_another():
    os.execv("/bin/true", ["true"])

def eats_memory():
    size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20), size + (64 << 20)))
    hoard = []
    while True:
        hoard.append(bytearray(8 << 20))

def closes_output():
    print("while it is open")
    sys.stdout.close()
    sys.stderr.close()
    os.close(1)
    os.close(2)
    return "closed"

def closes_everything():
    os.closerange(0, 1024)
    return "closed"

def prints_nul():
    print("nul \0 here")
    os.write(1, b"raw \0 \xff here\n")
    return {"\0": "\0 \ud800"}

def raises_nul():
    raise ValueError("nul \0 and a lone surrogate \ud800")

def forks_and_leaves():
    pid = os.fork()
    if pid == 0:
        (FOLDER / "left-behind").write_text(str(os.getpid()))
        time.sleep(600)
    while not (FOLDER / "left-behind").exists():
        time.sleep(0.01)

def fork_comes_back():
    os.fork()
    return os.getpid()

def leaves_a_program():
    program = subprocess.Popen(["sleep", "600"])
    (FOLDER / "program").write_text(str(program.pid))

def leaves_a_thread():
    threading.Thread(target=time.sleep, args=(600,)).start()

def masks_its_timeout():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
    time.sleep(600)

def swallows_its_timeout():
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass

for body in (
    exits_hard, exits, segfaults, aborts, becomes_another, eats_memory, closes_output, closes_everything, prints_nul,
    raises_nul, forks_and_leaves, fork_comes_back, leaves_a_program, leaves_a_thread,
):
    one(body.__name__, body)
one("masks_its_timeout", masks_its_timeout, execution_timeout=timedelta(seconds=1))
one("swallows_its_timeout", swallows_its_timeout, execution_timeout=timedelta(seconds=1))
"""
)
ENDS = (
    "exits_hard exits segfaults aborts becomes_another eats_memory closes_output closes_everything prints_nul raises_nul"
    " forks_and_leaves fork_comes_back leaves_a_program leaves_a_thread masks_its_timeout swallows_its_timeout"
).split()

#: Tasks that wait until the test does something to them.
WAITING = (
    faults.SOURCE
    + r"""
import signal, subprocess

def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "600"])
    (FOLDER / "child-of-deaf").write_text(str(child.pid))
    gated()

one("once", gated, dag_args=dict(on_failure_callback=called("dag_failure")))
one("again", gated, retries=1, dag_args=dict(on_success_callback=called("dag_success")))
one("deaf", deaf)
one("stopped", gated)
"""
)

#: Tasks that say far too much.
FLOODING = (
    faults.SOURCE
    + r"""
def raw():
    block = b"".join(b"%099d\n" % n for n in range(1000))
    note("start")
    for _ in range(500):
        view = memoryview(block)
        while view:
            view = view[os.write(1, view):]
    note("end")

def prints():
    note("start")
    for n in range(100_000):
        print(f"{n:0499d}")
    note("end")

def one_line():
    os.write(1, b"a" * (3 << 20))
    print("b" * (3 << 20))

def leaves_a_flood():
    import subprocess
    (FOLDER / "flooder").write_text(str(subprocess.Popen(["yes"]).pid))

one("leaves_a_flood", leaves_a_flood)
one("flood_raw", raw)
one("flood_print", prints)
one("one_long_line", one_line)
one("beside", lambda: None)
"""
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def faulty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    folder = tmp_path_factory.mktemp("tasks")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "ending.py").write_text(ENDING)
    (dags / "waiting.py").write_text(WAITING)
    (dags / "flooding.py").write_text(FLOODING)
    (dags / "load.py").write_text(faults.LOAD)
    env = {
        "LEDGER": str(folder / "ledger"),
        "OSTRO__WORKER__KILL_GRACE": "1",
        "OSTRO__WORKER__TIMEOUT_GRACE": "0.5",
        "OSTRO__SCHEDULER__HEARTBEAT": "0.5",
    }
    with (
        database(request.param, folder) as url,
        Standalone(folder / "home", dags, database_url=url, env=env) as ostro,
    ):
        yield Faulty(ostro, folder, url)
        for file in ("left-behind", "program", "child-of-deaf"):
            pid = int((folder / file).read_text()) if (folder / file).exists() else 0
            if pid and is_alive(pid):
                kill(pid)


@pytest.fixture(scope="module")
def ended(faulty: Faulty) -> dict[str, str]:
    """The runs of all tasks that end by themselves, which were started at once."""
    for dag_id in ENDS:
        faulty.ostro.wait_dag(dag_id)
    runs = {dag_id: faulty.ostro.trigger(dag_id) for dag_id in ENDS}
    for dag_id, run_id in runs.items():
        faulty.ostro.wait_run(dag_id, run_id)
    return runs


# ---- ways to end ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dag_id", "kind", "words"),
    [
        ("exits_hard", "exit", "exit code 3"),
        ("exits", "exception", "SystemExit"),
        ("segfaults", "signal", "SIGSEGV"),
        ("aborts", "signal", "SIGABRT"),
        ("becomes_another", "exit", "ended by itself"),
        ("eats_memory", "exception", "MemoryError"),
        ("raises_nul", "exception", "lone surrogate"),
        ("masks_its_timeout", "timeout", "execution_timeout of 1 s"),
        ("swallows_its_timeout", "timeout", "execution_timeout of 1 s"),
    ],
)
def test_a_death_has_a_cause_in_the_try_and_in_the_log(
    faulty: Faulty, ended: dict[str, str], dag_id: str, kind: str, words: str
) -> None:
    run_id = ended[dag_id]
    cause = faulty.fails(dag_id, run_id)
    assert cause["kind"] == kind
    assert words in cause["text"]
    log = faulty.log(dag_id, run_id)
    assert any(words in str(line) for line in log[-2:]), log
    faulty.marked(f"failure {dag_id} one 1")


def test_what_was_written_before_a_death_is_in_the_log(faulty: Faulty, ended: dict[str, str]) -> None:
    assert "before the end" in [line["event"] for line in faulty.log("exits_hard", ended["exits_hard"])]
    assert "half a line" in [line["event"] for line in faulty.log("segfaults", ended["segfaults"])]


@pytest.mark.parametrize(
    "dag_id",
    "closes_output closes_everything prints_nul forks_and_leaves fork_comes_back leaves_a_program leaves_a_thread".split(),
)
def test_odd_but_harmless(faulty: Faulty, ended: dict[str, str], dag_id: str) -> None:
    faulty.succeeds(dag_id, ended[dag_id])
    assert len(faulty.tries(dag_id, ended[dag_id])) == 1
    assert "Attempt ended: success" in [line["event"] for line in faulty.log(dag_id, ended[dag_id])]
    faulty.marked(f"success {dag_id} one 1")


def test_no_attempt_is_left_behind(faulty: Faulty, ended: dict[str, str]) -> None:
    """Every process of an attempt has ended; programs that tasks left running on purpose may go on."""
    ours = {int((faulty.folder / f).read_text()) for f in ("left-behind", "program")}
    pids = [t["pid"] for d, r in ended.items() for t in faulty.tries(d, r)]
    assert all(pids)
    wait_for(lambda: not [p for p in pids if is_alive(p) and p not in ours], what=f"end of {pids}")
    faulty.check()


# ---- killed from outside --------------------------------------------------------------------------------------


def test_killed_task_without_retries_fails(faulty: Faulty) -> None:
    run_id, pid = faulty.start("once")
    kill(pid)
    cause = faulty.fails("once", run_id)
    assert cause["signal"] == 9
    assert "SIGKILL" in cause["text"]
    assert "SIGKILL" in faulty.last_words("once", run_id)
    faulty.marked("failure once one 1")
    faulty.marked("dag_failure once one 1")
    faulty.check()


def test_killed_task_with_retries_runs_again(faulty: Faulty) -> None:
    run_id, pid = faulty.start("again")
    kill(pid)
    second = faulty.pid("again", run_id, 2)
    assert second != pid
    faulty.open_gate("again", 2)
    faulty.succeeds("again", run_id)
    first, last = faulty.tries("again", run_id)
    assert (first["state"], last["state"]) == ("up_for_retry", "success")
    assert first["cause"]["signal"] == 9
    assert "SIGKILL" in faulty.last_words("again", run_id, 1)
    for word in ("retry again one 1", "success again one 2", "dag_success again one 2"):
        faulty.marked(word)
    faulty.check()


def test_task_that_ignores_sigterm_is_killed_after_the_grace(faulty: Faulty) -> None:
    run_id, pid = faulty.start("deaf")
    child = int((faulty.folder / "child-of-deaf").read_text())
    faulty.ostro.patch(f"/dags/deaf/dagRuns/{run_id}/taskInstances/one", {"new_state": "failed"})
    gone(pid, seconds=10)
    gone(child, seconds=5)
    assert faulty.ostro.wait_run("deaf", run_id)["state"] == "failed"
    faulty.check()


def test_a_stopped_process_can_be_ended(faulty: Faulty) -> None:
    import signal

    run_id, pid = faulty.start("stopped")
    kill(pid, signal.SIGSTOP)
    faulty.ostro.patch(f"/dags/stopped/dagRuns/{run_id}/taskInstances/one", {"new_state": "failed"})
    gone(pid, seconds=10)
    assert faulty.ostro.wait_run("stopped", run_id)["state"] == "failed"
    faulty.check()


# ---- floods ---------------------------------------------------------------------------------------------------

#: Seconds within which a short task beside a flood must have been run, in the same file and in another, on two
#: loaded cores. Undisturbed it takes some hundredths.
BESIDE = 5.0


@pytest.mark.parametrize("dag_id", ["flood_raw", "flood_print"])
def test_a_flood_of_50_mb_delays_nobody(faulty: Faulty, dag_id: str) -> None:
    run_id, pid = faulty.start(dag_id)
    slowest = 0.0
    turns = 0
    while turns < 3 or is_alive(pid):
        for beside in ("beside", "load"):
            start = time.monotonic()
            faulty.run(beside, seconds=BESIDE * 4)
            slowest = max(slowest, time.monotonic() - start)
        turns += 1
    faulty.succeeds(dag_id, run_id)
    assert slowest < BESIDE
    size = sum(
        f.stat().st_size for f in (faulty.folder / "home" / "logs" / f"dag_id={dag_id}").rglob("*.log")
    )
    assert size > 50_000_000, "lines were lost"
    faulty.check()


def test_one_endless_line_is_cut(faulty: Faulty) -> None:
    run_id = faulty.run("one_long_line")
    longest = max(len(line["event"]) for line in faulty.log("one_long_line", run_id))
    assert longest < 2 << 20


def test_a_flood_that_outlives_its_task_delays_nobody(faulty: Faulty) -> None:
    run_id = faulty.run("leaves_a_flood")
    flooder = int((faulty.folder / "flooder").read_text())
    try:
        for _ in range(3):
            faulty.run("beside", seconds=BESIDE)
            faulty.run("load", seconds=BESIDE)
        log = faulty.folder / "home" / "logs" / "dag_id=leaves_a_flood"
        told = wait_for(
            lambda: [f for f in log.rglob("*.log") if "is not kept from here on" in f.read_text()],
            what="a note that the rest is dropped",
        )
    finally:
        kill(flooder)
    assert told[0].stat().st_size < 200 << 20
    assert len(faulty.tries("leaves_a_flood", run_id)) == 1
    faulty.check()

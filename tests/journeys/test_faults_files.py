"""DAG files that cannot be used harm no other: each has its error with file and line, the others run meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support import faults
from support.deadline import wait_for
from support.faults import Faulty, is_alive
from support.services import database
from support.standalone import Standalone

HEAD = "from airflow.sdk import DAG\n"
DAG = "\nDAG('{dag_id}', schedule=None)\n"

#: File -> (content after HEAD, words of its error, line that its error names or None).
BROKEN: dict[str, tuple[str, str, int | None]] = {
    "syntax": ("def broken(:\n    pass\n", "SyntaxError", 2),
    "missing_module": ("import no_such_module_anywhere\n", "ModuleNotFoundError", 2),
    "raises": ("\n\nraise RuntimeError('not today')\n", "not today", 4),
    "raises_base": ("class Odd(BaseException): pass\nraise Odd('very odd')\n", "very odd", 3),
    "exits": ("import sys\nsys.exit(3)\n", "sys.exit", None),
    "exits_hard": ("import os\nos._exit(3)\n", "exit code 3", None),
    "hangs": ("while True:\n    pass\n", "2 s", 2),
    "hangs_deaf": (
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\ntime.sleep(600)\n",
        "2 s",
        None,
    ),
    "eats_memory": ("hoard = []\nwhile True:\n    hoard.append(bytearray(64 << 20))\n", "MemoryError", 4),
    "segfaults": ("import ctypes\nctypes.string_at(0)\n", "SIGSEGV", 3),
    "recurses": ("def deeper(): return deeper()\ndeeper()\n", "RecursionError", 2),
    "floods": ("import os\nfor _ in range(2000):\n    os.write(1, b'x' * 10000)\n    print('y' * 10000)\nraise ValueError('flooded')\n", "flooded", 6),
    "forks": ("import os, time\nif os.fork() == 0:\n    time.sleep(600)\nraise ValueError('forked')\n", "forked", 5),
    "kills_parent": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nraise ValueError('orphan')\n", "", None),
    "nul": ("raise ValueError('nul \\0 and a lone surrogate \\ud800')\n", "lone surrogate", 2),
}  # fmt: skip

#: All are tried with SQLite; with PostgreSQL those in which the database has a say.
BOTH = [("sqlite", name) for name in BROKEN] + [("postgresql", name) for name in ("raises", "nul")]

#: Good, but full of what databases refuse.
ODD_TEXT = (
    HEAD
    + """
with DAG("odd_text", schedule=None, description="nul \\0", tags=["nul \\0"], doc_md="\\0"):
    pass
"""
)

#: Parsed without complaint; bad for those who run its tasks.
BAD_HOST = (
    faults.SOURCE
    + """
if Path("/proc/self/comm").read_text().strip() == "ostro-tasks":
    {bad}

one("{dag_id}", lambda: None)
"""
)
HOSTS = {
    "host_raises": ("raise RuntimeError('not for running')", "not for running"),
    "host_exits": ("os._exit(4)", "exit code 4"),
    "host_hangs": ("time.sleep(600)", "2 s"),
}

GOOD = (
    faults.SOURCE
    + """
one("good", lambda: None)

with DAG("clock", schedule=timedelta(seconds=1), start_date=datetime.now(), catchup=False, max_active_runs=100):
    @task
    def tick():
        note("start")
        note("end")
    tick()
"""
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def faulty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    folder = tmp_path_factory.mktemp("files")
    dags = folder / "dags"
    dags.mkdir()
    for name, (text, _, _) in BROKEN.items():
        if (request.param, name) not in BOTH:
            continue
        (dags / f"{name}.py").write_text(HEAD + text + DAG.format(dag_id=name))
    for name, (bad, _) in HOSTS.items():
        (dags / f"{name}.py").write_text(BAD_HOST.replace("{bad}", bad).replace("{dag_id}", name))
    (dags / "odd_text.py").write_text(ODD_TEXT)
    (dags / "z_good.py").write_text(GOOD)
    env = {
        "LEDGER": str(folder / "ledger"),
        "OSTRO__LOADER__IMPORT_TIMEOUT": "2",
        "OSTRO__LOADER__MEMORY_LIMIT": "512",
    }
    with (
        database(request.param, folder) as url,
        Standalone(folder / "home", dags, database_url=url, env=env) as ostro,
    ):
        yield Faulty(ostro, folder, url)


def errors(faulty: Faulty) -> dict[str, dict[str, Any]]:
    """Import errors by the name of their file."""
    found = faulty.ostro.get("/importErrors", limit=100)["import_errors"]
    return {e["filename"].rpartition("/")[2].removesuffix(".py"): e for e in found}


def test_others_run_while_files_hang(faulty: Faulty) -> None:
    """Asked first, while the loader is busy with all of them."""
    faulty.run("good")
    before = ticks(faulty)
    wait_for(lambda: ticks(faulty) >= before + 2, seconds=10, what="ticks of the clock")


def ticks(faulty: Faulty) -> int:
    return sum(key[0] == "clock" for key in faulty.spans)


@pytest.mark.parametrize(("faulty", "name"), BOTH, indirect=["faulty"], scope="module")
def test_error_has_file_and_line(faulty: Faulty, name: str) -> None:
    _, words, line = BROKEN[name]
    error = wait_for(
        lambda: errors(faulty).get(name), seconds=60, what=lambda: f"{name} in {sorted(errors(faulty))}"
    )
    assert words in error["stack_trace"]
    assert f"{name}.py" in error["filename"]
    if line is not None:
        assert f"line {line}" in error["stack_trace"], error["stack_trace"]


def test_text_that_databases_refuse(faulty: Faulty) -> None:
    faulty.run("odd_text")
    assert "odd_text" not in errors(faulty)


@pytest.mark.parametrize("name", HOSTS)
def test_file_that_cannot_be_imported_to_run_fails_its_tasks(faulty: Faulty, name: str) -> None:
    faulty.ostro.wait_dag(name)
    run_id = faulty.ostro.trigger(name)
    faulty.run("good")
    faulty.ostro.wait_run(name, run_id)
    (instance,) = faulty.ostro.get(f"/dags/{name}/dagRuns/{run_id}/taskInstances")["task_instances"]
    assert instance["state"] == "failed"
    told = str(faulty.tries(name, run_id)) + str(
        faults.rows(faulty.url, "SELECT reason FROM ti_event WHERE after = 'failed'")
    )
    assert HOSTS[name][1] in told
    faulty.check()


def test_a_mended_file_works(faulty: Faulty) -> None:
    for name in sorted({"hangs", "raises", "segfaults"} & set(errors(faulty))):
        (faulty.folder / "dags" / f"{name}.py").write_text(faults.SOURCE + f"one('{name}', lambda: None)\n")
        faulty.run(name)
        assert name not in errors(faulty)
    faulty.check()


def test_nobody_was_harmed(faulty: Faulty) -> None:
    said = faulty.ostro.output.read_text()
    assert "is started again" not in said
    assert "nursery ended" not in said
    before = ticks(faulty)
    wait_for(lambda: ticks(faulty) > before, seconds=10, what="a tick of the clock")
    left = [
        p
        for p in faulty.ostro.processes("ostro.runtime")
        if is_alive(p) and faults.parent(p) == 1 and p != faulty.nursery()
    ]
    assert left == [], "a process of a broken file was left behind"
    faulty.check()

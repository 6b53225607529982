"""Hosts as real processes: files that break, that cannot be forked, that change; and the death of a host."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostro.executors.base import Asked
from ostro.executors.local import Warm
from ostro.protocol.task import GetVariable, Succeeded
from process.engine_end import EngineEnd, alive, ended
from support.deadline import wait_for

OK = """
@task
def ok():
    print("version", VERSION)
"""
GATED = """
@task
def gated():
    gate = os.path.join(os.path.dirname(__file__), "gate")
    print("begins", flush=True)
    while not os.path.exists(gate):
        time.sleep(0.01)
    for i in range(20_000):
        os.write(1, b"%d after the gate\\n" % i)
    print("through")
"""


@pytest.fixture
def end(tmp_path: Path) -> Iterator[EngineEnd]:
    yield from ended(tmp_path)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name", "No module named 'nothing_of_this_name'"),
        ("sys.exit(3)", "sys.exit(3)"),
        ("os._exit(3)", "exit code 3"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_as_broken(end: EngineEnd, source: str, told: str) -> None:
    file = end.file(source)
    assert end.executor.reserve(file) is None
    broken = end.broken()
    assert broken.file == file
    assert told in broken.text


def test_a_file_that_hangs_is_told_as_broken_and_its_host_ends(tmp_path: Path) -> None:
    end = EngineEnd(tmp_path, import_timeout=0.5)
    try:
        file = end.file("time.sleep(1000)")
        assert end.executor.reserve(file) is None
        pid = end.host_pid()
        assert "longer than 0.5 s" in end.broken().text
        wait_for(lambda: not alive(pid), what="the host to end")
    finally:
        end.close()


def test_a_broken_file_that_is_repaired_works(end: EngineEnd) -> None:
    end.executor.reserve(end.file("1 / 0", fingerprint="1"))
    end.broken()
    file = end.file("VERSION = 2" + OK, fingerprint="2")
    end.start(file, "ok")
    assert isinstance(end.finish("ok").result, Succeeded)


def test_what_a_file_asks_while_it_is_imported_is_answered(end: EngineEnd) -> None:
    end.value = "from the engine"
    file = end.file("from airflow.models import Variable\nVERSION = Variable.get('v')" + OK)
    end.start(file, "ok")
    end.finish("ok")
    assert any(isinstance(e, Asked) and isinstance(e.question, GetVariable) for e in end.seen)
    assert "version from the engine" in end.texts("ok")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "import threading; threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
            "threads",
        ),
        ("import socket; kept = socket.socketpair()", "connections"),
    ],
)
def test_a_file_that_cannot_be_forked_gets_fresh_interpreters(end: EngineEnd, source: str, told: str) -> None:
    file = end.file(f"{source}\nVERSION = os.getpid()" + OK)
    numbers = set()
    for name in ("a", "b"):
        end.start(file, "ok", name)
        assert isinstance(end.finish(name).result, Succeeded)
        numbers |= {t for t in end.texts(name) if t.startswith("version")}
    assert len(numbers) == 2, "each attempt imported the file itself"
    assert sum(told in w for w in end.warnings) == 1
    assert len(end.warnings) == 1


def test_deaths_and_raw_output_of_fresh_interpreters_are_told_too(end: EngineEnd) -> None:
    file = end.file(
        "import socket; kept = socket.socketpair()\n"
        "@task\ndef dies():\n    subprocess.run(['echo', 'words'])\n    os._exit(9)\n"
    )
    end.start(file, "dies")
    assert end.death("dies")["exit_code"] == 9
    assert "words" in end.texts("dies")


def test_an_attempt_outlives_its_host_and_never_blocks_on_its_output(end: EngineEnd) -> None:
    file = end.file(GATED)
    place = end.start(file, "gated")
    end.wait_text("gated", "begins")
    host = end.host_pid()

    os.kill(host, signal.SIGKILL)
    wait_for(lambda: not alive(host), what="the host to die")
    end.rest(0.3)
    (end.dags / "gate").touch()

    assert isinstance(end.finish("gated").result, Succeeded)
    wait_for(lambda: not alive(place.pid or 0), what="the attempt to end")
    assert end.texts("gated").count("19999 after the gate") == 1
    assert sum("after the gate" in t for t in end.texts("gated")) == 20_000
    assert end.deaths() == []


def test_an_orphans_exit_status_is_told_by_the_nursery(end: EngineEnd) -> None:
    file = end.file(GATED)
    place = end.start(file, "gated")
    end.wait_text("gated", "begins")
    os.kill(end.host_pid(), signal.SIGKILL)
    end.rest(0.3)
    os.kill(place.pid or 0, signal.SIGSEGV)
    assert end.death("gated")["signal"] == signal.SIGSEGV


def test_after_the_death_of_a_host_there_is_another(end: EngineEnd) -> None:
    file = end.file("VERSION = 1" + OK)
    end.start(file, "ok", "a")
    end.finish("a")
    first = end.host_pid()
    os.kill(first, signal.SIGKILL)
    end.until(lambda: first not in end.processes.hosts.pids(), "the host to be forgotten")
    end.start(file, "ok", "b")
    end.finish("b")
    assert end.host_pid() != first


def test_a_host_without_work_leaves(tmp_path: Path) -> None:
    end = EngineEnd(tmp_path, host_idle=0.2)
    try:
        processes = end.processes
        processes.fork(end.file("VERSION = 1" + OK), 1)
        events: list[object] = []
        wait_for(lambda: events.extend(processes.pump()) or events, what="a warm process")
        (warm,) = events
        assert isinstance(warm, Warm)
        (host,) = processes.hosts.pids()
        assert alive(host)
        processes.leave(warm.place_id)
        wait_for(lambda: processes.pump() == [] and not alive(host), what="the host to leave")
    finally:
        end.close()


def test_a_retired_file_runs_no_further_attempt_and_running_ones_finish(end: EngineEnd) -> None:
    old = end.file(GATED, fingerprint="old")
    end.start(old, "gated")
    end.wait_text("gated", "begins")
    host = end.host_pid()

    end.executor.retire([old])
    new = end.file("VERSION = 'new'" + OK, fingerprint="new")
    end.start(new, "ok")
    end.finish("ok")
    assert "version new" in end.texts("ok")
    assert alive(host)

    (end.dags / "gate").touch()
    assert isinstance(end.finish("gated").result, Succeeded)
    end.until(lambda: not alive(host), "the old host to leave")


def test_a_host_that_is_retired_while_it_imports_ends(end: EngineEnd) -> None:
    file = end.file("time.sleep(1000)", fingerprint="old")
    end.executor.reserve(file)
    host = end.host_pid()
    end.executor.retire([file])
    end.until(lambda: not alive(host), "the host to end")
    assert end.seen == []


def test_descriptors_of_a_file_stay_open_in_its_attempts(end: EngineEnd) -> None:
    file = end.file(
        "kept = open(__file__)\nmany = [os.open('/dev/null', os.O_RDONLY) for _ in range(100)]\n"
        "@task\ndef reads():\n    print(len(kept.read()), [os.fstat(fd).st_size for fd in many] == [0] * 100)\n"
    )
    end.start(file, "reads")
    end.finish("reads")
    size = (end.dags / "f.py").stat().st_size
    assert f"{size} True" in end.texts("reads")

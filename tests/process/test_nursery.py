"""The nursery and the engine die and come back; attempts go on, and are adopted."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostro.protocol.frames import Unpacker, pack
from ostro.protocol.parse import Parsed, ParseEnded, ParseOrder
from ostro.protocol.task import Succeeded
from ostro.protocol.worker import Wake
from process.engine_end import EngineEnd, alive, ended
from support.deadline import wait_for

GATED = """
@task
def gated():
    gate = os.path.join(os.path.dirname(__file__), "gate")
    print("begins", flush=True)
    while not os.path.exists(gate):
        time.sleep(0.01)
    print("through")

@task
def ok():
    pass
"""


@pytest.fixture
def end(tmp_path: Path) -> Iterator[EngineEnd]:
    yield from ended(tmp_path)


def test_everything_goes_on_when_the_nursery_dies(end: EngineEnd) -> None:
    file = end.file(GATED)
    end.start(file, "gated")
    end.wait_text("gated", "begins")
    first = end.nursery_pid()

    os.kill(first, signal.SIGKILL)
    end.until(lambda: end.processes.nursery.pid not in (0, first), "another nursery")

    end.start(file, "ok", "from the old host")
    end.finish("from the old host")
    other = end.file(GATED, "other.py")
    end.start(other, "ok", "from a new host")
    end.finish("from a new host")
    (end.dags / "gate").touch()
    assert isinstance(end.finish("gated").result, Succeeded)
    assert end.deaths() == []


def test_a_host_asked_for_while_the_nursery_is_dead_comes_from_the_next(end: EngineEnd) -> None:
    file = end.file(GATED)
    pid = end.nursery_pid()
    os.kill(pid, signal.SIGKILL)
    assert end.executor.reserve(file) is None
    end.start(file, "ok")
    end.finish("ok")


def test_a_nursery_that_is_stopped_is_replaced(end: EngineEnd, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = end.nursery_pid()
    monkeypatch.setattr("ostro.worker.nursery.SILENCE", 2.0)
    os.kill(pid, signal.SIGSTOP)
    end.start(end.file(GATED), "ok")
    end.finish("ok")
    assert end.nursery_pid() != pid
    assert any("does not answer" in w for w in end.warnings)


def test_a_nursery_that_stopped_before_this_engine_came_is_left_alone_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = EngineEnd(tmp_path)
    file = first.file(GATED)
    pid = first.nursery_pid()
    monkeypatch.setattr("ostro.worker.nursery.SILENCE", 2.0)
    os.kill(pid, signal.SIGSTOP)
    first.close(leave_running=True)
    second = EngineEnd(tmp_path)
    try:
        second.start(file, "ok")
        second.finish("ok")
        assert second.nursery_pid() != pid
    finally:
        os.kill(pid, signal.SIGKILL)
        second.close()


def test_a_running_attempt_is_adopted_by_the_next_engine(tmp_path: Path) -> None:
    first = EngineEnd(tmp_path)
    file = first.file(GATED)
    place = first.start(file, "gated")
    assert place.pid is not None and place.pid_birth is not None
    first.wait_text("gated", "begins")
    warm = first.place(file)
    nursery, host = first.nursery_pid(), first.host_pid()
    first.close(leave_running=True)
    wait_for(lambda: not alive(warm.pid or 0), what="the warm process to leave")
    assert alive(place.pid)

    second = EngineEnd(tmp_path)
    try:
        gone = second.executor.adopt([("gated", place.pid, place.pid_birth), ("gone", 2**22 - 3, 17)])
        assert gone == ["gone"]
        assert second.nursery_pid() == nursery
        second.until(lambda: host in second.processes.hosts.pids(), "the host to come back")
        (second.dags / "gate").touch()
        assert isinstance(second.finish("gated").result, Succeeded)
        wait_for(lambda: not alive(place.pid or 0), what="the attempt to end")
        second.start(file, "ok")
        second.finish("ok")
        assert second.host_pid() == host
        second.rest(0.3)
        assert second.deaths() == []
    finally:
        second.close()


def test_a_result_that_was_not_answered_is_repeated_to_the_next_engine(tmp_path: Path) -> None:
    first = EngineEnd(tmp_path)
    file = first.file(GATED)
    place = first.start(file, "ok")
    first.result("ok")
    first.close(leave_running=True)
    second = EngineEnd(tmp_path)
    try:
        assert second.executor.adopt([("ok", place.pid or 0, place.pid_birth or 0)]) == []
        assert isinstance(second.finish("ok").result, Succeeded)
        wait_for(lambda: not alive(place.pid or 0), what="the attempt to end")
    finally:
        second.close()


def test_an_adopted_attempt_that_dies_is_told_with_its_cause(tmp_path: Path) -> None:
    first = EngineEnd(tmp_path)
    place = first.start(first.file(GATED), "gated")
    first.wait_text("gated", "begins")
    first.close(leave_running=True)
    second = EngineEnd(tmp_path)
    try:
        assert second.executor.adopt([("gated", place.pid or 0, place.pid_birth or 0)]) == []
        second.until(second.processes.hosts.pids, "the host to come back")
        os.kill(place.pid or 0, signal.SIGSEGV)
        assert second.death("gated")["signal"] == signal.SIGSEGV
    finally:
        second.close()


def test_an_adopted_attempt_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its host finds this engine after the end of the attempt, and tells of it: the verdict waits for that alone.
    monkeypatch.setattr("ostro.worker.attempts.LATE", 3600.0)
    first = EngineEnd(tmp_path)
    place = first.start(first.file(GATED), "gated")
    first.wait_text("gated", "begins")
    first.close(leave_running=True)
    second = EngineEnd(tmp_path)
    try:
        second.executor.adopt([("gated", place.pid or 0, place.pid_birth or 0)])
        second.executor.stop_attempt("gated", grace=0, cause={"kind": "user", "text": "marked"})
        assert second.death("gated")["text"] == "marked"
        assert not alive(place.pid or 0)
    finally:
        second.close()


def test_another_process_with_the_pid_is_not_adopted(end: EngineEnd) -> None:
    assert end.executor.adopt([("mine", os.getpid(), 17)]) == ["mine"]
    assert end.executor.adopt([("nobody", 2**22 - 3, 17)]) == ["nobody"]


def test_what_an_attempt_left_running_ends_when_nobody_watched(tmp_path: Path) -> None:
    first = EngineEnd(tmp_path)
    source = GATED + (
        "\n@task\ndef parent():\n    p = subprocess.Popen(['sleep', '1000'])\n    print('child', p.pid, flush=True)\n"
        "    time.sleep(1000)\n"
    )
    place = first.start(first.file(source), "parent")
    first.wait_text("parent", "child")
    (child,) = [int(t.split()[1]) for t in first.texts("parent") if t.startswith("child ")]
    first.close(leave_running=True)
    os.kill(place.pid or 0, signal.SIGKILL)
    wait_for(lambda: not os.path.exists(f"/proc/{place.pid}"), what="the host to reap it")
    second = EngineEnd(tmp_path)
    try:
        assert second.executor.adopt([("parent", place.pid or 0, place.pid_birth or 0)]) == ["parent"]
        wait_for(lambda: not alive(child), what="the child to be killed")
    finally:
        second.close()


def test_a_nursery_of_another_environment_is_replaced(tmp_path: Path) -> None:
    source = "@task\ndef tells():\n    print('word', os.environ['WORD'])\n"
    told = []
    pids = []
    for word in ("one", "two"):
        engine = EngineEnd(tmp_path, environment={**os.environ, "WORD": word})
        try:
            engine.start(engine.file(source), "tells", word)
            engine.finish(word)
            told += [t for t in engine.texts(word) if t.startswith("word")]
            pids.append(engine.nursery_pid())
        finally:
            engine.close(leave_running=word == "one")
    assert told == ["word one", "word two"]
    wait_for(lambda: not alive(pids[0]), seconds=90, what="the old nursery to end")


def test_secrets_of_the_engine_are_not_in_the_environment_of_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTRO_ADMIN_PASSWORD", "hidden")
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://hidden")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "hidden")
    monkeypatch.setenv("PLAIN", "shown")
    end = EngineEnd(tmp_path)
    try:
        source = "@task\ndef tells():\n    print('hidden' in str(os.environ), os.environ['PLAIN'])\n"
        end.start(end.file(source), "tells")
        end.finish("tells")
        assert "False shown" in end.texts("tells")
    finally:
        end.close()


def test_parse_processes_come_from_the_nursery(end: EngineEnd) -> None:
    control = end.processes.open_parser()
    ours, theirs = socket.socketpair()
    file = end.file(GATED)
    socket.send_fds(control, [pack(ParseOrder(job=5, file=file))], [theirs.fileno()])
    theirs.close()
    null = os.open(os.devnull, os.O_WRONLY)
    socket.send_fds(ours, [b"."], [null])
    os.close(null)
    ours.settimeout(60)
    control.settimeout(60)
    unpacker = Unpacker(Parsed)
    parsed = None
    while parsed is None:
        parsed = next(unpacker.feed(ours.recv(65536)), None)
    assert [dag.dag_id for dag in parsed.dags] == ["d"]
    over = next(Unpacker(ParseEnded).feed(control.recv(4096)))
    assert (over.job, over.status) == (5, 0)
    control.close()
    ours.close()


def test_close_ends_everything(tmp_path: Path) -> None:
    end = EngineEnd(tmp_path)
    place = end.start(end.file(GATED), "gated")
    end.wait_text("gated", "begins")
    pids = [place.pid or 0, end.host_pid(), end.nursery_pid()]
    end.close()
    wait_for(lambda: not any(alive(pid) for pid in pids), what="all processes to end")
    assert not (tmp_path / "run" / "engine.sock").exists()


def test_the_socket_is_for_this_user_only(end: EngineEnd) -> None:
    for name in ("engine.sock", "nursery.sock"):
        path = end.folder / "run" / name
        wait_for(path.exists, what=name)
        assert path.stat().st_mode & 0o777 == 0o600
    assert (end.folder / "run").stat().st_mode & 0o777 == 0o700


def test_other_processes_wake_the_engine(end: EngineEnd) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(str(end.folder / "run" / "engine.sock"))
        sock.sendall(pack(Wake(runs=[1, 2])) + pack(Wake(dags=["a"])))
    woken: list[object] = []

    def heard() -> bool:
        end.step(0.05)
        runs, dags = end.processes.take_wakes()
        woken.extend([*runs, *dags])
        return woken == [1, 2, "a"]

    wait_for(heard, what="what was said")
    assert end.processes.take_wakes() == ([], [])


@pytest.mark.parametrize("garbage", [b"\xff" * 64, b"\x00\x00\x00\x02\xc1\xc1", b"\x00\x00\x00\x00"])
def test_garbage_on_the_socket_harms_nobody(end: EngineEnd, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(str(end.folder / "run" / "engine.sock"))
        sock.sendall(garbage)
        sock.settimeout(0.05)

        def closed() -> bool:
            end.step(0.05)
            try:
                return sock.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionResetError:
                return True

        wait_for(closed, what="the connection to be closed")
    end.start(end.file(GATED), "ok")
    end.finish("ok")

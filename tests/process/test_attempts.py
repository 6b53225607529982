"""Attempts as real processes: whatever a task does to its process, its fate and its last words arrive."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ostro.executors.base import Available, Reported
from ostro.protocol.task import Answer, Done, Failed, FileRef, Succeeded
from process.engine_end import EngineEnd, alive, children, descriptors, ended
from support.deadline import wait_for

SOURCE = """
@task
def ok():
    print("printed")

@task
def waits():
    print("waiting", os.getpid(), flush=True)
    while True:
        time.sleep(0.05)

@task
def os_exit():
    print("about to leave")
    os._exit(3)

@task
def os_exit_zero():
    os._exit(0)

@task
def sys_exit():
    sys.exit(4)

@task
def segfault():
    os.write(1, b"before the fault\\n")
    import ctypes
    ctypes.string_at(0)

@task
def killed():
    os.write(1, b"last raw words")
    os.kill(os.getpid(), signal.SIGKILL)

@task
def numbered():
    i = 0
    while True:
        os.write(1, b"line %d\\n" % i)
        i += 1
        if i == 500:
            print("far enough")
        if i > 500 and i % 20 == 0:
            time.sleep(0.01)  # it goes on for as long as a slow machine takes to end it

@task
def raw():
    from airflow.sdk.log import mask_secret
    subprocess.run("echo from a program; echo to stderr >&2", shell=True)
    mask_secret("hunter2hunter2")
    subprocess.run("echo the word is hunter2hunter2", shell=True)
    os.write(1, b"no line end")

@task
def floods():
    count, stop = 0, os.path.join(os.path.dirname(__file__), "stop")
    while not os.path.exists(stop):
        os.write(1, b"x" * 99 + b"\\n")
        count += 1
    print("blocks", count)

@task
def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf", flush=True)
    while True:
        time.sleep(0.05)

@task
def leaves_a_child():
    child = subprocess.Popen(["sleep", "1000"])
    print("child", child.pid, flush=True)
    os._exit(1)

@task
def closes_everything():
    os.closerange(0, 1024)

@task
def hides_its_end():
    # A fork made by C code, in a session of its own, keeps the connection open.
    import ctypes
    libc = ctypes.CDLL(None)
    child = libc.fork()
    if child == 0:
        libc.setsid()
        libc.sleep(30)
        libc._exit(0)
    print("child", child, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

@task
def at_exit():
    import atexit
    atexit.register(lambda: os.write(1, b"at exit\\n"))

@task
def signals():
    print("term", signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL,
          signal.getsignal(signal.SIGINT) == signal.default_int_handler)
    print("session", os.getsid(0) == os.getpid() == os.getpgid(0))
    print("descriptors", sorted(int(n) for n in os.listdir("/proc/self/fd"))[-1] < 20)

@task
def asks_much():
    from airflow.models import Variable
    print("asks", flush=True)
    print("got", len(Variable.get("large")))

@task
def chance():
    import random
    print("number", random.random())
"""


@pytest.fixture(scope="module")
def end(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineEnd]:
    yield from ended(tmp_path_factory.mktemp("attempts"))


@pytest.fixture(scope="module")
def file(end: EngineEnd) -> FileRef:
    return end.file(SOURCE)


def test_a_task_runs_reports_and_its_process_ends(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "ok")
    assert place.pid is not None

    reported = end.finish("ok")

    assert isinstance(reported.result, Succeeded)
    assert reported.place_id == place.id
    wait_for(lambda: not alive(place.pid or 0), what="the process to end")
    assert "printed" in end.texts("ok")
    assert end.texts("ok")[-1] == "Attempt ended: success"
    end.rest(0.3)
    assert "ok" not in end.deaths()


def test_the_process_looks_like_a_fresh_one(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "signals")
    end.finish("signals")
    told = [t for t in end.texts("signals") if t.startswith(("term", "session", "descriptors"))]
    assert told == ["term True True", "session True", "descriptors True"]


def test_random_numbers_differ_between_attempts(end: EngineEnd, file: FileRef) -> None:
    numbers = set()
    for i in range(4):
        end.start(file, "chance", f"chance-{i}")
        end.finish(f"chance-{i}")
        numbers |= {t for t in end.texts(f"chance-{i}") if t.startswith("number")}
    assert len(numbers) == 4


def test_os_exit_is_a_death_with_its_code(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "os_exit")
    cause = end.death("os_exit")
    assert (cause["kind"], cause["exit_code"], cause["signal"]) == ("exit", 3, None)
    assert "exit code 3" in cause["text"]
    assert "about to leave" in end.texts("os_exit")
    assert cause["text"] in end.texts("os_exit")[-1]


def test_a_quiet_exit_without_a_result_is_a_death_too(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "os_exit_zero")
    cause = end.death("os_exit_zero")
    assert (cause["kind"], cause["exit_code"]) == ("exit", 0)


def test_sys_exit_is_a_failure_of_the_task(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "sys_exit")
    assert isinstance(end.finish("sys_exit").result, Failed)


def test_a_segfault_names_its_signal(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "segfault")
    cause = end.death("segfault")
    assert (cause["kind"], cause["signal"]) == ("signal", signal.SIGSEGV)
    assert "SIGSEGV" in cause["text"]
    assert "before the fault" in end.texts("segfault")


def test_what_a_killed_task_wrote_is_in_its_log_before_the_cause(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "killed")
    cause = end.death("killed")
    assert cause["signal"] == signal.SIGKILL
    assert "SIGKILL" in cause["text"]
    assert end.texts("killed")[-2:] == ["last raw words", f"The task's process died: {cause['text']}"]


def test_every_line_before_a_kill_from_outside_is_there_in_order(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "numbered")
    end.wait_text("numbered", "far enough")
    os.kill(place.pid or 0, signal.SIGKILL)
    end.death("numbered")
    numbers = [int(t[5:]) for t in end.texts("numbered") if t.startswith("line ")]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 500


def test_a_parent_without_time_is_waited_for_and_has_the_last_words(end: EngineEnd, file: FileRef) -> None:
    """On a machine with too much to do, a parent may need longer than usual to tell how its child ended."""
    place = end.start(file, "numbered", "late-parent")
    end.wait_text("late-parent", "far enough")
    host = end.processes.hosts.pid_of(file)
    os.kill(host, signal.SIGSTOP)
    try:
        os.kill(place.pid or 0, signal.SIGKILL)
        end.rest(1.5)
        assert "late-parent" not in end.deaths()
    finally:
        os.kill(host, signal.SIGCONT)
    assert end.death("late-parent")["signal"] == signal.SIGKILL
    texts = end.texts("late-parent")
    assert texts[-1].startswith("The task's process died: ended by SIGKILL")
    numbers = [int(t[5:]) for t in texts if t.startswith("line ")]
    assert numbers == list(range(len(numbers)))


def test_output_of_programs_is_in_the_log_and_masked(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "raw")
    end.finish("raw")
    wait_for(lambda: not alive(place.pid or 0), what="the process to end")
    end.until(lambda: "no line end" in end.texts("raw"), "the rest of the pipe")
    texts = end.texts("raw")
    assert "from a program" in texts
    assert "to stderr" in texts
    assert "the word is ***" in texts
    assert "hunter2" not in end.log_path("raw").read_text()


def test_a_flood_delays_no_other_attempt(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "floods")
    end.wait_text("floods", "x" * 99)
    for i in range(5):
        end.start(file, "ok", f"beside-{i}")
        end.finish(f"beside-{i}")
    assert not any(isinstance(e, Reported) and e.result.attempt_id == "floods" for e in end.seen)
    (end.dags / "stop").touch()
    end.finish("floods")
    (count,) = [int(t.split()[1]) for t in end.texts("floods") if t.startswith("blocks ")]
    end.until(lambda: end.texts("floods").count("x" * 99) == count, "all lines of the flood")


def test_a_deaf_task_is_killed_after_the_grace(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "deaf")
    end.wait_text("deaf", "deaf")
    cause = {"kind": "timeout", "text": "ran longer than 1 s"}
    end.executor.stop_attempt("deaf", grace=0.3, cause=cause)
    told = end.death("deaf")
    assert told["kind"] == "timeout"
    assert told["text"] == "ran longer than 1 s"
    assert told["signal"] == signal.SIGKILL
    assert not alive(place.pid or 0)
    assert "ran longer than 1 s" in end.texts("deaf")[-1]


def test_a_task_that_hears_sigterm_reports_itself(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "waits", "waits-term")
    end.wait_text("waits-term", "waiting")
    end.executor.stop_attempt("waits-term", grace=30, cause={"kind": "user", "text": "cleared"})
    reported = end.finish("waits-term")
    assert isinstance(reported.result, Failed)
    assert reported.result.kind == "terminated"


def test_stopping_an_attempt_that_is_gone_tells_its_death(end: EngineEnd) -> None:
    end.executor.stop_attempt("never-was", grace=1, cause={"kind": "user", "text": "cleared"})
    assert end.death("never-was")["text"] == "cleared"


def test_what_a_dead_task_left_running_is_killed(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "leaves_a_child")
    end.death("leaves_a_child")
    (pid,) = [int(t.split()[1]) for t in end.texts("leaves_a_child") if t.startswith("child ")]
    wait_for(lambda: not alive(pid), what="the child to be killed")


def test_a_task_that_closes_all_descriptors_still_reports(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "closes_everything")
    reported = end.finish("closes_everything")
    assert isinstance(reported.result, Succeeded)
    assert reported.place_id == place.id


def test_a_death_is_seen_while_a_stranger_holds_the_connection(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "hides_its_end")
    cause = end.death("hides_its_end")
    assert cause["signal"] == signal.SIGKILL
    (pid,) = [int(t.split()[1]) for t in end.texts("hides_its_end") if t.startswith("child ")]
    os.kill(pid, signal.SIGKILL)


def test_functions_of_atexit_run(end: EngineEnd, file: FileRef) -> None:
    end.start(file, "at_exit")
    end.finish("at_exit")
    end.until(lambda: "at exit" in end.texts("at_exit"), "the function of atexit")


def test_a_process_that_dies_with_callbacks_is_told(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "ok", "with-callbacks")
    reported = end.result("with-callbacks")
    os.kill(place.pid or 0, signal.SIGSTOP)
    end.executor.answer(reported.place_id, Done(seq=reported.result.seq, state="success", callback_ids=[7]))
    os.kill(place.pid or 0, signal.SIGKILL)
    assert end.death("with-callbacks")["signal"] == signal.SIGKILL


def test_a_result_of_a_process_that_died_waiting_counts(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "ok", "died-waiting")
    end.result("died-waiting")
    os.kill(place.pid or 0, signal.SIGKILL)
    end.rest(0.5)
    end.finish("died-waiting")
    end.rest(0.5)
    assert "died-waiting" not in end.deaths()


def test_an_order_for_a_process_that_is_gone_is_told_as_not_started(end: EngineEnd, file: FileRef) -> None:
    place = end.place(file)
    os.kill(place.pid or 0, signal.SIGKILL)
    end.until(lambda: not alive(place.pid or 0))
    end.rest(0.3)
    end.executor.launch(place, end.order(file, "ok", "too-late"))
    assert end.death("too-late")["kind"] == "start"


def test_a_released_place_can_be_reserved_again(end: EngineEnd, file: FileRef) -> None:
    place = end.place(file)
    end.executor.release(place)
    assert end.executor.reserve(file) == place
    end.executor.release(place)


def test_available_is_told_once_when_a_reservation_waited(end: EngineEnd) -> None:
    file = end.file("@task\ndef t():\n    pass\n", "fresh.py")
    before = end.available()
    assert end.executor.reserve(file) is None
    end.until(lambda: end.available() > before, "Available")
    assert any(isinstance(e, Available) and e.file == file for e in end.seen)
    place = end.executor.reserve(file)
    assert place is not None
    end.executor.release(place)


def test_a_process_that_does_not_read_holds_nobody_up(end: EngineEnd, file: FileRef) -> None:
    place = end.start(file, "asks_much")
    end.value = "x" * 5_000_000
    stopped: list[int] = []
    inner = end.executor.answer

    def stop_then_answer(place_id: int, answer: Answer) -> None:
        if place_id == place.id and not stopped:
            os.kill(place.pid or 0, signal.SIGSTOP)
            stopped.append(place_id)
        inner(place_id, answer)

    end.executor.answer = stop_then_answer  # type: ignore[method-assign]
    try:
        end.until(lambda: stopped, "the question")
        end.start(file, "ok", "beside-a-silent-one")
        end.finish("beside-a-silent-one")
        os.kill(place.pid or 0, signal.SIGCONT)
        end.finish("asks_much")
    finally:
        end.executor.answer = inner  # type: ignore[method-assign]
        end.value = None
    assert "got 5000000" in end.texts("asks_much")


def test_a_hundred_attempts_leak_no_descriptor(end: EngineEnd, file: FileRef) -> None:
    host = end.processes.hosts.pid_of(file)
    for i in range(3):
        end.start(file, "ok", f"leak-{i}")
        end.finish(f"leak-{i}")
    end.until(lambda: not _busy(end), "all attempts to be forgotten")
    before = len(descriptors("self"))
    before_host = len(descriptors(host)) - len(children(host))
    for i in range(3, 103):
        end.start(file, "ok", f"leak-{i}")
        end.finish(f"leak-{i}")
    end.until(lambda: not _busy(end), "all attempts to be forgotten")
    end.until(lambda: len(descriptors("self")) <= before + 9, "descriptors of the engine to be closed")
    end.until(
        lambda: len(descriptors(host)) - len(children(host)) <= before_host + 1, "those of the host too"
    )


def _busy(end: EngineEnd) -> bool:
    return bool(end.processes.attempts.running())


def test_a_callback_order_is_confirmed_or_told_as_death(end: EngineEnd) -> None:
    file = end.file(
        "dag.on_success_callback = lambda context: print('called')\n"
        "dag.on_failure_callback = lambda context: os._exit(5)\n",
        "callbacks.py",
    )
    end.executor.launch(end.place(file), end.callback_order(file, 11))
    end.until(lambda: "called" in end.texts("callback-11"), "the callback")
    end.executor.launch(end.place(file), end.callback_order(file, 12, "dag_failure"))
    assert end.death("callback-12")["exit_code"] == 5
    assert "callback-11" not in end.deaths()


def test_paths_of_logs_are_made(end: EngineEnd, file: FileRef, tmp_path: Path) -> None:
    order = end.order(file, "ok", "deep")
    path = tmp_path / "a" / "b" / "c.log"
    end.executor.launch(end.place(file), replace(order, log_path=str(path)))
    end.finish("deep")
    assert path.exists()

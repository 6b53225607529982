"""Parse processes that die, hang or talk nonsense: the file is blamed when it is to blame."""

from __future__ import annotations

import threading
from pathlib import Path

from ostro.protocol.parse import Parsed
from ostro.protocol.task import GetVariable

from .harness import Bench, answer


def died(bench: Bench, path: str) -> str:
    bench.turn()
    (error,) = bench.results[path].errors
    return error.text


def test_death_by_signal_exit_and_without_trace(bench: Bench) -> None:
    for name in "abc":
        bench.write(f"{name}.py")
    bench.turn()
    jobs = bench.jobs()
    bench.spawner.die(jobs["a.py"], 11)
    bench.spawner.die(jobs["b.py"], 3 << 8)
    bench.spawner.die(jobs["c.py"], 9)
    assert "a segmentation fault (SIGSEGV)" in died(bench, "a.py")
    assert "exit code 3" in died(bench, "b.py")
    assert "SIGKILL" in died(bench, "c.py")


def test_the_notes_of_the_dead_give_place_and_dependencies(bench: Bench) -> None:
    module = bench.write("utils/x.py", "y = 1")
    bench.write("a.py")
    bench.turn()
    job = bench.jobs()["a.py"]
    note = f'{{"kind":"module","name":"{module}"}}\nFatal Python error: Segmentation fault\n\n'
    dump = f'Current thread 0x1 (most recent call first):\n  File "/usr/lib/x.py", line 3 in f\n  File "{module}", line 7 in g\n'
    bench.spawner.leave_note(job, (note + dump).encode())
    bench.spawner.die(job, 11)
    bench.turn()
    (error,) = bench.results["a.py"].errors
    assert (error.path, error.line) == ("utils/x.py", 7)
    assert "Fatal Python error" in error.traceback
    assert str(module) in {d.name for d in bench.results["a.py"].dependencies}
    bench.write("utils/x.py", "y = 2")
    bench.notice(module)
    bench.turn(1)
    assert set(bench.jobs()) == {"a.py"}


def test_a_hanging_process_is_killed_and_named(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    bench.turn(bench.config.time_limit)
    assert not bench.spawner.killed
    bench.turn(3)
    assert bench.spawner.killed
    assert "longer than 30 seconds" in died(bench, "a.py")


def test_orders_given_ahead_of_need_have_their_time_from_when_they_begin(tmp_path: Path) -> None:
    bench = Bench(tmp_path, processes=1)
    for i in range(20):
        bench.write(f"{i}.py")
    bench.turn()
    assert len(bench.jobs()) > 1
    first, second = sorted(bench.jobs().values())[:2]
    bench.turn(bench.config.time_limit + 3)
    assert bench.spawner.killed == [first]
    bench.spawner.begin(second)
    bench.turn()
    bench.turn(bench.config.time_limit)
    assert bench.spawner.killed == [first]
    bench.turn(3)
    assert bench.spawner.killed == [first, second]
    bench.loader.close()


def test_a_file_that_broke_its_process_is_tried_again_later(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    bench.spawner.die(bench.jobs()["a.py"], 11)
    bench.turn(0.2)
    bench.turn(bench.config.refresh_every * 1.3)
    assert set(bench.jobs()) == {"a.py"}


def vanish(bench: Bench, path: str, *, begun: bool) -> None:
    job = bench.jobs()[path]
    if begun:
        bench.spawner.leave_note(job, b"{}\n")
    bench.spawner.die(job, None)
    bench.turn()


def test_files_lost_with_the_parent_are_tried_one_at_a_time_and_only_the_culprit_is_blamed(
    bench: Bench,
) -> None:
    for name in "abc":
        bench.write(f"{name}.py")
    bench.turn()
    jobs = bench.jobs()
    for path in jobs:
        bench.spawner.leave_note(jobs[path], b"{}\n")
        bench.spawner.die(jobs[path], None)
    bench.turn()
    assert bench.results == {}
    for _ in range(3):
        (path,) = bench.jobs()
        if path == "b.py":
            vanish(bench, path, begun=True)
        else:
            bench.finish(path)
            bench.turn()
    assert sorted(bench.results) == ["a.py", "b.py", "c.py"]
    assert [p for p, r in bench.results.items() if r.errors] == ["b.py"]
    assert "vanished together with its parent" in bench.results["b.py"].errors[0].text


def test_when_no_process_begins_no_file_is_blamed_and_tries_become_rare(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    tries = 0
    for _ in range(120):
        if bench.jobs():
            tries += 1
            vanish(bench, "a.py", begun=False)
        bench.turn(1)
    assert 5 < tries < 12
    assert bench.results == {}
    assert bench.complaints == ["DAG files cannot be parsed now: their processes end before they begin"]
    while not bench.jobs():
        bench.turn(1)
    bench.finish("a.py")
    bench.turn()
    assert bench.parsed == ["a.py"]


def test_garbage_on_the_socket_is_the_files_error(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    _, sock = bench.spawner.running[bench.jobs()["a.py"]]
    sock.send(b"\xff" * 64)
    assert "cannot be read" in died(bench, "a.py")


def test_what_was_said_before_the_end_counts(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    job = bench.jobs()["a.py"]
    bench.spawner.say(job, Parsed(job=job, warnings=["w"]))
    bench.spawner.die(job, 9)
    bench.turn()
    assert bench.results["a.py"].warnings == ["w"]


def test_a_long_answer_arrives_whole(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    job = bench.jobs()["a.py"]
    bench.spawner.say(job, GetVariable(seq=1, key="x"))
    bench.turn()
    _, sock = bench.spawner.running[job]
    received = bytearray()

    def read() -> None:
        while len(received) < 1 << 20:
            received.extend(sock.recv(1 << 16))

    reader = threading.Thread(target=read)
    reader.start()
    answer(bench, {"x": "v" * (1 << 20)})
    reader.join(10)
    assert not reader.is_alive()
    assert not bench.spawner.killed


def test_a_process_that_does_not_read_its_answer_is_ended(bench: Bench) -> None:
    bench.write("a.py")
    bench.turn()
    bench.spawner.say(bench.jobs()["a.py"], GetVariable(seq=1, key="x"))
    bench.turn()
    answer(bench, {"x": "v" * (1 << 22)})
    assert bench.spawner.killed

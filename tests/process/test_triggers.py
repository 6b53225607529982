"""Processes with triggers: what a trigger may do, and what it cannot do to the others."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.clock import SystemClock
from ostro.protocol.task import FileRef
from ostro.protocol.trigger import Fired, Outcome, StartTrigger, TaskEnded, TriggerFailed, WaitingInstance
from ostro.protocol.worker import TriggerLimits
from ostro.sdk import serde
from ostro.triggerer import Limits, Triggerer
from support.logs import entries

from .fake_engine import run_info

MODULE = """
import asyncio, os, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from airflow.triggers.base import BaseEventTrigger, BaseTrigger, TaskSuccessEvent, TriggerEvent

class Any(BaseTrigger):
    def __init__(self, do="fire", **kwargs):
        super().__init__()
        self.do, self.kwargs = do, kwargs
    def serialize(self):
        return f"{type(self).__module__}.{type(self).__qualname__}", {"do": self.do, **self.kwargs}
    async def run(self):
        async for event in getattr(self, self.do)(**self.kwargs):
            yield event
    async def cleanup(self):
        if "mark" in self.kwargs:
            self.note("cleanup")
    async def on_kill(self):
        self.note("on_kill")
    def note(self, word):
        with open(self.kwargs["mark"], "a") as file:
            file.write(word + "\\n")

    async def fire(self, value=None):
        self.log.info("about to fire, the password is %s", "hidden")
        print("printed")
        yield TriggerEvent({"value": value, "at": datetime(2024, 1, 2), "ti": self.task_instance.task_id})
    async def later(self, seconds, value=None):
        await asyncio.sleep(seconds)
        yield TriggerEvent(value)
    async def ends(self):
        yield TaskSuccessEvent(xcoms={"return_value": [1, timedelta(days=1)]})
    async def raises(self):
        raise ValueError("broken")
        yield
    async def leaves(self):
        sys.exit(3)
        yield
    async def returns(self):
        return
        yield
    async def huge(self):
        yield TriggerEvent(2**80)
    async def strange(self):
        yield 7
    async def object(self):
        yield TriggerEvent(object())
    async def waits(self, mark):
        self.note("waits")
        await asyncio.sleep(1000)
        yield TriggerEvent(None)
    async def blocks(self, seconds):
        await asyncio.sleep(0.05)
        time.sleep(seconds)
        yield TriggerEvent("at last")
    async def dies(self):
        await asyncio.sleep(0.05)
        os._exit(9)
        yield
    async def asgi(self):
        from asgiref.sync import sync_to_async
        await sync_to_async(self.log.warning)("said by asgiref")
        yield TriggerEvent(None)
    async def in_thread(self):
        await asyncio.to_thread(self.log.warning, "said in a thread")
        yield TriggerEvent(None)

class Watch(BaseEventTrigger):
    def serialize(self):
        return "some.Watch", {}
    async def run(self):
        for n in range(3):
            yield TriggerEvent(n)
        await asyncio.sleep(1000)
"""


SHARED = """
import asyncio
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

class Odd(BaseEventTrigger):
    def __init__(self, want, mark):
        super().__init__()
        self.want, self.mark = want, mark
    def serialize(self):
        return "shared.Odd", {"want": self.want, "mark": self.mark}
    def shared_stream_key(self):
        return ("numbers", self.mark)
    @classmethod
    async def open_shared_stream(cls, kwargs):
        with open(kwargs["mark"], "a") as file:
            file.write("opened\\n")
        await asyncio.sleep(0.1)
        for n in range(6):
            yield n
            await asyncio.sleep(0)
        raise ConnectionError("the broker went away")
    async def filter_shared_stream(self, shared_stream):
        async for n in shared_stream:
            if n % 2 == self.want:
                yield TriggerEvent(n)
    async def run(self):
        raise NotImplementedError
        yield
"""

#: A broker is a file of messages; what is acknowledged is appended to another, and comes never again.
BROKER = """
import asyncio, os
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from airflow.triggers.shared_stream import SharedStreamProducer, reject_shared_stream_event

class Producer(SharedStreamProducer):
    def __init__(self, folder):
        self.folder = folder
    async def open_stream(self):
        seen = set()
        acknowledged = open(f"{self.folder}/acknowledged").read().split("\\n")
        seen.update(line.split()[0] for line in acknowledged if line)
        while True:
            for message in open(f"{self.folder}/messages").read().split():
                if message not in seen:
                    seen.add(message)
                    yield message, message
            await asyncio.sleep(0.01)
    async def advance(self, batch):
        with open(f"{self.folder}/acknowledged", "a") as file:
            for message, o in batch:
                file.write(f"{message} {o.acked}{o.failed}{o.rejected}\\n")
    async def aclose(self):
        with open(f"{self.folder}/closed", "a") as file:
            file.write("closed\\n")

class Queue(BaseEventTrigger):
    def __init__(self, folder, begins):
        super().__init__()
        self.folder, self.begins = folder, begins
    def serialize(self):
        return "broker.Queue", {"folder": self.folder, "begins": self.begins}
    def shared_stream_key(self):
        return self.folder
    @classmethod
    def create_shared_stream_producer(cls, kwargs):
        return Producer(kwargs["folder"])
    async def filter_shared_stream(self, shared_stream):
        async for message in shared_stream:
            if message == "bad":
                reject_shared_stream_event()
            elif message.startswith(self.begins):
                yield TriggerEvent(message)
    async def run(self):
        raise NotImplementedError
        yield
"""


class Bench:
    """A Triggerer whose processes are forked from the test."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.dags = folder / "dags"
        self.dags.mkdir()
        (self.dags / "some.py").write_text(MODULE)
        self.warnings: list[str] = []
        self.opened: list[int] = []
        self.triggerer = Triggerer(
            self._open, clock=SystemClock(), warn=self.warnings.append, limits=limits or Limits()
        )
        self.file = FileRef(folder=str(self.dags), path="d.py", fingerprint="1")
        self._id = 0

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                from ostro.runtime.triggers import serve

                serve(theirs, "", None, {}, TriggerLimits(on_kill_timeout=1.0, ack_timeout=2.0))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        theirs.close()
        self.opened.append(pid)
        return ours

    def start(self, do: str = "fire", *, classpath: str = "some.Any", **kwargs: Any) -> int:
        self._id += 1
        instance = WaitingInstance(run=run_info(), task_id=f"t{self._id}", attempt_id="a")
        order = StartTrigger(
            id=self._id,
            classpath=classpath,
            kwargs=serde.serialize({"do": do, **kwargs} if classpath.endswith("Any") else kwargs),
            file=self.file,
            log_path=str(self.log(self._id)),
            instance=instance,
        )
        self.triggerer.start(order)
        return self._id

    def log(self, trigger: int) -> Path:
        return self.folder / "logs" / f"{trigger}.log"

    def lines(self, trigger: int) -> list[dict[str, Any]]:
        return entries(self.log(trigger))

    def until(self, fact: Callable[[], Any], seconds: float = 20) -> None:
        """Pump until it is true."""
        end = time.monotonic() + seconds
        while not fact():
            assert time.monotonic() < end, (self.warnings, list(self.triggerer.outcomes()))
            wakeup = self.triggerer.wakeup()
            wait = 0.1 if wakeup is None else max(0.0, min(0.1, wakeup - time.monotonic()))
            select.select(list(self.triggerer.filenos()), [], [], wait)
            self.triggerer.pump()

    def said(self, *triggers: int, seconds: float = 20) -> list[Outcome]:
        """What was said of these, in their order."""
        outcomes = self.triggerer.outcomes()
        self.until(lambda: set(triggers) <= {o.id for o in outcomes}, seconds)
        by_id = {o.id: o for o in outcomes}
        return [by_id[t] for t in triggers]


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(tmp_path, getattr(request, "param", None))
    yield made
    made.triggerer.close()
    for pid in made.opened:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_an_event_arrives_with_its_values_and_the_task_log_has_what_was_said(bench: Bench) -> None:
    one, two = bench.start(value=[1, 2]), bench.start(value="x")
    first, second = bench.said(one, two)
    assert isinstance(first, Fired) and isinstance(second, Fired)
    payload = serde.deserialize(first.payload)
    assert (payload["value"], payload["at"].year, payload["ti"]) == ([1, 2], 2024, "t1")
    assert second.payload["value"] == "x"
    lines = bench.lines(one)
    assert {"timestamp", "level", "event", "logger"} <= lines[0].keys()
    events = [line["event"] for line in lines]
    assert "about to fire, the password is hidden" in events
    assert ("printed", "task.stdout") in [(line["event"], line["logger"]) for line in lines]
    assert len(bench.opened) == 1
    bench.until(lambda: bench.triggerer.running() == 0)


@pytest.mark.parametrize(("do", "event"), [("in_thread", "said in a thread"), ("asgi", "said by asgiref")])
def test_a_thread_of_a_trigger_writes_to_its_log(bench: Bench, do: str, event: str) -> None:
    trigger = bench.start(do)
    bench.said(trigger)
    assert event in [line["event"] for line in bench.lines(trigger)]


@pytest.mark.parametrize("bench", [Limits(capacity=2)], indirect=True)
def test_triggers_beyond_the_capacity_wait_for_room(bench: Bench) -> None:
    slow = [bench.start("later", seconds=1000, value=0) for _ in range(2)]
    waits, stopped = bench.start(value="third"), bench.start(value="fourth")
    bench.until(lambda: bench.log(slow[1]).exists())
    assert bench.triggerer.running() == 2 and not bench.log(waits).exists()
    bench.triggerer.stop(stopped, killed=False)
    bench.triggerer.stop(slow[0], killed=False)
    (fired,) = bench.said(waits)
    assert isinstance(fired, Fired) and fired.payload["value"] == "third"
    assert not bench.log(stopped).exists()


def test_an_event_may_end_the_task(bench: Bench) -> None:
    (ended,) = bench.said(bench.start("ends"))
    assert isinstance(ended, TaskEnded) and ended.state == "success"
    (row,) = ended.xcoms
    assert (row.task_id, row.key, row.length) == ("t1", "return_value", 2)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ("raises", "ValueError: broken"),
        ("leaves", "SystemExit: 3"),
        ("returns", "without an event"),
        ("huge", "cannot be sent"),
        ("strange", "must yield TriggerEvent"),
        ("object", "cannot serialize"),
        ("unknown", "has no attribute 'unknown'"),
    ],
)
def test_a_trigger_that_breaks_fails_alone(bench: Bench, do: str, words: str) -> None:
    other = bench.start("later", seconds=0.2, value=5)
    failed, fired = bench.said(bench.start(do), other)
    assert isinstance(failed, TriggerFailed), failed
    assert words in failed.text
    assert isinstance(fired, Fired) and fired.payload == 5
    assert any(line["level"] == "error" for line in bench.lines(2))


def test_a_class_that_cannot_be_had(bench: Bench) -> None:
    missing, no_module, bad = (
        bench.start(classpath="some.Nothing"),
        bench.start(classpath="nowhere.T"),
        bench.start(classpath="some.Any", do="fire", extra=1),
    )
    texts = [o.text for o in bench.said(missing, no_module, bad) if isinstance(o, TriggerFailed)]
    assert len(texts) == 3
    assert "has no class 'Nothing'" in texts[0]
    assert "nowhere" in texts[1]
    assert "extra" in texts[2]


@pytest.mark.parametrize("killed", [True, False])
def test_a_stopped_trigger_cleans_up_and_is_killed_only_with_its_task(bench: Bench, killed: bool) -> None:
    mark = bench.folder / "mark"
    trigger = bench.start("waits", mark=str(mark))
    bench.until(mark.exists)
    bench.triggerer.stop(trigger, killed=killed)
    bench.until(lambda: "cleanup" in mark.read_text())
    assert mark.read_text().split() == ["waits", *(["on_kill"] if killed else []), "cleanup"]
    assert bench.triggerer.running() == 0
    assert not bench.triggerer.outcomes()


def test_a_watcher_fires_again_and_again(bench: Bench) -> None:
    order = StartTrigger(
        id=-1, classpath="some.Watch", kwargs={}, file=bench.file, log_path=str(bench.log(0))
    )
    bench.triggerer.start(order)
    bench.until(lambda: len(bench.triggerer.outcomes()) == 3)
    assert [o.payload for o in bench.triggerer.outcomes() if isinstance(o, Fired)] == [0, 1, 2]
    assert bench.triggerer.running() == 1


def test_watchers_may_share_their_source(bench: Bench) -> None:
    (bench.dags / "shared.py").write_text(SHARED)
    mark = bench.folder / "mark"

    def start(number: int, kind: str, want: int) -> None:
        kwargs = {"want": want, "mark": str(mark)}
        order = StartTrigger(
            id=number,
            classpath=f"shared.{kind}",
            kwargs=kwargs,
            file=bench.file,
            log_path=str(bench.log(-number)),
        )
        bench.triggerer.start(order)

    start(-1, "Odd", 0)
    start(-2, "Odd", 1)
    bench.until(lambda: sum(isinstance(o, TriggerFailed) for o in bench.triggerer.outcomes()) == 2)
    outcomes = list(bench.triggerer.outcomes())
    fired = {i: [o.payload for o in outcomes if isinstance(o, Fired) and o.id == i] for i in (-1, -2)}
    assert fired == {-1: [0, 2, 4], -2: [1, 3, 5]}
    texts = {o.id: o.text for o in outcomes if isinstance(o, TriggerFailed)}
    assert "the broker went away" in texts[-1] and "the broker went away" in texts[-2]
    assert mark.read_text() == "opened\n"


class Queues:
    """Watchers of one broker."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        (bench.dags / "broker.py").write_text(BROKER)
        self.folder = bench.folder / "broker"
        self.folder.mkdir()
        for name in ("messages", "acknowledged", "closed"):
            (self.folder / name).touch()

    def watch(self, number: int, begins: str) -> None:
        order = StartTrigger(
            id=number,
            classpath="broker.Queue",
            kwargs={"folder": str(self.folder), "begins": begins},
            file=self.bench.file,
            log_path=str(self.bench.log(-number)),
        )
        self.bench.triggerer.start(order)

    def send(self, *messages: str) -> None:
        with (self.folder / "messages").open("a") as file:
            file.write("".join(f"{each}\n" for each in messages))

    def read(self, name: str) -> list[str]:
        return (self.folder / name).read_text().splitlines()

    def fired(self) -> list[Fired]:
        return [o for o in self.bench.triggerer.outcomes() if isinstance(o, Fired)]

    def store(self, *events: Fired) -> None:
        for event in events:
            self.bench.triggerer.stored(event.id, event.number)


def test_a_message_is_acknowledged_when_what_came_of_it_is_stored_and_not_before(bench: Bench) -> None:
    queues = Queues(bench)
    queues.watch(-1, "a")
    queues.watch(-2, "")
    bench.until(lambda: all(bench.log(n).exists() for n in (1, 2)))
    queues.send("a1", "b1", "bad")
    bench.until(lambda: len(queues.fired()) == 3)
    first, *others = sorted(queues.fired(), key=lambda o: (o.payload != "a1", o.id))
    queues.store(*others)
    # The first message waits for one of its two watchers; what was done with later ones waits behind it.
    queues.send("c1")
    bench.until(lambda: len(queues.fired()) == 4)
    assert queues.read("acknowledged") == []
    queues.store(first)
    bench.until(lambda: len(queues.read("acknowledged")) == 3)
    assert queues.read("acknowledged") == ["a1 200", "b1 200", "bad 002"]
    for number in (-1, -2):
        bench.triggerer.stop(number, killed=False)
    bench.until(lambda: queues.read("closed") == ["closed"])
    assert len(queues.read("acknowledged")) == 3  # c1 was never stored: it comes again to the next watcher


def test_what_a_killed_process_had_not_stored_comes_again(bench: Bench) -> None:
    queues = Queues(bench)
    queues.watch(-1, "")
    queues.send("m1", "m2")
    bench.until(lambda: len(queues.fired()) == 2 and bench.triggerer.pids())
    stored, lost = queues.fired()
    queues.store(stored)
    bench.until(lambda: queues.read("acknowledged") == ["m1 100"])
    os.kill(bench.triggerer.pids()[0], signal.SIGKILL)
    bench.until(lambda: len(queues.fired()) == 3)
    again = queues.fired()[2]
    assert again.payload == lost.payload == "m2"
    # What the engine says of the dead process's event means nothing to the next one.
    queues.store(lost)
    queues.send("m3")
    bench.until(lambda: len(queues.fired()) == 4)
    assert queues.read("acknowledged") == ["m1 100"]
    queues.store(again)
    bench.until(lambda: queues.read("acknowledged") == ["m1 100", "m2 100"])


def test_a_watcher_that_is_not_done_in_time_fails_alone(bench: Bench) -> None:
    queues = Queues(bench)
    queues.watch(-1, "a")
    queues.watch(-2, "b")
    bench.until(lambda: all(bench.log(n).exists() for n in (1, 2)))
    queues.send("a1", "b1")
    bench.until(lambda: len(queues.fired()) == 2)
    queues.store(*[event for event in queues.fired() if event.id == -2])
    bench.until(lambda: any(isinstance(o, TriggerFailed) for o in bench.triggerer.outcomes()))
    (failed,) = [o for o in bench.triggerer.outcomes() if isinstance(o, TriggerFailed)]
    assert failed.id == -1 and "was not done with an event within 2 s" in failed.text
    bench.until(lambda: len(queues.read("acknowledged")) == 2)
    assert queues.read("acknowledged") == ["a1 110", "b1 200"]


def test_two_thousand_triggers_wait_in_one_process(bench: Bench) -> None:
    triggers = [bench.start("later", seconds=0.3, value=n) for n in range(2000)]
    begin = time.monotonic()
    said = bench.said(*triggers, seconds=60)
    assert all(isinstance(o, Fired) for o in said)
    assert len(bench.opened) == 1
    assert time.monotonic() - begin < 60


def test_a_trigger_that_blocks_the_loop_is_named(bench: Bench) -> None:
    blocking = bench.start("blocks", seconds=1.2)
    other = bench.start("later", seconds=0.1)
    bench.said(blocking, other)
    (warning, *_) = bench.warnings
    said = [line["event"] for line in bench.lines(blocking) if line["level"] == "warning"]
    assert "kept the event loop" in said[0]
    assert "some.Any of d.t1" in warning and "some.py:" in warning and "in blocks" in warning
    assert len(bench.opened) == 1


@pytest.mark.parametrize("bench", [Limits(blocked=0.5)], indirect=True)
def test_a_trigger_that_blocks_the_loop_for_long_gets_a_process_of_its_own(bench: Bench) -> None:
    bench.start("blocks", seconds=1000)
    others = [bench.start("later", seconds=0.3, value=n) for n in range(3)]
    said = bench.said(*others)
    assert all(isinstance(o, Fired) for o in said)
    bench.until(lambda: bench.triggerer.running() == 1)


def test_a_killed_process_is_replaced_and_its_triggers_run_anew(bench: Bench) -> None:
    triggers = [bench.start("later", seconds=0.4, value=n) for n in range(50)]
    bench.until(lambda: len(bench.triggerer.pids()) == 1)
    os.kill(bench.triggerer.pids()[0], signal.SIGKILL)
    said = bench.said(*triggers)
    assert [o.payload for o in said if isinstance(o, Fired)] == list(range(50))
    assert len(bench.opened) == 2


@pytest.mark.parametrize("bench", [Limits(first_pause=0.01, longest_pause=0.05)], indirect=True)
def test_a_trigger_that_kills_its_process_is_found_and_failed(bench: Bench) -> None:
    others = [bench.start("later", seconds=0.4, value=n) for n in range(4)]
    culprit = bench.start("dies")
    others += [bench.start("later", seconds=0.4, value=n) for n in range(3)]
    failed, *fired = bench.said(culprit, *others)
    assert isinstance(failed, TriggerFailed) and "died 3 times" in failed.text
    assert all(isinstance(o, Fired) for o in fired)


def test_a_changed_file_gets_a_process_with_the_new_code(bench: Bench) -> None:
    old = bench.start("later", seconds=1.0, value="old")
    bench.said(bench.start())
    text = MODULE.replace('TriggerEvent({"value": value', 'TriggerEvent({"value": "changed"')
    (bench.dags / "some.py").write_text(text)
    bench.file = FileRef(folder=str(bench.dags), path="d.py", fingerprint="2")
    new, kept = bench.said(bench.start(value=1), old)
    assert isinstance(new, Fired) and new.payload["value"] == "changed"
    assert isinstance(kept, Fired) and kept.payload == "old"
    assert len(bench.opened) == 2


@pytest.mark.parametrize("bench", [Limits(idle=0.2)], indirect=True)
def test_an_idle_process_ends(bench: Bench) -> None:
    bench.said(bench.start())
    bench.until(lambda: not list(bench.triggerer.filenos()))
    (pid,) = bench.opened
    ended, status = os.waitpid(pid, 0)
    assert (ended, status) == (pid, 0)
    bench.opened.clear()
    bench.said(bench.start())


def test_a_class_of_the_dag_file_itself(bench: Bench) -> None:
    from ostro.runtime.dagfile import module_name

    (bench.dags / "d.py").write_text(MODULE)
    (said,) = bench.said(bench.start(classpath=f"{module_name(bench.file)}.Any", value=3))
    assert isinstance(said, Fired) and said.payload["value"] == 3

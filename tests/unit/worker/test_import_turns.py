"""Many DAG files are wanted at once: their hosts import in turns, and time without a processor is not held against them."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest

from ostro.executors.base import FileBroken
from ostro.protocol.task import FileRef
from ostro.protocol.worker import HostReady, HostUp
from ostro.worker.hosts import MOST_IMPORTS, MOST_STARVED, Hosts
from ostro.worker.hub import Connection

#: A number that no process has.
PID = 1 << 30


class Wire:
    def send(self, message: Any) -> bool:
        return True

    def close(self) -> None: ...


class Bench:
    def __init__(self) -> None:
        self.opened: list[FileRef] = []
        self.told: list[Any] = []
        self.starved = 0.0
        self.hosts = Hosts(
            open_host=lambda order: self.opened.append(order.file),
            tell=self.told.append,
            exited=lambda report: None,
            gone=lambda pid: None,
            warn=lambda text: None,
            setup="s",
            idle=60,
            import_timeout=30,
            plugins_folder=None,
            defaults={},
            starved=lambda pid: self.starved,
        )

    def up(self, number: int) -> Any:
        connection = cast(Connection, Wire())
        message = HostUp(pid=PID + number, pid_birth=1, file=files(number + 1)[number], setup="s")
        return self.hosts.up(connection, message)


def files(count: int) -> list[FileRef]:
    return [FileRef(folder="/f", path=f"{i}.py", fingerprint="") for i in range(count)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_files_are_imported_in_turns(bench: Bench) -> None:
    wanted = files(MOST_IMPORTS + 3)
    for file in wanted:
        bench.hosts.fork(file, 1)
    assert bench.opened == wanted[:MOST_IMPORTS]
    bench.hosts.is_ready(bench.up(0), HostReady(forkable=True, warning=""))
    assert bench.opened == wanted[: MOST_IMPORTS + 1]
    # One that cannot be made, and one that is not wanted any more, leave their turns to others.
    bench.hosts.open_failed(wanted[1], "no memory")
    bench.hosts.retire([wanted[2]])
    assert bench.opened == wanted


def test_what_is_not_wanted_any_more_gets_no_turn(bench: Bench) -> None:
    wanted = files(MOST_IMPORTS + 2)
    for file in wanted:
        bench.hosts.fork(file, 1)
    bench.hosts.retire([wanted[MOST_IMPORTS]])
    bench.hosts.is_ready(bench.up(0), HostReady(forkable=True, warning=""))
    assert bench.opened == [*wanted[:MOST_IMPORTS], wanted[-1]]


def test_an_import_may_take_longer_by_the_time_that_it_had_no_processor(bench: Bench) -> None:
    bench.hosts.fork(files(1)[0], 1)
    bench.up(0)
    begin = time.monotonic()
    bench.starved = 20.0
    bench.hosts.tick(begin + 40)
    assert bench.told == []
    wakeup = bench.hosts.next_wakeup()
    assert wakeup is not None and begin + 49 < wakeup < begin + 51
    bench.hosts.tick(begin + 51)
    (broken,) = bench.told
    assert isinstance(broken, FileBroken) and "longer than 30 s" in broken.text


def test_even_a_starved_import_ends(bench: Bench) -> None:
    bench.hosts.fork(files(1)[0], 1)
    bench.up(0)
    bench.starved = 1e9
    bench.hosts.tick(time.monotonic() + 30 * (1 + MOST_STARVED) + 1)
    assert [type(each) for each in bench.told] == [FileBroken]

"""How many processes the local executor keeps, without a process: a clock and a list of what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from ostro.executors import local
from ostro.executors.base import Available, Died, FileBroken
from ostro.executors.local import Event, ForksLost, LocalExecutor, Warm, WarmLost
from ostro.protocol.task import Answer, CallbackOrder, FileRef, RunInfo, TaskOrder

FILE = FileRef(folder="/dags", path="a.py", fingerprint="1")
OTHER = FileRef(folder="/dags", path="b.py", fingerprint="1")


class Machine:
    """Stands for `ostro.worker.LocalProcesses`: records, and says what it is told to say."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.events: list[Event] = []
        self.forks: list[tuple[str, int]] = []
        self.launched: list[int] = []
        self.left: list[int] = []
        self.retired: list[FileRef] = []
        self._places = 0

    def start(self) -> None: ...
    def close(self, *, leave_running: bool) -> None: ...
    def fileno(self) -> int:
        return 0

    def next_wakeup(self) -> float | None:
        return None

    def pump(self) -> list[Event]:
        events, self.events = self.events, []
        return events

    def fork(self, file: FileRef, count: int) -> None:
        self.forks.append((file.path, count))

    def launch(self, place_id: int, order: TaskOrder | CallbackOrder) -> None:
        self.launched.append(place_id)

    def leave(self, place_id: int) -> None:
        self.left.append(place_id)

    def answer(self, place_id: int, answer: Answer) -> None: ...
    def adopt(self, attempt_id: str, pid: int, pid_birth: int) -> bool:
        return pid > 0

    def stop(self, attempt_id: str, *, grace: float, cause: dict[str, Any]) -> None: ...
    def retire(self, files: Iterable[FileRef]) -> None:
        self.retired += files

    # ---- for the tests

    def warm(self, count: int, file: FileRef = FILE) -> None:
        for _ in range(count):
            self._places += 1
            self.events.append(Warm(self._places, 100 + self._places, 1, file))

    def forked(self) -> int:
        """Processes asked for since the last question."""
        count = sum(c for _, c in self.forks)
        self.forks.clear()
        return count


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def executor(machine: Machine) -> LocalExecutor:
    return LocalExecutor(machine, slots=32, hostname="here", monotonic=lambda: machine.now)


def order() -> TaskOrder:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    run = RunInfo(dag_id="d", run_id="r", run_type="manual", state="running", run_after=now)
    return TaskOrder(
        attempt_id="a",
        file=FILE,
        run=run,
        task_id="t",
        try_number=1,
        max_tries=0,
        log_path="/l",
        start_date=now,
    )


def start(executor: LocalExecutor, file: FileRef = FILE) -> bool:
    place = executor.reserve(file)
    if place is None:
        return False
    executor.launch(place, order())
    return True


def test_the_first_reservation_asks_for_a_process_and_one_ahead(
    executor: LocalExecutor, machine: Machine
) -> None:
    assert executor.reserve(FILE) is None
    assert machine.forks == [("a.py", 2)]
    assert executor.reserve(FILE) is None
    assert len(machine.forks) == 1, "what is on its way is not asked for again"


def test_available_is_told_when_a_reservation_waited_and_only_then(
    executor: LocalExecutor, machine: Machine
) -> None:
    executor.reserve(FILE)
    machine.warm(1)
    assert executor.pump() == [Available(FILE)]
    machine.warm(1)
    assert executor.pump() == []


def test_places_name_their_process(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 1)
    machine.warm(1)
    executor.pump()
    place = executor.reserve(FILE)
    assert place is not None
    assert (place.id, place.pid, place.pid_birth, place.hostname) == (1, 101, 1, "here")


def test_demand_makes_as_many_processes_and_never_more_than_slots(
    executor: LocalExecutor, machine: Machine
) -> None:
    executor.expect(FILE, 10)
    assert machine.forked() == 11
    executor.expect(FILE, 500)
    assert machine.forked() == 32 - 11


def test_files_share_nothing(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 1)
    machine.warm(2)
    executor.pump()
    assert executor.reserve(OTHER) is None


def test_a_slow_chain_keeps_one_process_ahead(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 1)
    machine.warm(machine.forked())
    executor.pump()
    for _ in range(5):
        machine.now += 10
        assert start(executor)
        machine.warm(machine.forked())
        executor.pump()
    assert len(executor._stocks[FILE].ready) == 1


def test_a_quick_chain_has_more_ahead(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 1)
    machine.warm(machine.forked())
    executor.pump()
    for _ in range(20):
        machine.now += 0.002
        assert start(executor)
        machine.warm(machine.forked())
        executor.pump()
    assert len(executor._stocks[FILE].ready) == local.AHEAD


def test_forks_are_asked_for_after_the_first_order_of_a_round_for_all_of_it(
    executor: LocalExecutor, machine: Machine
) -> None:
    executor.expect(FILE, 4)
    machine.warm(machine.forked())
    executor.pump()
    places = [executor.reserve(FILE) for _ in range(4)]
    assert machine.forks == []
    for place in places:
        assert place is not None
        executor.launch(place, order())
    assert len(machine.forks) == 1


def test_a_released_place_is_the_next_to_be_reserved(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 2)
    machine.warm(3)
    executor.pump()
    place = executor.reserve(FILE)
    assert place is not None
    executor.release(place)
    assert executor.reserve(FILE) == place


def test_a_place_whose_process_went_while_it_was_reserved_is_not_given_again(
    executor: LocalExecutor, machine: Machine
) -> None:
    executor.expect(FILE, 1)
    machine.warm(1)
    executor.pump()
    place = executor.reserve(FILE)
    assert place is not None
    machine.events.append(WarmLost(place.id, FILE))
    executor.pump()
    executor.release(place)
    assert executor.reserve(FILE) is None


def test_a_warm_process_that_goes_is_replaced_while_somebody_waits(
    executor: LocalExecutor, machine: Machine
) -> None:
    executor.expect(FILE, 2)
    machine.warm(machine.forked())
    executor.pump()
    machine.events.append(WarmLost(1, FILE))
    executor.pump()
    assert machine.forked() == 1


def test_forks_that_could_not_be_had_are_asked_for_again_later(
    executor: LocalExecutor, machine: Machine
) -> None:
    assert executor.reserve(FILE) is None
    machine.events.append(ForksLost(FILE, machine.forked(), "no memory"))
    executor.pump()
    assert executor.reserve(FILE) is None
    assert machine.forks == [], "not at once"
    assert executor.next_wakeup() == machine.now + local.RETRY
    machine.now += local.RETRY
    executor.pump()
    assert machine.forked() == 2


def test_surplus_is_let_go_and_the_last_one_later(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 5)
    machine.warm(machine.forked())
    executor.pump()
    assert start(executor)
    executor.expect(FILE, 0)
    machine.now += local.SURPLUS
    executor.pump()
    assert len(executor._stocks[FILE].ready) == 1
    assert executor.next_wakeup() == machine.now - local.SURPLUS + local.LINGER
    machine.now += local.LINGER
    machine.events.append(ForksLost(FILE, executor._stocks[FILE].forking, "gone"))
    executor.pump()
    machine.now += local.RETRY
    executor.pump()
    assert FILE not in executor._stocks
    assert len(machine.left) == 5


def test_a_demand_that_nobody_comes_for_is_forgotten(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 5)
    machine.warm(machine.forked())
    executor.pump()
    machine.now += local.SURPLUS
    executor.pump()
    machine.now += local.LINGER
    executor.pump()
    assert len(machine.left) == 6
    assert machine.forks == []


def test_few_files_keep_a_process_while_nothing_happens(executor: LocalExecutor, machine: Machine) -> None:
    files = [FileRef(folder="/dags", path=f"{i}.py") for i in range(local.LINGERING + 4)]
    for file in files:
        executor.expect(file, 1)
        machine.warm(1, file)
        executor.pump()
        assert start(executor, file)
        machine.warm(2, file)
        executor.pump()
    for file in files:
        executor.expect(file, 0)
    machine.now += local.SURPLUS
    executor.pump()
    kept = [file for file in files if executor._stocks.get(file) and executor._stocks[file].ready]
    assert len(kept) == local.LINGERING


def test_a_retired_file_has_no_processes(executor: LocalExecutor, machine: Machine) -> None:
    executor.expect(FILE, 2)
    machine.warm(2)
    executor.pump()
    executor.retire([FILE])
    assert machine.left == [2, 1]
    assert machine.retired == [FILE]
    machine.warm(1)
    assert executor.pump() == []
    assert machine.left == [2, 1, 3], "one that was on its way is sent away"


def test_a_broken_file_is_told_and_forgotten(executor: LocalExecutor, machine: Machine) -> None:
    executor.reserve(FILE)
    broken = FileBroken(FILE, "no")
    machine.events.append(broken)
    assert executor.pump() == [broken]
    assert executor.reserve(FILE) is None
    assert [path for path, _ in machine.forks] == ["a.py", "a.py"], "the next reservation tries again"


def test_events_of_attempts_pass_through(executor: LocalExecutor, machine: Machine) -> None:
    died = Died(3, "a", {"kind": "lost", "text": "gone"})
    machine.events.append(died)
    assert executor.pump() == [died]


def test_adoption_returns_those_that_are_gone(executor: LocalExecutor) -> None:
    assert executor.adopt([("here", 5, 1), ("gone", -1, 1)]) == ["gone"]

"""Tasks of a DAG file that is gone or broken: they wait, go on when it is back, and fail in the end; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from ostro.api.specs import Specs
from ostro.api.waiting import why_waiting
from ostro.executors.base import FileBroken
from ostro.loader import LoaderRound
from ostro.protocol.parse import FileError, Parsed
from ostro.scheduler.files import Files
from ostro.store import specs, tables
from ostro.store.views import rest_instances
from scheduler.conftest import FILE, START, Bench
from scheduler.test_engine import chain


def lose(bench: Bench, how: str) -> None:
    """The file is removed, or cannot be imported any more."""
    if how == "removed":
        bench.loader.round = LoaderRound(retired=[FILE])
    else:
        broken = Parsed(job=1, dags=[], errors=[FileError(text="SyntaxError")], source="(")
        bench.loader.round = LoaderRound(parsed=[(FILE, broken)])
    bench.turn()


def why(bench: Bench) -> list[str]:
    with bench.store.read() as tx:
        (row,) = rest_instances.instances_of_task(tx, "d", "r1", "t0")
        return [w.name for w in why_waiting(tx, Specs(bench.store), row, bench.clock.now())]


def restart(bench: Bench) -> None:
    bench.engine.close()
    bench.store = type(bench.store).open(bench.store.url)
    bench.engine = bench.new_engine()
    bench.turn(2)


@pytest.mark.parametrize("how", ["removed", "broken"])
@pytest.mark.parametrize("restarted", [False, True], ids=["", "restarted"])
class TestLost:
    def test_it_waits_and_goes_on_when_the_file_is_back(
        self, bench: Bench, how: str, restarted: bool
    ) -> None:
        bench.add(chain(n=1))
        bench.executor.room = 0
        run = bench.trigger("d")
        lose(bench, how)
        bench.executor.room = 9
        if restarted:
            restart(bench)
        bench.clock.advance(3599)
        bench.turn(2)
        assert bench.states(run) == {"t0": "scheduled"}
        assert why(bench)[0] == ("dag_gone" if how == "removed" else "import_errors")
        bench.add(chain(n=1))
        assert list(bench.executor.running()) == ["t0"]
        bench.clock.advance(7200)
        bench.turn(2)
        assert bench.states(run) == {"t0": "running"}

    def test_it_fails_when_that_takes_too_long(self, bench: Bench, how: str, restarted: bool) -> None:
        bench.add(chain(n=1))
        bench.executor.room = 0
        run = bench.trigger("d")
        lose(bench, how)
        bench.clock.advance(1800)
        if restarted:
            restart(bench)
        wait = bench.engine.turn()
        assert wait is not None
        bench.clock.advance(1799)
        bench.turn(2)
        assert bench.states(run) == {"t0": "scheduled"}
        bench.clock.advance(1)
        bench.turn(2)
        assert bench.states(run) == {"t0": "failed"}
        with bench.store.read() as tx:
            (row,) = rest_instances.instances_of_task(tx, "d", "r1", "t0")
            v = tables.ti_event.c
            last = tx.execute(sa.select(v.reason).where(v.ti == row.id).order_by(v.sequence.desc())).scalar()
        assert "missing_file_timeout" in str(last)


def test_what_runs_goes_on_and_an_hour_of_zero_is_for_ever(bench: Bench) -> None:
    bench.engine.close()
    bench.store = type(bench.store).open(bench.store.url)
    bench.engine = bench.new_engine(missing_file_timeout=0.0)
    bench.add(chain(n=2))
    run = bench.trigger("d")
    lose(bench, "removed")
    bench.clock.advance(10_000)
    bench.executor.succeed("t0")
    bench.turn()
    bench.clock.advance(1_000_000)
    bench.turn(2)
    assert bench.states(run) == {"t0": "success", "t1": "scheduled"}


def test_a_dag_that_came_back_has_no_moment_of_its_loss(bench: Bench) -> None:
    bench.add(chain(n=1))
    lose(bench, "broken")
    with bench.store.read() as tx:
        assert specs.without_file(tx, ["d"]) == {"d": (START, True)}
    bench.clock.advance(5)
    lose(bench, "broken")
    with bench.store.read() as tx:
        assert specs.without_file(tx, ["d"])["d"][0] == START
    bench.add(chain(n=1))
    with bench.store.read() as tx:
        assert specs.without_file(tx, ["d"]) == {}


def test_a_process_that_imports_what_nobody_parsed_fails_no_task(bench: Bench) -> None:
    """The file was removed or edited a moment ago, and the loader has not said so yet."""
    asked: list[str] = []
    bench.loader.parse_again = lambda path, bundle: asked.append(path)  # type: ignore[attr-defined]
    bench.add(chain(n=1))
    bench.executor.room = 0
    run = bench.trigger("d")
    bench.engine.files.is_as_parsed = lambda file: False  # type: ignore[method-assign]
    bench.executor.events.append(FileBroken(FILE, "SyntaxError"))
    bench.executor.room = 9
    bench.turn()
    assert bench.states(run) == {"t0": "scheduled"}
    assert asked == ["one.py"]
    bench.add(chain(n=1))
    assert bench.states(run) == {"t0": "running"}


def test_whether_a_file_is_as_it_was_parsed(tmp_path: object) -> None:
    import os
    from pathlib import Path

    folder = Path(str(tmp_path))
    files, file = Files(), FILE.__class__(folder=str(folder), path="one.py")
    assert not files.is_as_parsed(file)
    (folder / "one.py").write_text("x")
    os.utime(folder / "one.py", (START.timestamp(), START.timestamp()))
    files.put(file, ["d"], START + timedelta(seconds=1))
    assert files.is_as_parsed(file)
    os.utime(folder / "one.py", (START.timestamp() + 2, START.timestamp() + 2))
    assert not files.is_as_parsed(file)

"""Runs that are pinned to a version of their bundle; on both databases."""

from __future__ import annotations

from ostro import commands
from ostro.loader import LoaderRound
from ostro.protocol.task import FileRef
from ostro.spec import DagSpec, TaskSpec
from ostro.store import runs
from scheduler.conftest import FILE, Bench


def spec(**more: object) -> DagSpec:
    task = TaskSpec(task_id="t", operator="PythonOperator")
    return DagSpec(dag_id="d", tasks=(task,), relative_fileloc="one.py", **more)  # type: ignore[arg-type]


def at(bench: Bench, version: str) -> None:
    """The bundle's folder is at another commit; the loader has parsed what changed."""
    bench.loader.version = version
    bench.loader.folders[version] = f"/versions/{version}"
    bench.loader.round = LoaderRound(versions={"dags-folder": version})
    bench.turn()


def started(bench: Bench) -> tuple[str, str]:
    (_, order) = next(iter(bench.executor.orders.values()))
    return order.file.folder, order.file.fingerprint


def version_of(bench: Bench, run: int) -> str | None:
    with bench.store.read() as tx:
        return runs.load_runs(tx, [run])[0].bundle_version


def test_a_run_executes_the_commit_that_it_began_with(bench: Bench) -> None:
    at(bench, "A")
    bench.executor.room = 0
    bench.add(spec())
    run = bench.trigger("d")
    at(bench, "B")
    assert version_of(bench, run) == "A"
    bench.executor.room = 1
    bench.trigger("d", "later")
    assert started(bench) == ("/versions/A", "A")


def test_it_waits_until_the_files_are_there(bench: Bench) -> None:
    at(bench, "A")
    bench.add(spec())
    folder = bench.loader.folders.pop("A")
    run = bench.trigger("d")
    assert bench.states(run) == {"t": "scheduled"}
    bench.loader.folders["A"] = folder
    bench.loader.round = LoaderRound(folders_came=True)
    bench.turn()
    assert bench.states(run) == {"t": "running"}


def test_a_dag_that_wants_no_versions_runs_what_is_in_the_folder(bench: Bench) -> None:
    at(bench, "A")
    bench.add(spec(disable_bundle_versioning=True))
    run = bench.trigger("d")
    assert version_of(bench, run) is None
    assert started(bench)[0] == "/dags"


def test_a_bundle_without_versions_pins_nothing(bench: Bench) -> None:
    bench.add(spec())
    run = bench.trigger("d")
    assert version_of(bench, run) is None


def test_cleared_a_run_stays_with_its_commit_or_goes_to_the_newest(bench: Bench) -> None:
    at(bench, "A")
    bench.add(spec())
    run = bench.trigger("d")
    bench.executor.succeed("t")
    bench.turn()
    at(bench, "B")
    for latest, version in ((None, "A"), (True, "B")):
        with bench.store.begin() as tx:
            commands.clear_run_in(tx, bench.clock, dag_id="d", run_id="r1", run_on_latest_version=latest)
        bench.engine.wake([run], ["d"])
        bench.turn()
        assert version_of(bench, run) == version
        assert started(bench) == (f"/versions/{version}", version)
        bench.executor.succeed("t")
        bench.turn()


def test_rerun_with_latest_version_of_the_dag(bench: Bench) -> None:
    at(bench, "A")
    bench.add(spec(rerun_with_latest_version=True))
    run = bench.trigger("d")
    bench.executor.succeed("t")
    bench.turn()
    at(bench, "B")
    with bench.store.begin() as tx:
        commands.clear_run_in(tx, bench.clock, dag_id="d", run_id="r1")
    assert version_of(bench, run) == "B"


def test_when_versions_are_switched_off_new_runs_are_not_pinned(bench: Bench) -> None:
    at(bench, "A")
    bench.add(spec())
    bench.loader.version = None
    bench.engine = bench.new_engine()
    bench.turn()
    assert version_of(bench, bench.trigger("d")) is None


def test_a_dag_that_moves_to_a_bundle_without_versions(bench: Bench) -> None:
    at(bench, "A")
    bench.add(spec())
    first = bench.trigger("d")
    bench.executor.succeed("t")
    bench.turn()
    bench.loader.version, bench.loader.folders = None, {}
    elsewhere = FileRef(folder="/local", path="one.py", bundle="local", fingerprint="2")
    bench.loader.round = LoaderRound(retired=[FILE])
    bench.turn()
    bench.loader.parsed(spec(), file=elsewhere)
    bench.turn()
    assert version_of(bench, bench.trigger("d", "later")) is None
    # What was pinned there goes on with what there is.
    with bench.store.begin() as tx:
        commands.clear_run_in(tx, bench.clock, dag_id="d", run_id="r1")
    bench.engine.wake([first], ["d"])
    bench.turn()
    assert {order.file.folder for _, order in bench.executor.orders.values()} == {"/local"}

"""Saving what files hold: versions, conflicts, errors, schedules."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.protocol.parse import Dependency, FileError, Parsed
from ostro.spec import TaskSpec, decode
from ostro.states import RunType
from ostro.store import NextRun, Store, specs
from ostro.store import tables as t

from .made import DAY, NOW, dag, file, instances, parsed, run, save


def column(tx: Connection, name: str, dag_id: str = "d") -> Any:
    return tx.execute(sa.select(t.dag.c[name]).where(t.dag.c.dag_id == dag_id)).scalar_one()


def versions(tx: Connection, dag_id: str = "d") -> list[int]:
    v = t.dag_version.c
    return list(tx.execute(sa.select(v.number).where(v.dag_id == dag_id).order_by(v.number)).scalars())


def test_a_new_dag(db: Store) -> None:
    spec = dag(
        description="what", tags=("b", "a", "b"), owner_links={"me": "mailto:me"}, max_active_runs=3,
        timetable={"type": "cron_trigger", "expression": "0 3 * * *"}, start_date="2026-01-01T00:00:00+02:00",
    )  # fmt: skip
    with db.begin() as tx:
        result = save(tx, spec)
        assert result.dag_ids == ["d"] and result.conflicts == [] == result.replaced_versions
        ((dag_id, version),) = result.new_versions
        assert dag_id == "d" and specs.current_version(tx, "d") == version
        assert decode(specs.load_spec(tx, version)) == spec
        assert specs.load_source(tx, "d") == "source" == specs.load_source(tx, "d", 1)
        assert specs.load_source(tx, "d", 2) is None
        assert column(tx, "is_paused") is True and column(tx, "timetable_summary") == "0 3 * * *"
        assert list(tx.execute(sa.select(t.dag_tag.c.name).order_by(t.dag_tag.c.name)).scalars()) == [
            "a",
            "b",
        ]
        (schedule,) = specs.load_schedules(tx)
        assert (
            schedule.start_date is not None and schedule.start_date.isoformat() == "2025-12-31T22:00:00+00:00"
        )
        assert (schedule.max_active_runs, schedule.is_paused, schedule.timetable) == (3, True, spec.timetable)
        summary = specs.dag_summary(tx, "d")
        assert summary is not None and summary["fileloc"] == "/dags/d.py"
    with pytest.raises(KeyError), db.read() as tx:
        specs.load_spec(tx, 10**9)


@pytest.mark.parametrize(
    ("asked", "paused", "expected"), [(None, False, False), (True, False, True), (False, True, False)]
)
def test_how_a_new_dag_starts(db: Store, asked: bool | None, paused: bool, expected: bool) -> None:
    with db.begin() as tx:
        specs.save_parsed(tx, file(), parsed(dag(is_paused_upon_creation=asked)), now=NOW, paused=paused)
        assert column(tx, "is_paused") is expected


def test_the_same_again_changes_nothing(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag())
        specs.set_paused(tx, ["d"], False)
        again = specs.save_parsed(tx, file(), parsed(dag(), source="# a comment"), now=NOW + DAY)
        assert again.dag_ids == [] == again.new_versions == again.replaced_versions
        assert column(tx, "parsed_at") == NOW + DAY and column(tx, "is_paused") is False
        assert specs.load_source(tx, "d", 1) == "# a comment"


def test_a_version_that_nothing_ran_with_is_replaced(db: Store) -> None:
    with db.begin() as tx:
        ((_, version),) = save(tx, dag()).new_versions
        run(tx)
        result = save(tx, dag(tasks=("a", "b", "c"), tags=("x",)))
        assert result.replaced_versions == [version] and result.new_versions == [] and result.dag_ids == ["d"]
        assert versions(tx) == [1] and len(decode(specs.load_spec(tx, version)).tasks) == 3
        assert column(tx, "task_count") == 3


def test_a_version_that_ran_is_kept(db: Store) -> None:
    with db.begin() as tx:
        ((_, first),) = save(tx, dag()).new_versions
        instances(tx, run(tx), "a")
        result = save(tx, dag(description="new"), source="new source")
        ((_, second),) = result.new_versions
        assert versions(tx) == [1, 2] and specs.current_version(tx, "d") == second
        assert decode(specs.load_spec(tx, first)).description is None
        assert specs.load_source(tx, "d", 1) == "source" and specs.load_source(tx, "d", 2) == "new source"
        assert column(tx, "description") == "new"


def test_a_file_that_breaks_keeps_its_dags(db: Store) -> None:
    error = FileError(text="NameError: x\0", path="/dags/d.py", line=3, traceback="…")
    with db.begin() as tx:
        save(tx, dag())
        result = save(tx, errors=(error,))
        assert result.dag_ids == ["d"] and result.new_versions == []
        assert column(tx, "has_import_errors") is True and column(tx, "is_stale") is False
        (row,) = tx.execute(sa.select(t.import_error)).all()
        assert (row.text, row.line, row.path, row.kind) == (
            "NameError: x\N{REPLACEMENT CHARACTER}",
            3,
            "d.py",
            "error",
        )
        (known,) = specs.load_files(tx)
        assert known.error_count == 1 and known.dag_ids == []
        assert save(tx, dag()).dag_ids == ["d"]
        assert column(tx, "has_import_errors") is False
        assert tx.execute(sa.select(t.import_error)).all() == []


def test_a_dag_that_left_its_file_becomes_stale_and_may_return(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag("d"), dag("e"))
        specs.save_next(tx, [NextRun(dag_id="e", run_after=NOW)])
        assert save(tx, dag("d")).dag_ids == ["e"]
        assert column(tx, "is_stale", "e") is True and column(tx, "next_run_after", "e") is None
        assert [s.dag_id for s in specs.load_schedules(tx)] == ["d"]
        assert save(tx, dag("d"), dag("e")).dag_ids == ["e"]
        assert column(tx, "is_stale", "e") is False


def test_two_files_with_the_same_dag(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag("d", description="first"))
        result = save(tx, dag("d"), dag("e"), path="other.py")
        assert result.conflicts == [("d", "d.py")] and result.dag_ids == ["e"]
        assert column(tx, "description") == "first"
        (row,) = tx.execute(sa.select(t.import_error)).all()
        assert (row.kind, row.dag_id, row.path) == ("conflict", "d", "other.py") and "d.py" in row.text
        assert specs.retire_files(tx, [file()], NOW) == ["d"]
        assert specs.files_in_conflict(tx, ["d"]) == [("dags-folder", "other.py")]
        assert save(tx, dag("d"), dag("e"), path="other.py").dag_ids == ["d"]
        assert column(tx, "path") == "other.py" and column(tx, "is_stale") is False
        assert specs.files_in_conflict(tx, ["d"]) == []


def test_files_are_remembered_and_forgotten(db: Store) -> None:
    known = Parsed(
        job=1, dags=parsed(dag()).dags, dependencies=[Dependency("module", "x")], warnings=["w"], duration=1.5
    )
    with db.begin() as tx:
        specs.save_parsed(tx, file(fingerprint="f"), known, now=NOW, refresh_at=NOW + DAY, extra={"a": 1})
        (found,) = specs.load_files(tx)
        assert (found.path, found.fingerprint, found.deps) == ("d.py", "f", [["module", "x"]])
        assert (found.refresh_at, found.extra, found.warnings, found.duration) == (
            NOW + DAY,
            {"a": 1},
            ["w"],
            1.5,
        )
        specs.retire_files(tx, [file()], NOW)
        assert specs.load_files(tx) == []
        assert column(tx, "is_stale") is True


def test_a_file_name_that_is_no_text(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag(), path="caf\udce9.py")
        assert [f.path for f in specs.load_files(tx)] == ["caf?.py"]
        assert specs.retire_files(tx, [file("caf\udce9.py")], NOW) == ["d"]


def test_bounds_are_of_all_tasks(db: Store) -> None:
    early = TaskSpec(
        task_id="a",
        operator="X",
        start_date="2025-01-01T00:00:00+00:00",
        end_date="2027-01-01T00:00:00+00:00",
    )
    later = TaskSpec(task_id="b", operator="X", end_date="2028-01-01T00:00:00+00:00")
    open_end = TaskSpec(task_id="c", operator="X")
    with db.begin() as tx:
        save(tx, dag("d", ()), path="d.py")
        for dag_id, tasks in (("closed", (early, later)), ("open", (early, open_end))):
            spec = dag(dag_id, (), start_date="2026-01-01T00:00:00+00:00")
            save(
                tx,
                type(spec)(**{f: getattr(spec, f) for f in spec.__struct_fields__} | {"tasks": tasks}),
                path=dag_id,
            )
        rows = {s.dag_id: s for s in specs.load_schedules(tx)}
    assert rows["d"].start_date is None is rows["d"].end_date
    assert [rows[k].start_date.year for k in ("closed", "open")] == [2025, 2025]  # type: ignore[union-attr]
    assert rows["closed"].end_date is not None and rows["closed"].end_date.year == 2028
    assert rows["open"].end_date is None


def test_schedules_know_the_last_interval_and_the_next_run(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag("d"), dag("e"))
        for i in range(2):
            start = NOW + i * DAY
            run(
                tx, f"s{i}", logical_date=start, run_type=RunType.SCHEDULED, data_interval_start=start,
                data_interval_end=start + DAY,
            )  # fmt: skip
        run(tx, "m", logical_date=NOW + 5 * DAY, data_interval_start=NOW, data_interval_end=NOW)
        following = NextRun(
            dag_id="d",
            logical_date=NOW,
            data_interval_start=NOW,
            data_interval_end=NOW + DAY,
            run_after=NOW + DAY,
        )
        specs.save_next(tx, [following, NextRun(dag_id="e"), NextRun(dag_id="unknown", run_after=NOW)])
        d, e = specs.load_schedules(tx, ["e", "d", "unknown"])
    assert (d.last_interval_start, d.last_interval_end) == (NOW + DAY, NOW + 2 * DAY)
    assert (d.next_logical_date, d.next_interval_end, d.next_run_after) == (NOW, NOW + DAY, NOW + DAY)
    assert e.last_interval_start is None is e.next_run_after


def test_the_last_run_of_a_partition_timetable_is_the_one_that_was_due_last(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag("d", timetable={"type": "cron_partition"}), dag("e"))
        interval = {"data_interval_start": NOW, "data_interval_end": NOW + DAY}
        run(tx, "dated", logical_date=NOW, run_type=RunType.SCHEDULED, run_after=NOW + DAY, **interval)
        (before, _) = specs.load_schedules(tx)
        for i in (2, 4, 3):
            run(
                tx, f"p{i}", run_type=RunType.SCHEDULED, run_after=NOW + i * DAY, partition_key=str(i),
                partition_date=NOW,
            )  # fmt: skip
        run(tx, "m", run_after=NOW + 9 * DAY, partition_key="by hand")
        (after, other) = specs.load_schedules(tx)
    assert (before.last_interval_end, before.last_partition_key) == (NOW + DAY, None)
    assert (after.last_run_after, after.last_partition_key) == (NOW + 4 * DAY, "4")
    assert after.last_interval_start is None is other.last_run_after


def test_pause_tells_what_it_changed(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag("d"), dag("e"))
        assert specs.set_paused(tx, ["d", "e", "unknown"], False) == ["d", "e"]
        assert specs.set_paused(tx, ["d", "e"], False) == []
        assert specs.set_paused(tx, ["d"], True) == ["d"]


def test_a_deleted_dag_takes_everything_with_it(db: Store) -> None:
    with db.begin() as tx:
        save(tx, dag(tags=("x",)))
        instances(tx, run(tx), "a")
        assert specs.delete_dag(tx, "d") is True
        assert specs.delete_dag(tx, "d") is False
        for table in (t.dag_run, t.task_instance, t.dag_version, t.dag_tag):
            assert tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0

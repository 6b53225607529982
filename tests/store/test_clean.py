"""Pruning: what is old goes, what is needed stays."""

from __future__ import annotations

import base64
import csv
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ostro.errors import UserError
from ostro.records import Move, XComRow
from ostro.states import RunState
from ostro.states import TaskState as S
from ostro.store import (
    OutboxRow,
    RunMove,
    Store,
    archives,
    clean,
    event_log,
    outbox,
    run_triggers,
    runs,
    transitions,
    xcoms,
)
from ostro.store import tables as t

from .made import DAY, NOW, dag, instances, move, run, save, start


def count(store: Store, table: sa.Table) -> int:
    with store.read() as tx:
        return int(tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


@pytest.fixture
def history(db: Store) -> Store:
    """Ten ended runs, a day apart, and an old one that still runs."""
    with db.begin() as tx:
        for i in range(10):
            day = NOW + i * DAY
            made = run(tx, f"r{i}", run_after=day)
            (ti,) = instances(tx, made, "a")
            transitions.apply_moves(tx, [start(ti.id, f"a{i}")], day)
            transitions.apply_moves(tx, [move(ti.id, S.RUNNING, S.SUCCESS)], day)
            xcoms.put(tx, made.id, [XComRow(task_id="a", key="k", value=b"1")], day)
            (callback,) = outbox.put(tx, [OutboxRow(dag_id="d", run=made.id, kind="dag_success")])
            outbox.finish(tx, [callback], now=day)
            runs.move_runs(
                tx, [RunMove(id=made.id, before=RunState.QUEUED, after=RunState.SUCCESS, end_date=day)], day
            )
        run(tx, "live", run_after=NOW)
    return db


def test_old_runs_go_with_all_that_belongs_to_them(history: Store) -> None:
    before = NOW + 6 * DAY
    with history.read() as tx:
        expected = clean.count_old(tx, before)
    assert (expected["dag_run"], expected["ti_event"]) == (6, 12)
    done = list(clean.prune(history, before, batch=4))
    assert done[:2] == [("dag_run", 4), ("dag_run", 2)]
    assert count(history, t.dag_run) == 5
    for table in (t.task_instance, t.attempt, t.xcom, t.callback_outbox):
        assert count(history, table) == 4
    assert count(history, t.ti_event) == 8
    with history.read() as tx:
        assert clean.count_old(tx, before, ["dag_run"]) == {"dag_run": 0}
    assert list(clean.prune(history, before)) == []


def test_the_newest_run_and_live_runs_stay(history: Store) -> None:
    list(clean.prune(history, NOW + 1000 * DAY, ["dag_run"]))
    with history.read() as tx:
        assert {r.run_id for r in runs.search(tx, "d")} == {"r9", "live"}
    assert count(history, t.ti_event) == 20


def test_versions_that_runs_or_instances_need_stay(db: Store) -> None:
    with db.begin() as tx:
        for i in range(4):
            save(tx, dag(description=str(i)), source=f"source {i}")
            made = run(tx, f"r{i}", run_after=NOW + i * DAY, state=RunState.SUCCESS)
            (ti,) = instances(tx, made, "a")
            if i == 1:
                transitions.apply_moves(
                    tx, [Move(ti=ti.id, before=S.NONE, after=S.SUCCESS, version_id=made.version_id)], NOW
                )
                kept_by_instance = made
        old, newest = (runs.find_run(tx, "d", name) for name in ("r0", "r3"))
        assert old and newest
        # A cleared run goes on with the newest version; its finished instance ran with the old one.
        moved = RunMove(
            id=kept_by_instance.id,
            before=RunState.SUCCESS,
            after=RunState.QUEUED,
            version_id=newest.version_id,
        )
        assert runs.move_runs(tx, [moved], NOW) == [True]
        runs.delete_runs(tx, [old.id])
    assert list(clean.prune(db, NOW + 100 * DAY, ["dag_version", "dag_source"])) == [
        ("dag_version", 1),
        ("dag_source", 1),
    ]
    assert (count(db, t.dag_version), count(db, t.dag_source)) == (3, 3)


def test_an_unknown_table_is_refused(db: Store) -> None:
    with pytest.raises(UserError, match="nonsense"):
        list(clean.prune(db, NOW, ["dag_run", "nonsense"]))
    assert "dag_run" in clean.table_names()


def test_the_file_shrinks(history: Store) -> None:
    clean.compact(history)
    assert count(history, t.dag_run) == 11


def test_what_goes_is_kept_with_all_that_belongs_to_it(history: Store, tmp_path: Path) -> None:
    before = NOW + 6 * DAY
    with history.read() as tx:
        xs = tx.execute(sa.select(t.xcom).order_by(t.xcom.c.run)).all()
    list(clean.prune(history, before, batch=4, archive=archives.Archive(NOW)))
    with history.read() as tx:
        found = archives.names(tx)
        kept = {name.removeprefix(archives.PREFIX).split("__")[0]: name for name in found}
        counts = {
            table: tx.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for table, name in kept.items()
        }
        assert {n: counts[n] for n in ("dag_run", "task_instance", "attempt", "xcom", "ti_event")} == {
            "dag_run": 6, "task_instance": 6, "attempt": 6, "xcom": 6, "ti_event": 12,
        }  # fmt: skip
        assert archives.export(tx, kept["xcom"], tmp_path) == 6
        assert archives.names(tx, ["xcom"]) == [kept["xcom"]]
        with pytest.raises(UserError, match="no table nonsense"):
            archives.names(tx, ["nonsense"])
    file = tmp_path / f"{kept['xcom']}.csv"
    assert file.stat().st_mode & 0o777 == 0o600
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["run"]) for row in rows] == [x.run for x in xs[:6]]
    assert {row["value"] for row in rows} == {base64.b64encode(b"1").decode()}
    assert {row["created_at"][:10] for row in rows if "created_at" in row} <= {
        str((NOW + i * DAY).date()) for i in range(6)
    }
    with history.begin() as tx:
        archives.drop(tx, found)
    with history.read() as tx:
        assert archives.names(tx) == []


def test_a_clean_of_some_dags_touches_no_others(history: Store) -> None:
    before = NOW + 6 * DAY
    with history.read() as tx:
        assert clean.count_old(tx, before, dags=clean.OfDags(("d",)))["dag_run"] == 6
        assert clean.count_old(tx, before, dags=clean.OfDags(("other",)))["dag_run"] == 0
        assert clean.count_old(tx, before, dags=clean.OfDags(but=("d",)))["dag_run"] == 0
        assert "token" not in clean.count_old(tx, before, dags=clean.OfDags(("d",)))
        # Airflow's words: rows of task instances go with their runs.
        assert clean.count_old(tx, before, ["task_instance"]) == {"dag_run": 6}
    assert list(clean.prune(history, before, dags=clean.OfDags(("other",)))) == []
    assert count(history, t.dag_run) == 11


def deed(event: str, day: int, **more: Any) -> event_log.LogEntry:
    return event_log.LogEntry(event=event, at=NOW + day * DAY, **more)


def events(store: Store) -> list[str]:
    with store.read() as tx:
        assert event_log.verify(tx).broken is None
        return list(tx.execute(sa.select(t.event_log.c.event).order_by(t.event_log.c.id)).scalars())


@pytest.mark.parametrize("dags", [clean.OfDags(("d",)), clean.OfDags(but=("other",))])
def test_a_clean_of_some_dags_leaves_the_deeds_of_people(db: Store, dags: clean.OfDags) -> None:
    with db.begin() as tx:
        for dag_id in ("d", "other"):
            event_log.put(tx, deed(f"engine {dag_id}", 0, dag_id=dag_id))
            event_log.seal(tx, [deed("login", 0), deed(f"trigger {dag_id}", 0, dag_id=dag_id)])
    assert list(clean.prune(db, NOW + DAY, ["event_log"], dags=dags)) == [("event_log", 1)]
    assert events(db) == ["login", "trigger d", "engine other", "login", "trigger other"]


def test_no_row_goes_that_is_younger_than_asked_for(db: Store, tmp_path: Path) -> None:
    with db.begin() as tx:
        event_log.seal(tx, [deed("a", 0), deed("b", 0)])
        # Of a machine whose clock is ahead: nothing of the chain goes from here on.
        event_log.seal(tx, [deed("ahead", 9), deed("c", 0)])
        event_log.put(tx, deed("engine", 0))
        event_log.seal(tx, [deed("d", 0)])
    done = list(clean.prune(db, NOW + DAY, ["event_log"], batch=2, archive=archives.Archive(NOW)))
    assert done == [("event_log", 2), ("event_log", 1)]
    assert events(db) == ["ahead", "c", "d"]
    with db.read() as tx:
        (name,) = archives.names(tx)
        assert archives.export(tx, name, tmp_path) == 3
    list(clean.prune(db, NOW + 10 * DAY, ["event_log"], batch=1))
    assert events(db) == []


def test_a_run_that_two_deleted_runs_are_about_is_kept_once(history: Store, tmp_path: Path) -> None:
    with history.begin() as tx:
        first, second, last = (run_id(tx, name) for name in ("r0", "r1", "r9"))
        run_triggers.put(tx, second, first, "a", -1, NOW)
        run_triggers.put(tx, last, second, "a", -1, NOW)
        run_triggers.put(tx, first, last, "a", -1, NOW)
    list(clean.prune(history, NOW + 6 * DAY, ["dag_run"], archive=archives.Archive(NOW)))
    assert count(history, t.run_trigger) == 0
    with history.read() as tx:
        (name,) = archives.names(tx, ["run_trigger"])
        archives.export(tx, name, tmp_path)
    with (tmp_path / f"{name}.csv").open(newline="") as lines:
        links = sorted((int(row["child"]), int(row["parent"])) for row in csv.DictReader(lines))
    assert links == sorted([(second, first), (last, second), (first, last)])


def run_id(tx: sa.Connection, name: str) -> int:
    found = runs.find_run(tx, "d", name)
    assert found is not None
    return found.id


def test_a_batch_is_no_larger_than_a_statement_may_be(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clean, "MOST", 5)
    done = list(clean.prune(history, NOW + 6 * DAY, ["ti_event"], batch=1_000_000))
    assert done == [("ti_event", 5), ("ti_event", 5), ("ti_event", 2)]

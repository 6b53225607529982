"""`ostro backfill`, and `ostro dags backfill` of 2.x."""

from __future__ import annotations

from typing import Any

import pytest

from cli.conftest import Shell
from ostro import commands
from ostro.cli.backfill_order import is_dag_paused
from ostro.cli.backfill_progress import sentence
from ostro.clock import SystemClock
from ostro.spec import TaskSpec
from ostro.store import backfills
from ostro.timetable import CronTriggerTimetable, encode

DATES = ("--from-date", "2024-01-01", "--to-date", "2024-01-03")


@pytest.fixture(autouse=True)
def daily(shell: Shell) -> None:
    timetable: dict[str, Any] = encode(CronTriggerTimetable("@daily", timezone="UTC"))
    shell.dag(TaskSpec(task_id="t", operator="X"), timetable=timetable, max_active_runs=3)


def test_ordered_listed_paused_cancelled(shell: Shell) -> None:
    shell.run(
        "backfill", "create", "--dag-id", "d", *DATES, "--dag-run-conf", '{"k": 1}', "--max-active-runs", "2",
        "--reprocess-behavior", "failed", "--run-backwards",
    )  # fmt: skip
    with shell.store.read() as tx:
        (made,) = backfills.find_open(tx)
    assert (made.conf, made.max_active_runs, made.reprocess_behavior, made.run_backwards) == (
        {"k": 1},
        2,
        "failed",
        True,
    )
    number = str(made.id)
    assert [row["dag_id"] for row in shell.json("backfill", "list", "--active")] == ["d"]
    assert shell.json("backfill", "show", number) == []
    assert "is paused" in shell.run("backfill", "pause", number)
    assert "is unpaused" in shell.run("backfill", "unpause", number)
    assert "is cancelled" in shell.run("backfill", "cancel", number)
    assert "already completed" in shell.fails("backfill", "cancel", number)
    assert shell.json("backfill", "list", "--active") == []


def test_a_look_ahead(shell: Shell) -> None:
    rows = shell.json("backfill", "create", "--dag-id", "d", *DATES, "--dry-run")
    assert [row["logical_date"][:10] for row in rows] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert shell.json("backfill", "list") == []


def test_dates_before_the_dag_begins_are_told_and_ordered(shell: Shell) -> None:
    """The schedule begins with start_date, a backfill need not."""
    timetable: dict[str, Any] = encode(CronTriggerTimetable("@daily", timezone="UTC"))
    shell.dag(
        TaskSpec(task_id="t", operator="X"), timetable=timetable, start_date="2024-01-03T00:00:00+00:00"
    )
    told = "Dates before the start_date of d, 2024-01-03T00:00:00+00:00, are among these"
    assert len(shell.json("backfill", "create", "--dag-id", "d", *DATES, "--dry-run")) == 3
    assert told in shell.errors
    shell.run("dags", "backfill", "d", "-s", "2024-01-01", "-e", "2024-01-03", "--dry-run")
    assert told in shell.errors
    shell.run(
        "backfill",
        "create",
        "--dag-id",
        "d",
        "--from-date",
        "2024-01-03",
        "--to-date",
        "2024-01-04",
        "--dry-run",
    )
    assert told not in shell.errors
    shell.run("backfill", "create", "--dag-id", "d", *DATES)
    assert told in shell.errors
    with shell.store.read() as tx:
        assert len(backfills.find_open(tx)) == 1


def test_refusals_are_one_sentence(shell: Shell) -> None:
    assert "none, completed, failed" in shell.fails(
        "backfill", "create", "--dag-id", "d", *DATES, "--reprocess-behavior", "all"
    )
    assert "Could not find dag x" in shell.fails("backfill", "create", "--dag-id", "x", *DATES)


def test_the_words_of_2x(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from ostro.cli import dags_backfill

    followed: list[int] = []
    monkeypatch.setattr(dags_backfill, "follow", lambda _, number: followed.append(number) or 0)
    shell.run(
        "dags",
        "backfill",
        "d",
        "-s",
        "2024-01-01",
        "-e",
        "2024-01-03",
        "--reset-dagruns",
        "-y",
        "-B",
        "--unpause",
    )
    with shell.store.read() as tx:
        (made,) = backfills.find_open(tx)
    assert followed == [made.id]
    assert (made.max_active_runs, made.reprocess_behavior, made.run_backwards) == (3, "completed", True)


def test_one_date_of_2x_stands_for_both(shell: Shell) -> None:
    assert shell.run("dags", "backfill", "d", "-s", "2024-01-01", "-n").split() == [
        "2024-01-01",
        "00:00:00+00:00",
    ]
    assert "start_date and/or end_date" in shell.fails("dags", "backfill", "d")
    assert "whole DAG runs" in shell.fails("dags", "backfill", "d", "-s", "2024-01-01", "-t", "x.*")


def test_waiting_ends_with_the_backfill(shell: Shell) -> None:
    shell.run("backfill", "create", "--dag-id", "d", *DATES)
    with shell.store.begin() as tx:
        (made,) = backfills.find_open(tx)
        commands.cancel_backfill_in(tx, SystemClock(), made.id)
    from ostro.cli.backfill_progress import follow
    from ostro.cli.context import Context

    assert follow(Context(), made.id) == 0


def test_the_line_of_progress() -> None:
    assert sentence({"success": 3, "running": 1, "queued": 2}, is_planned=True) == (
        "[backfill progress] 3 of 6 runs are over (1 running, 2 queued, 3 success)"
    )
    # Before the engine has looked, nothing is known of how many there will be.
    assert sentence({}, is_planned=False) == (
        "[backfill progress] no run has been made yet: the engine is working out the dates"
    )
    assert sentence({"queued": 100}, is_planned=False, holds="DAG d is paused") == (
        "[backfill progress] 0 of 100 runs so far are over (100 queued), the engine lists more dates; DAG d is paused"
    )
    assert sentence({}, is_planned=True) == "[backfill progress] 0 of 0 runs are over"


class TestOfAPausedDag:
    @pytest.fixture(autouse=True)
    def _pause(self, shell: Shell) -> None:
        shell.run("dags", "pause", "d", "-y")

    @pytest.mark.parametrize(
        "words",
        [
            ("backfill", "create", "--dag-id", "d", *DATES, "--wait"),
            ("dags", "backfill", "d", "-s", "2024-01-01", "-e", "2024-01-03"),
        ],
    )
    def test_nobody_waits_for_ever(
        self, shell: Shell, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ostro.cli import backfill, dags_backfill

        for module in (backfill, dags_backfill):
            monkeypatch.setattr(module, "follow", lambda _context, _number: 0)
        assert "ostro dags unpause d" in shell.fails(*words)
        assert shell.json("backfill", "list") == []
        shell.run(*words, "--unpause")
        assert [row["dag_id"] for row in shell.json("backfill", "list")] == ["d"]
        with shell.store.read() as tx:
            assert not is_dag_paused(tx, "d")

    def test_one_that_nobody_waits_for_is_made(self, shell: Shell) -> None:
        shell.run("backfill", "create", "--dag-id", "d", *DATES)
        assert "ostro dags unpause d" in shell.errors
        assert [row["dag_id"] for row in shell.json("backfill", "list")] == ["d"]

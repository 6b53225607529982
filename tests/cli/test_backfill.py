"""`ostro backfill`, and `ostro dags backfill` of 2.x."""

from __future__ import annotations

from typing import Any

import pytest

from cli.conftest import Shell
from ostro import commands
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


def test_refusals_are_one_sentence(shell: Shell) -> None:
    assert "none, completed, failed" in shell.fails(
        "backfill", "create", "--dag-id", "d", *DATES, "--reprocess-behavior", "all"
    )
    assert "Could not find dag x" in shell.fails("backfill", "create", "--dag-id", "x", *DATES)


def test_the_words_of_2x(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from ostro.cli import dags_backfill

    followed: list[int] = []
    monkeypatch.setattr(dags_backfill, "follow", lambda _, number: followed.append(number) or 0)
    shell.run("dags", "backfill", "d", "-s", "2024-01-01", "-e", "2024-01-03", "--reset-dagruns", "-y", "-B")
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
    assert sentence({"success": 3, "running": 1, "queued": 2}) == (
        "[backfill progress] 3 of 6 runs are over (1 running, 2 queued, 3 success)"
    )

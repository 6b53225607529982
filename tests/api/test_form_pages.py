"""What the web page reads for its forms: the interval of a run by hand, backfills, questions, versions and their code."""

from __future__ import annotations

from ostro.states import RunType
from ostro.store import backfills, hitl
from ostro.store.backfills import NewDate
from ostro.timetable import CronDataIntervalTimetable, encode
from store.made import NOW

from .conftest import World, task
from .test_backfills import BODY, a_dag
from .test_hitl import asking, found

__all__ = ["asking"]


def test_the_interval_of_a_run_by_hand(world: World) -> None:
    a_dag(world, timetable=encode(CronDataIntervalTimetable("@daily", timezone="UTC")))
    said = world.get("/ui/dags/d/manual_run", logical_date="2026-01-05T06:00:00Z")
    assert (said["data_interval_start"], said["data_interval_end"]) == (
        "2026-01-04T00:00:00Z",
        "2026-01-05T00:00:00Z",
    )
    world.get("/ui/dags/d/manual_run", 422)
    world.get("/ui/dags/nothing/manual_run", 404, logical_date="2026-01-05")


def test_a_backfill_says_how_far_it_is(world: World) -> None:
    a_dag(world)
    made = world.send("POST", "/backfills", {**BODY, "run_backwards": True})
    run = world.run("d", "r", run_type=RunType.BACKFILL, backfill_id=made["id"], logical_date=NOW)
    with world.store.begin() as tx:
        dates = [
            NewDate(sort_ordinal=1, logical_date=NOW, run=run.id),
            NewDate(sort_ordinal=2, logical_date=None, exception_reason="in flight"),
        ]
        backfills.add_dates(tx, made["id"], dates, None, NOW)
    (row,) = world.get("/ui/backfills", dag_id="d", active=True)["backfills"]
    assert (row["id"], row["run_backwards"], row["is_planned"]) == (made["id"], True, False)
    assert row["dates"] == {"running": 1, "left": 1}
    listed = world.get(f"/ui/backfills/{made['id']}/dates")
    assert [(d["run_id"], d["state"], d["reason"]) for d in listed["dates"]] == [
        ("r", "running", None),
        (None, None, "in flight"),
    ]
    assert world.get("/ui/backfills", active=False)["total_entries"] == 0
    world.get("/ui/backfills/99/dates", 404)
    assert world.get("/ui/dags/d/backfillable") == {"reason": None}
    world.dag(task("t"), dag_id="by_hand")
    assert world.get("/ui/dags/by_hand/backfillable") == {"reason": "unscheduled"}


def test_questions_are_counted_and_listed_with_their_end(asking: World) -> None:
    assert asking.get("/ui/approvals/count") == {"open": 2}
    listed = asking.get("/ui/approvals", answered=False, order_by="task_id")["approvals"]
    assert [(q["task_id"], q["is_open"], q["may_answer"]) for q in listed] == [
        ("a", True, True),
        ("b", True, False),
    ]
    answer = {"chosen_options": ["yes"], "params_input": {}}
    asking.send("PATCH", "/dags/d/dagRuns/r/taskInstances/a/-1/hitlDetails", answer)
    assert asking.get("/ui/approvals/count") == {"open": 1}
    (done,) = asking.get("/ui/approvals", answered=True)["approvals"]
    assert (done["task_id"], done["responded_by"], done["chosen_options"]) == ("a", "admin", ["yes"])
    assert asking.get("/ui/approvals", search="many")["total_entries"] == 1
    assert asking.get("/ui/approvals", dag_id="other")["total_entries"] == 0


def test_a_task_that_waits_no_more_has_no_open_question(asking: World) -> None:
    asking.send(
        "POST",
        "/dags/d/clearTaskInstances",
        {"task_ids": ["a"], "dag_run_id": "r", "dry_run": False, "only_failed": False},
    )
    with asking.store.read() as tx:
        row = found(tx, "a")
        assert hitl.find(tx, row.id, row.try_number) is None or row.state != "awaiting_input"
    assert asking.get("/ui/approvals/count") == {"open": 1}


def test_versions_tell_what_ran_with_them(world: World) -> None:
    world.dag(task("a"))
    world.run("d", "first")
    world.dag(task("a"), task("b"))
    world.run("d", "second")
    world.run("d", "third")
    code = world.get("/ui/dags/d/code")
    assert [(v["version_number"], v["runs"], v["last_run_id"]) for v in code["versions"]] == [
        (2, 2, "third"),
        (1, 1, "first"),
    ]
    assert (code["path"], code["errors"]) == ("d.py", [])
    world.get("/ui/dags/nothing/code", 404)

"""Questions to people over the REST API: lists, one, answers."""

from __future__ import annotations

from typing import Any

import pytest

from ostro.records import Move
from ostro.states import TaskState
from ostro.store import NewTrigger, hitl, instances, sealed, transitions, triggers
from store import made

from .conftest import World, task

DETAILS = "/dags/d/dagRuns/r/hitlDetails"
ONE = "/dags/d/dagRuns/r/taskInstances/{}/-1/hitlDetails"
FIELDS = {
    "options", "subject", "body", "defaults", "multiple", "params", "assigned_users", "created_at",
    "responded_by_user", "responded_at", "chosen_options", "params_input", "response_received", "task_instance",
}  # fmt: skip


@pytest.fixture
def asking(world: World) -> World:
    """d: a and b wait for a person, c runs."""
    world.dag(task("a"), task("b"), task("c"))
    run = world.run()
    world.states(run, a="running", b="running", c="running")
    world.woken.clear()
    ask(world, "a", "Release it?")
    ask(
        world, "b", "How many?", multiple=True, assigned_users=[{"id": "ann", "name": "Ann"}],
        params={"n": {"value": 1, "description": None, "schema": {"type": "integer"}, "source": "task"}},
    )  # fmt: skip
    return world


def ask(world: World, task_id: str, subject: str, **more: Any) -> None:
    with world.store.begin() as tx:
        row = found(tx, task_id)
        move = Move(
            ti=row.id, before=TaskState.RUNNING, after=TaskState.AWAITING_INPUT, next_method="go", next_kwargs={"k": 1}
        )  # fmt: skip
        assert transitions.apply_moves(tx, [move], made.NOW) == [True]
        question = hitl.NewQuestion(
            ti=row.id, try_number=row.try_number, subject=subject, options=["yes", "no"], **more
        )
        hitl.put(tx, question, made.NOW)


def found(tx: Any, task_id: str) -> Any:
    from ostro.store import runs

    run = runs.find_run(tx, "d", "r")
    assert run is not None
    return instances.find_instance(tx, run.id, task_id)


def test_the_list_has_what_waits_and_can_be_filtered(asking: World) -> None:
    listed = asking.api(DETAILS)
    assert listed["total_entries"] == 2
    assert set(listed["hitl_details"][0]) == FIELDS
    assert [d["task_instance"]["task_id"] for d in listed["hitl_details"]] == ["a", "b"]
    assert listed["hitl_details"][0]["task_instance"]["state"] == "awaiting_input"
    everywhere = "/dags/~/dagRuns/~/hitlDetails"
    for params, wanted in (
        ({"subject_search": "release"}, ["a"]),
        ({"task_id": "b"}, ["b"]),
        ({"response_received": "true"}, []),
        ({"response_received": "false", "order_by": "-subject"}, ["a", "b"]),
        ({"state": "running"}, []),
        ({"state": "awaiting_input", "limit": 1}, ["a"]),
    ):
        page = asking.api(everywhere, **params)  # type: ignore[arg-type]
        assert [d["task_instance"]["task_id"] for d in page["hitl_details"]] == wanted, params


def test_one(asking: World) -> None:
    detail = asking.api(ONE.format("b"))
    assert set(detail) == FIELDS
    assert (detail["subject"], detail["multiple"], detail["response_received"]) == ("How many?", True, False)
    assert detail["assigned_users"] == [{"id": "ann", "name": "Ann"}]
    assert asking.api(ONE.format("b") + "/tries/1")["task_instance"]["try_number"] == 1
    asking.api(ONE.format("b") + "/tries/2", 404)
    asking.api(ONE.format("c"), 404)
    asking.api(ONE.format("x"), 404)


def test_the_first_answer_lets_the_task_go_on(asking: World) -> None:
    said = asking.send("PATCH", ONE.format("a"), {"chosen_options": ["yes"]})
    assert said["responded_by"] == {"id": "admin", "name": "admin"}
    assert said["chosen_options"] == ["yes"]
    with asking.store.read() as tx:
        row = found(tx, "a")
        assert row.state is TaskState.SCHEDULED
        kept = sealed.unseal(tx, row.next_kwargs)
        assert kept["k"] == 1
        assert kept["event"]["chosen_options"] == ["yes"]
        assert kept["event"]["responded_by_user"] == {"id": "admin", "name": "admin"}
        assert asking.woken[-1][0] == [row.run]
    asking.send("PATCH", ONE.format("a"), {"chosen_options": ["no"]}, 409)
    detail = asking.api(ONE.format("a"))
    assert (detail["chosen_options"], detail["response_received"]) == (["yes"], True)
    assert asking.api(DETAILS, response_received="true")["total_entries"] == 1


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"chosen_options": ["maybe"]}, 400, "'maybe' is not among the options 'yes', 'no'"),
        ({"chosen_options": ["yes", "no"]}, 400, "only one option"),
        ({"chosen_options": ["yes"], "params_input": {"q": 1}}, 400, "no field 'q'"),
        ({"chosen_options": []}, 422, ""),
        ({}, 422, ""),
    ],
)
def test_an_answer_that_is_none_is_refused_and_the_task_goes_on_waiting(
    asking: World, body: dict[str, Any], status: int, words: str
) -> None:
    assert words in str(asking.send("PATCH", ONE.format("a"), body, status)["detail"])
    with asking.store.read() as tx:
        assert found(tx, "a").state is TaskState.AWAITING_INPUT


def test_only_those_who_are_asked_may_answer(asking: World) -> None:
    said = asking.send("PATCH", ONE.format("b"), {"chosen_options": ["yes"]}, 403)
    assert "it asks Ann" in said["detail"]


def test_a_task_that_waits_no_more_takes_no_answer(asking: World) -> None:
    with asking.store.begin() as tx:
        move = Move(ti=found(tx, "a").id, before=TaskState.AWAITING_INPUT, after=TaskState.FAILED)
        transitions.apply_moves(tx, [move], made.NOW)
    said = asking.send("PATCH", ONE.format("a"), {"chosen_options": ["yes"]}, 409)
    assert "it is failed" in said["detail"]


def test_fields_of_the_form_keep_their_defaults_and_are_checked(world: World) -> None:
    world.dag(task("a"))
    world.states(world.run(), a="running")
    form = {name: {"value": 1, "schema": {"type": "integer"}} for name in ("n", "m")}
    ask(world, "a", "?", params=form)
    said = world.send("PATCH", ONE.format("a"), {"chosen_options": ["yes"], "params_input": {"n": "x"}}, 400)
    assert "Invalid input for param n" in said["detail"]
    said = world.send("PATCH", ONE.format("a"), {"chosen_options": ["yes"], "params_input": {"n": 5}})
    assert said["params_input"] == {"n": 5, "m": 1}


def test_a_deferred_instance_shows_its_trigger(world: World) -> None:
    world.dag(task("a"))
    world.states(world.run(), a="running")
    with world.store.begin() as tx:
        row = found(tx, "a")
        transitions.apply_moves(
            tx, [Move(ti=row.id, before=TaskState.RUNNING, after=TaskState.DEFERRED)], made.NOW
        )
        trigger = NewTrigger(ti=row.id, attempt_id="x", classpath="m.T", kwargs={"n": 1, "password": "p"})
        triggers.put(tx, trigger, made.NOW)
    shown = world.api("/dags/d/dagRuns/r/taskInstances/a")["trigger"]
    assert (shown["classpath"], shown["kwargs"]) == ("m.T", "***")
    assert world.api("/dags/d/dagRuns/r/taskInstances")["task_instances"][0]["trigger"] == shown


def test_a_trigger_of_a_queue_says_who_may_run_it(world: World) -> None:
    world.dag(task("a"))
    world.states(world.run(), a="running")
    with world.store.begin() as tx:
        row = found(tx, "a")
        move = Move(ti=row.id, before=TaskState.RUNNING, after=TaskState.DEFERRED)
        transitions.apply_moves(tx, [move], made.NOW)
        trigger = NewTrigger(ti=row.id, attempt_id="x", classpath="m.T", kwargs={}, queue="files")
        triggers.put(tx, trigger, made.NOW)
    names = {
        one["name"]: one["reason"]
        for one in world.api("/dags/d/dagRuns/r/taskInstances/a/dependencies")["dependencies"]
    }
    assert "serves the trigger queue 'files'" in names["trigger_queue"]

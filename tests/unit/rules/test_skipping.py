"""Branches and short circuits."""

from __future__ import annotations

from ostro.protocol.task import Skips
from ostro.spec import Expansion, GroupSpec, Literal
from ostro.states import TaskState
from support.simulation import Done, Sim, always, task, topology


def branch(*skipped: str, map_index: int = -1) -> Done:
    return Done(skips=[Skips(list(skipped), map_index)])


def a_branch() -> Sim:
    return Sim(
        topology(
            task("b", can_skip_downstream=True), task("l", "b"), task("r", "b"),
            task("join", "l", "r", trigger_rule="none_failed_min_one_success"),
        )
    )  # fmt: skip


def test_a_branch_skips_what_it_does_not_follow() -> None:
    sim = a_branch()

    assert sim.play(lambda t, i: branch("r") if t == "b" else Done()) == "success"
    assert sim.states() == {"b": "success", "l": "success", "r": "skipped", "join": "success"}


def test_a_cleared_task_stays_skipped_as_long_as_its_branch_says_so() -> None:
    sim = a_branch()
    sim.play(lambda t, i: branch("r") if t == "b" else Done())
    sim.to("r", TaskState.NONE)
    sim.board = sim.rebuilt()

    sim.play(always())

    assert sim.states()["r"] == "skipped"


def test_a_cleared_branch_decides_again() -> None:
    sim = a_branch()
    sim.play(lambda t, i: branch("r") if t == "b" else Done())
    for name in ("b", "l", "r", "join"):
        sim.to(name, TaskState.NONE)

    sim.play(lambda t, i: branch("l") if t == "b" else Done())

    assert sim.states() == {"b": "success", "l": "skipped", "r": "success", "join": "success"}


def test_a_short_circuit_skips_far_tasks_whatever_their_rule_but_not_what_ran() -> None:
    sim = Sim(
        topology(
            task("c", can_skip_downstream=True), task("x", "c"), task("y", "x", trigger_rule="all_done"),
            task("z", trigger_rule="always"),
        )
    )  # fmt: skip
    sim.settle_all()
    sim.finish(sim.row("z").id, Done())
    sim.finish(sim.row("c").id, branch("x", "y", "z"))
    sim.settle_all()

    assert sim.states() == {"c": "success", "x": "skipped", "y": "skipped", "z": "success"}


def test_a_branch_in_a_mapped_group_skips_its_own_index() -> None:
    g = GroupSpec(group_id="g", expansion=Expansion("expand", {"x": Literal(2)}))
    sim = Sim(
        topology(
            task("b", group_id="g", can_skip_downstream=True), task("l", "b", group_id="g"), task("r", "b", group_id="g"),
            groups=[g],
        )
    )  # fmt: skip

    sim.play(lambda t, i: branch("l" if i else "r", map_index=i) if t == "b" else Done())

    assert sim.states() == {
        "b[0]": "success", "b[1]": "success", "l[0]": "success", "l[1]": "skipped", "r[0]": "skipped", "r[1]": "success",
    }  # fmt: skip


def test_a_branch_skips_all_instances_of_a_mapped_task() -> None:
    m = task("m", "b", expansion=Expansion("expand", {"x": Literal(3)}))
    sim = Sim(topology(task("b", can_skip_downstream=True), m))

    sim.play(lambda t, i: branch("m") if t == "b" else Done())

    assert {v for k, v in sim.states().items() if k.startswith("m")} == {"skipped"}


def test_a_decision_without_index_is_not_about_instances_of_tasks_further_away() -> None:
    over = Expansion("expand", {"x": Literal(2)})
    sim = Sim(
        topology(
            task("b", can_skip_downstream=True),
            task("m", "b", expansion=over),
            task("n", "m", expansion=over, trigger_rule="all_done"),
        )
    )

    sim.play(lambda t, i: branch("m", "n") if t == "b" else Done())

    assert [sim.states()[f"{t}[{i}]"] for t in "mn" for i in (0, 1)] == ["skipped"] * 2 + ["success"] * 2


def test_an_instance_of_a_mapped_task_decides_about_its_own_index_right_after_it() -> None:
    sim = Sim(
        topology(
            task("b", can_skip_downstream=True, expansion=Expansion("expand", {"x": Literal(2)})),
            task("m", "b", expansion=Expansion("expand", {"x": Literal(3)})),
            task("n", "m", expansion=Expansion("expand", {"x": Literal(2)}), trigger_rule="all_done"),
            task("single", "b"),
        )
    )

    sim.play(lambda t, i: branch("m", "n", "single", map_index=1) if (t, i) == ("b", 1) else Done())

    assert [sim.states()[f"m[{i}]"] for i in range(3)] == ["success", "skipped", "success"]
    assert [sim.states()[name] for name in ("n[0]", "n[1]", "single")] == ["success"] * 3

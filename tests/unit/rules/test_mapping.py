"""Mapped tasks and groups: how many instances, when they appear, and what becomes of them."""

from __future__ import annotations

import pytest

from ostro.rules import mapping
from ostro.spec import Concat, Expansion, FromXCom, GroupSpec, Literal, MapInput, Mapped, Zipped
from ostro.states import TaskState
from support.simulation import Done, Sim, always, task, topology

XCOM = {"x": FromXCom("src")}


def over(**inputs: MapInput) -> Expansion:
    return Expansion("expand", inputs)


@pytest.mark.parametrize(
    ("expansion", "length"),
    [
        (over(x=Literal(2), y=Literal(3)), 6),
        (over(x=Literal(0), y=Literal(3)), 0),
        (over(x=FromXCom("a"), y=Literal(2)), 8),
        (over(x=Mapped(FromXCom("a"))), 4),
        (over(x=Zipped((FromXCom("a"), Literal(2)))), 2),
        (over(x=Zipped((FromXCom("a"), Literal(2)), fill=True)), 4),
        (over(x=Concat((FromXCom("a"), Literal(2)))), 6),
        (over(x=FromXCom("unknown"), y=Literal(2)), None),
        (over(x=FromXCom("unknown"), y=Literal(0)), None),
        (over(x=Zipped((FromXCom("unknown"), Literal(2)))), None),
    ],
)
def test_length(expansion: Expansion, length: int | None) -> None:
    assert mapping.length(expansion, lambda t, k: {"a": 4}.get(t)) == length


def test_literals_are_expanded_when_the_run_is_made() -> None:
    sim = Sim(topology(task("m", expansion=over(x=Literal(3))), task("z", expansion=over(x=Literal(0)))))

    assert sorted(sim.states()) == ["m[0]", "m[1]", "m[2]", "z"]
    assert sim.play(always()) == "success"
    assert sim.states()["z"] == "skipped"


def test_an_xcom_is_expanded_when_its_task_succeeded_and_followers_wait_for_all() -> None:
    sim = Sim(topology(task("src"), task("m", "src", expansion=Expansion("expand", XCOM)), task("end", "m")))
    sim.settle_all()
    sim.finish(sim.row("src").id, Done(xcoms={"return_value": 2}))

    out = sim.settle()
    assert [n.map_index for n in out.new] == [0, 1] and len(out.gone) == 1
    sim.settle_all()
    assert sim.states() == {"src": "success", "m[0]": "scheduled", "m[1]": "scheduled", "end": "none"}

    sim.finish(sim.row("m[0]").id, Done())
    sim.settle_all()
    assert sim.states()["end"] == "none"
    assert sim.play(always()) == "success"


@pytest.mark.parametrize(
    ("source", "mapped"),
    [
        (Done(xcoms={"return_value": 0}), "skipped"),
        (Done(xcoms={"return_value": None}), "upstream_failed"),
        (Done(), "upstream_failed"),
        (Done(TaskState.SKIPPED), "skipped"),
        (Done(TaskState.FAILED), "upstream_failed"),
    ],
)
@pytest.mark.parametrize("rule", ["all_success", "all_done", "none_failed"])
def test_without_a_list_it_is_never_expanded(source: Done, mapped: str, rule: str) -> None:
    sim = Sim(topology(task("src"), task("m", "src", expansion=Expansion("expand", XCOM), trigger_rule=rule)))

    sim.play(lambda t, i: source if t == "src" else Done())

    assert sim.states()["m"] == mapped


def test_over_a_mapped_task_counts_its_instances_with_a_value() -> None:
    a = task("src", expansion=over(x=Literal(3)))
    m = task("m", "src", expansion=Expansion("expand", XCOM), trigger_rule="none_failed")
    sim = Sim(topology(a, m))

    sim.play(
        lambda t, i: Done(TaskState.SKIPPED) if (t, i) == ("src", 1) else Done(xcoms={"return_value": None})
    )

    assert sorted(k for k in sim.states() if k.startswith("m")) == ["m[0]", "m[1]"]


def test_over_a_task_of_a_mapped_group_there_is_no_list() -> None:
    g = GroupSpec(group_id="g", expansion=over(x=Literal(2)))
    m = task("m", "src", expansion=Expansion("expand", XCOM))
    sim = Sim(topology(task("src", group_id="g"), m, groups=[g]))

    sim.play(lambda t, i: Done(xcoms={"return_value": 3}))

    assert sim.states() == {"src[0]": "success", "src[1]": "success", "m": "upstream_failed"}


def test_a_group_goes_depth_first() -> None:
    g = GroupSpec(group_id="g", expansion=over(x=Literal(2)))
    sim = Sim(topology(task("a", group_id="g"), task("b", "a", group_id="g"), task("end", "b"), groups=[g]))
    sim.settle_all()
    sim.finish(sim.row("a[1]").id, Done())
    sim.settle_all()

    assert sim.states() == {
        "a[0]": "scheduled", "a[1]": "success", "b[0]": "none", "b[1]": "scheduled", "end": "none",
    }  # fmt: skip

    sim.finish(sim.row("a[0]").id, Done(TaskState.FAILED))
    sim.finish(sim.row("b[1]").id, Done())
    assert sim.play(always()) == "failed"
    assert sim.states()["b[0]"] == sim.states()["end"] == "upstream_failed"


@pytest.mark.parametrize(
    ("rule", "group", "names"),
    [
        ("one_success", "g", ["b[0]", "b[1]"]),
        ("one_done", "g", ["b[0]", "b[1]"]),
        ("one_failed", "g", ["b"]),
        ("one_failed", "inner", ["b"]),
    ],
)
def test_a_fast_rule_looks_at_all_instances_until_it_is_expanded(
    rule: str, group: str, names: list[str]
) -> None:
    groups = [
        GroupSpec(group_id="g", expansion=Expansion("expand", XCOM)),
        GroupSpec(group_id="inner", parent="g"),
    ]
    sim = Sim(
        topology(
            task("src"),
            task("a", "src", group_id="g"),
            task("b", "a", group_id=group, trigger_rule=rule),
            groups=groups,
        )
    )

    sim.play(lambda t, i: Done(xcoms={"return_value": 2}))

    assert [k for k in sim.states() if k.startswith("b")] == names


def test_a_group_task_is_expanded_when_the_task_before_it_was() -> None:
    """The list is there before the first task of the group may start."""
    g = GroupSpec(group_id="g", expansion=Expansion("expand", XCOM))
    sim = Sim(
        topology(
            task("src"), task("gate"), task("a", "src", "gate", group_id="g"), task("b", "a", group_id="g"), groups=[g]
        )
    )  # fmt: skip

    assert sim.play(lambda t, i: Done(xcoms={"return_value": 2})) == "success"
    assert sim.states()["b[1]"] == "success"


def test_a_shorter_list_removes_and_a_longer_one_adds_and_revives() -> None:
    sim = Sim(topology(task("src"), task("m", "src", expansion=Expansion("expand", XCOM)), task("end", "m")))

    def length(n: int) -> None:
        for name in list(sim.states()):
            if sim.states()[name] != "removed":
                sim.to(name, TaskState.NONE)
        assert sim.play(always(return_value=n)) == "success"

    sim.play(always(return_value=3))
    length(1)
    assert sim.states() == {
        "src": "success",
        "m[0]": "success",
        "m[1]": "removed",
        "m[2]": "removed",
        "end": "success",
    }
    length(4)
    assert sim.states() == {
        "src": "success", "m[0]": "success", "m[1]": "success", "m[2]": "success", "m[3]": "success", "end": "success",
    }  # fmt: skip
    length(0)
    assert {v for k, v in sim.states().items() if k.startswith("m")} == {"removed"}


def test_which_upstream_instance_counts() -> None:
    g = GroupSpec(group_id="g", expansion=over(x=Literal(2)))
    topo = topology(task("o"), task("a", "o", group_id="g"), task("b", "a", group_id="g"), groups=[g])

    assert mapping.relevant_map_indexes(topo, 2, 1, 1) == 1
    assert mapping.relevant_map_indexes(topo, 1, 0, 1) is None


def test_sources_are_told() -> None:
    topo = topology(
        task("src"), task("m", "src", expansion=over(x=Mapped(FromXCom("src", "k")), y=Literal(1)))
    )

    assert mapping.sources(topo) == {("src", "k")}


def test_ten_thousand_instances() -> None:
    sim = Sim(
        topology(
            task("m", expansion=over(x=Literal(10_000))), task("n", "m", expansion=over(x=Literal(10_000)))
        )
    )
    first = sim.settle()
    assert len(first.moves) == 10_000

    for ti in sim.ready():
        sim.finish(ti, Done())
        sim.settle()

    assert len(sim.ready()) == 10_000

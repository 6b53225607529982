"""The layered drawing: every node once, edges forward, few crossings, the same each time, soon enough."""

from __future__ import annotations

import random

import pytest

from ostro.rules.layering import layered
from ostro.rules.layout import ROOT, Level, levels


def layer_of(level: Level) -> dict[int, int]:
    return {node: number for number, layer in enumerate(level.layers) for node in layer if node >= 0}


def crossings(level: Level) -> int:
    """Counted one pair at a time; edges over several layers go by way of their bends."""
    place = {node: at for layer in level.layers for at, node in enumerate(layer) if node >= 0}
    where = layer_of(level)
    bends: dict[tuple[int, int], int] = {
        (-entry - 1, number): at
        for number, layer in enumerate(level.layers)
        for at, entry in enumerate(layer)
        if entry < 0
    }
    pieces: dict[int, list[tuple[int, int]]] = {}
    for number, (source, target) in enumerate(level.edges):
        begin = place[source]
        for layer in range(where[source], where[target]):
            end = place[target] if layer + 1 == where[target] else bends[(number, layer + 1)]
            pieces.setdefault(layer, []).append((begin, end))
            begin = end
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0
        for between in pieces.values()
        for at, a in enumerate(between)
        for b in between[:at]
    )


def test_edges_lead_to_later_layers_and_every_node_stands_once() -> None:
    rng = random.Random(7)
    edges = [(rng.randint(0, at - 1), at) for at in range(1, 200) for _ in range(2)]
    (level,) = levels([ROOT] * 200, edges)
    where = layer_of(level)
    assert sorted(where) == list(range(200))
    assert all(where[source] < where[target] for source, target in level.edges)
    for number, (source, target) in enumerate(level.edges):
        bends = [at for at, layer in enumerate(level.layers) if -number - 1 in layer]
        assert bends == list(range(where[source] + 1, where[target]))


def test_a_node_without_predecessors_stands_right_before_its_first_successor() -> None:
    (level,) = levels([ROOT] * 5, [(0, 1), (1, 2), (2, 3), (4, 3)])
    assert layer_of(level) == {0: 0, 1: 1, 2: 2, 3: 3, 4: 2}


def test_two_ladders_that_are_told_mixed_up_do_not_cross() -> None:
    edges = [(0, 3), (1, 2), (2, 5), (3, 4), (4, 7), (5, 6)]
    (level,) = levels([ROOT] * 8, edges)
    assert crossings(level) == 0


def test_a_tree_is_drawn_without_crossings() -> None:
    rng = random.Random(3)
    order = list(range(63))
    rng.shuffle(order)
    edges = [(order[at // 2], order[at + 1]) for at in range(62)]
    (level,) = levels([ROOT] * 63, edges)
    assert crossings(level) == 0


def test_groups_are_drawings_of_their_own_and_edges_belong_where_their_ends_meet() -> None:
    # Tasks 0 and 1 in group 4, tasks 2 and 3 in group 5, which is in group 6.
    parents = [4, 4, 5, 5, ROOT, 6, ROOT]
    found = {level.group: level for level in levels(parents, [(0, 1), (1, 2), (0, 3), (2, 3)])}
    assert found[ROOT].edges == [(4, 6)]
    assert found[ROOT].layers == [[4], [6]]
    assert found[4].edges == [(0, 1)]
    assert found[6].layers == [[5]]
    assert found[5].layers == [[2], [3]]


def test_tasks_with_edges_to_the_outside_only_stand_at_the_side_of_these() -> None:
    # 0 → 1 inside the group 4; 2 only gets an edge from outside, 3 only gives one.
    parents = [4, 4, 4, 4, ROOT, ROOT, ROOT]
    found = {level.group: level for level in levels(parents, [(0, 1), (5, 2), (3, 6)])}
    assert layer_of(found[4]) == {0: 0, 2: 0, 1: 1, 3: 1}


def test_groups_that_wait_for_each_other_are_still_drawn() -> None:
    # Group 4 holds 0 and 3, group 5 holds 1 and 2: 0 → 1 and 2 → 3 make a cycle of groups.
    found = {level.group: level for level in levels([4, 5, 5, 4, ROOT, ROOT], [(0, 1), (2, 3)])}
    assert sorted(layer_of(found[ROOT])) == [4, 5]
    assert found[ROOT].edges == [(4, 5), (5, 4)]


def test_loose_tasks_make_a_block() -> None:
    (level,) = levels([ROOT] * 100, [])
    assert len(level.layers) == 5
    assert sorted(layer_of(level)) == list(range(100))


def test_an_edge_to_itself_is_left_out() -> None:
    assert layered(2, [(0, 0), (0, 1)]).layers == [[0], [1]]


@pytest.mark.parametrize("edges", [[], [(0, 1)]])
def test_the_same_graph_is_always_drawn_the_same_way(edges: list[tuple[int, int]]) -> None:
    rng = random.Random(5)
    many = edges + [(rng.randint(0, at - 1), at) for at in range(2, 300) for _ in range(3)]
    assert levels([ROOT] * 300, many) == levels([ROOT] * 300, list(many))


def test_work_is_bounded() -> None:
    """The longest edges of a huge graph go without bends, so that what is drawn stays in proportion."""
    count = 3_000
    edges = [(at - 1, at) for at in range(1, count)] + [(0, at) for at in range(2, count)]
    (level,) = levels([ROOT] * count, edges)
    assert sum(len(layer) for layer in level.layers) <= count + 30_000

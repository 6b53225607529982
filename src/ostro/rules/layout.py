"""The drawing of a DAG, without sizes: what stands in which layer, group by group.

Every group is a drawing of its own whose nodes are its tasks and the groups right inside it; so the page can open and
fold any group and only put the parts together again, which is linear. An edge belongs to the innermost group around both of
its ends, between the two nodes there that hold them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ostro.rules.layering import Edge, layered

#: In place of a group: the DAG itself.
ROOT = -1


class Level(NamedTuple):
    """The drawing inside one group."""

    #: Number of the group's node, `ROOT` for the DAG itself.
    group: int
    #: Entries per layer: a node ≥ 0, or the bend of `edges[-entry - 1]`.
    layers: list[list[int]]
    #: Edges between nodes of this level, each once.
    edges: list[Edge]


def levels(parents: Sequence[int], edges: Sequence[Edge]) -> list[Level]:
    """The drawing of each group that has something in it, the DAG itself first.

    `parents`: per node the node of the group around it, or `ROOT`; `edges` between any two nodes.
    """
    children: dict[int, list[int]] = {ROOT: []}
    for node, parent in enumerate(parents):
        children.setdefault(parent, []).append(node)
    depth = _depths(parents)
    inside: dict[int, dict[Edge, None]] = {}
    #: Per node below the level of an edge of its own: whether it only leads out.
    outer: dict[int, bool] = {}
    for source, target in edges:
        parent, edge = _lifted(source, target, parents, depth)
        if edge[0] != edge[1]:
            inside.setdefault(parent, {})[edge] = None
        for end, upper, leads_out in ((source, edge[0], True), (target, edge[1], False)):
            at = end
            while at != upper:
                outer[at] = outer.get(at, True) and leads_out
                at = parents[at]
    among = len(parents) + sum(len(own) for own in inside.values())
    found = []
    for group, nodes in children.items():
        number = {node: at for at, node in enumerate(nodes)}
        own = list(inside.get(group, ()))
        layering = layered(
            len(nodes),
            [(number[a], number[b]) for a, b in own],
            outer={at: outer[node] for node, at in number.items() if node in outer},
            among=among,
        )
        found.append(Level(group, [[nodes[e] if e >= 0 else e for e in one] for one in layering.layers], own))
    return found


def _depths(parents: Sequence[int]) -> list[int]:
    depth = [-1] * len(parents)
    for node in range(len(parents)):
        way = []
        at = node
        while at != ROOT and depth[at] < 0:
            way.append(at)
            at = parents[at]
        known = -1 if at == ROOT else depth[at]
        for below in reversed(way):
            known += 1
            depth[below] = known
    return depth


def _lifted(source: int, target: int, parents: Sequence[int], depth: Sequence[int]) -> tuple[int, Edge]:
    """The innermost group around both ends, and the edge between its nodes."""
    while depth[source] > depth[target]:
        source = parents[source]
    while depth[target] > depth[source]:
        target = parents[target]
    while parents[source] != parents[target]:
        source, target = parents[source], parents[target]
    return parents[source], (source, target)

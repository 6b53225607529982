"""Where the nodes of a directed graph stand in a layered drawing: which layer, and in which order within it.

The steps of Sugiyama, Tagawa and Toda (1981): edges against the stream are set aside, each node goes one layer after its
last predecessor, edges over several layers get a bend in each layer between, and sweeps by barycentre order the layers so
that few edges cross. All in integers and without chance, so the same graph is always drawn the same way. Each step is
linear in nodes and edges but for the sorting; how many sweeps and bends there are is bounded by the size of the graph.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from math import isqrt
from typing import NamedTuple

#: Steps of work for all sweeps together, and the fewest and most sweeps.
SWEEP_BUDGET = 500_000
SWEEPS = (2, 16)
#: Most bends; the longest edges go without when it is spent.
MAX_BENDS = 30_000
#: Graphs with more edges are not counted for crossings: the last sweep is taken as it is.
COUNT_UP_TO = 4_000
#: Up to so many nodes without an edge stand in one layer; more are put into a block.
LOOSE_IN_ONE_LAYER = 8

Edge = tuple[int, int]


class Layering(NamedTuple):
    """Layers from the source side on. An entry ≥ 0 is a node, an entry < 0 the bend of edge number -entry - 1."""

    layers: list[list[int]]


def layered(
    count: int, edges: Sequence[Edge], *, outer: Mapping[int, bool] | None = None, among: int = 0
) -> Layering:
    """Layers of a graph of `count` nodes. Edges may form cycles; an edge from a node to itself is left out.

    `outer`: nodes with edges to what is outside of this graph; True = they only lead out. Those without an edge inside stand
    at the side where theirs come from, so that none crosses its neighbours. `among`: nodes and edges of the whole drawing
    that this is a part of; the parts share the bound of the work.
    """
    outer = outer or {}
    forward = _along_the_stream(count, edges)
    tied = {node for number in forward for node in edges[number]}
    layer = _layers(count, edges, forward, tied)
    last = max((layer[node] for node in tied), default=0)
    for node, leads_out in outer.items():
        if node not in tied:
            layer[node] = last if leads_out else 0
    tied.update(outer)
    placed, up, down = _with_bends(count, edges, forward, layer, tied)
    _order(placed, up, down, among)
    _add_loose([node for node in range(count) if node not in tied], placed)
    return Layering([[_entry(node, count) for node in one] for one in placed])


def _entry(node: int, count: int) -> int:
    return node if node < count else -((node - count) // _STRIDE) - 1


#: Bends are numbered beyond the nodes: count + edge * stride + place on the edge.
_STRIDE = 1 << 20


def _along_the_stream(count: int, edges: Sequence[Edge]) -> list[int]:
    """Numbers of the edges that lead forward when nodes are taken as soon as nothing is before them; where a cycle leaves
    none, the one with the lowest number goes first."""
    out: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for number, (source, target) in enumerate(edges):
        if source != target:
            out[source].append(number)
            waits[target] += 1
    ready = [node for node in range(count) if not waits[node]]
    taken = [False] * count
    forward: list[int] = []
    following = 0
    done = 0
    while done < count:
        if not ready:
            while taken[following] or not waits[following]:
                following += 1
            waits[following] = 0
            ready.append(following)
        node = ready.pop()
        taken[node] = True
        done += 1
        for number in out[node]:
            target = edges[number][1]
            if taken[target]:
                continue
            forward.append(number)
            if waits[target] > 0:
                waits[target] -= 1
                if not waits[target]:
                    ready.append(target)
    return forward


def _layers(count: int, edges: Sequence[Edge], forward: list[int], tied: set[int]) -> list[int]:
    """One layer after the last predecessor; a node without a predecessor right before its first successor."""
    out: list[list[int]] = [[] for _ in range(count)]
    waits = [0] * count
    for number in forward:
        source, target = edges[number]
        out[source].append(target)
        waits[target] += 1
    begins = [node for node in sorted(tied) if not waits[node]]
    ready = list(begins)
    layer = [0] * count
    while ready:
        node = ready.pop()
        for target in out[node]:
            layer[target] = max(layer[target], layer[node] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    for node in begins:
        layer[node] = min(layer[target] for target in out[node]) - 1
    return layer


def _with_bends(
    count: int, edges: Sequence[Edge], forward: list[int], layer: list[int], tied: set[int]
) -> tuple[list[list[int]], dict[int, list[int]], dict[int, list[int]]]:
    """The layers with nodes and bends in the order of their numbers, and the neighbours on both sides."""
    placed: list[list[int]] = [[] for _ in range(max((layer[n] for n in tied), default=-1) + 1)]
    for node in sorted(tied):
        placed[layer[node]].append(node)
    up: dict[int, list[int]] = {}
    down: dict[int, list[int]] = {}
    left = MAX_BENDS
    for number in sorted(forward, key=lambda n: (layer[edges[n][1]] - layer[edges[n][0]], n)):
        source, target = edges[number]
        before = source
        bends = layer[target] - layer[source] - 1
        if bends <= left:
            left -= bends
            for place in range(bends):
                bend = count + number * _STRIDE + place
                placed[layer[source] + 1 + place].append(bend)
                up[bend] = [before]
                down.setdefault(before, []).append(bend)
                before = bend
        up.setdefault(target, []).append(before)
        down.setdefault(before, []).append(target)
    return placed, up, down


def _order(placed: list[list[int]], up: dict[int, list[int]], down: dict[int, list[int]], among: int) -> None:
    """Sort the layers so that few edges cross."""
    if len(placed) < 2:
        return
    work = max(among, sum(len(one) for one in placed) + sum(len(one) for one in down.values()))
    _depth_first(placed, up, down)
    place = {node: number for one in placed for number, node in enumerate(one)}
    is_counted = work <= COUNT_UP_TO
    best = [list(one) for one in placed]
    fewest = _crossings(placed, down, place) if is_counted else None
    for sweep in range(max(SWEEPS[0], min(SWEEPS[1], SWEEP_BUDGET // work))):
        if fewest == 0:
            break
        beside, order = (
            (up, range(1, len(placed))) if sweep % 2 == 0 else (down, range(len(placed) - 2, -1, -1))
        )
        for number in order:
            one = placed[number]
            centre = {
                node: (
                    sum(place[b] for b in near) * 1024 // len(near)
                    if (near := beside.get(node))
                    else place[node] * 1024
                )
                for node in one
            }
            one.sort(key=lambda node: (centre[node], place[node]))
            for at, node in enumerate(one):
                place[node] = at
        if fewest is not None:
            now = _crossings(placed, down, place)
            if now < fewest:
                fewest, best = now, [list(one) for one in placed]
    if fewest is not None:
        placed[:] = best


def _depth_first(placed: list[list[int]], up: dict[int, list[int]], down: dict[int, list[int]]) -> None:
    """A first order in which what belongs together stands together: in the order of a walk from the first node on."""
    seen: dict[int, int] = {}
    for one in placed:
        for first in one:
            walk = [first]
            while walk:
                node = walk.pop()
                if node in seen:
                    continue
                seen[node] = len(seen)
                walk += reversed(down.get(node, ()))
                walk += [b for b in up.get(node, ()) if b not in seen]
    for one in placed:
        one.sort(key=seen.__getitem__)


def _crossings(placed: list[list[int]], down: dict[int, list[int]], place: dict[int, int]) -> int:
    """How often edges between neighbouring layers cross."""
    total = 0
    for one in placed:
        ends: list[int] = []
        for node in one:
            targets = sorted(place[t] for t in down.get(node, ()))
            total += sum(len(ends) - bisect_right(ends, target) for target in targets)
            for target in targets:
                insort(ends, target)
    return total


def _add_loose(loose: list[int], placed: list[list[int]]) -> None:
    """Nodes without an edge: below the first layer, or as a block when they are many."""
    height = (
        LOOSE_IN_ONE_LAYER
        if len(loose) <= LOOSE_IN_ONE_LAYER
        else max(LOOSE_IN_ONE_LAYER, 2 * isqrt(len(loose)))
    )
    for number, node in enumerate(loose):
        layer = number // height
        if layer == len(placed):
            placed.append([])
        placed[layer].append(node)

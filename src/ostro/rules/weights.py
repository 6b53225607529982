"""Effective priority weights: who goes first when slots are short."""

from __future__ import annotations

from collections.abc import Iterable

from ostro.spec import Topology

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


def effective_weights(topology: Topology) -> list[int]:
    """Per task index. downstream: own weight and that of every task after it; upstream: before it; absolute: own.

    Any other rule name belongs to a custom weight rule, whose value the DAG file computed already: taken as it is.
    Clamped to 32 bits. Instances of a mapped task count once.
    """
    n = len(topology.tasks)
    own = [t.priority_weight for t in topology.tasks]
    masks: dict[int, int] = {}
    for index, weight in enumerate(own):
        masks[weight] = masks.get(weight, 0) | 1 << index
    rules = {t.weight_rule for t in topology.tasks}
    after = _closure(topology.downstream, range(n - 1, -1, -1)) if "downstream" in rules else []
    before = _closure(topology.upstream, range(n)) if "upstream" in rules else []
    weights = []
    for index, task in enumerate(topology.tasks):
        reach = 0
        if task.weight_rule == "downstream":
            reach = after[index]
        elif task.weight_rule == "upstream":
            reach = before[index]
        total = own[index] + sum(weight * (reach & mask).bit_count() for weight, mask in masks.items())
        weights.append(max(INT32_MIN, min(INT32_MAX, total)))
    return weights


def _closure(edges: list[tuple[int, ...]], order: Iterable[int]) -> list[int]:
    """Per task a set of tasks as the bits of one integer: small enough for DAGs of ten thousand tasks."""
    reach = [0] * len(edges)
    for i in order:
        bits = 0
        for j in edges[i]:
            bits |= reach[j] | 1 << j
        reach[i] = bits
    return reach

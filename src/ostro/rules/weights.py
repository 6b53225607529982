"""Effective priority weights: who goes first when slots are short."""

from __future__ import annotations

from collections.abc import Iterable

from ostro.spec import Topology

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


def effective_weights(topology: Topology) -> list[int]:
    """Per task index. downstream: own weight and that of every task after it; upstream: before it; absolute: own.

    Any other rule name belongs to a strategy of the author's own, asked when the file was parsed: that of the first try.
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
        if task.strategy_weights:
            weights.append(clamped(task.strategy_weights[0]))
            continue
        total = own[index] + sum(weight * (reach & mask).bit_count() for weight, mask in masks.items())
        weights.append(clamped(total))
    return weights


def weights_by_try(topology: Topology) -> dict[int, tuple[int, ...]]:
    """Per index of a task whose strategy gives tries different weights: those, the last one for all further tries."""
    return {
        index: tuple(clamped(weight) for weight in task.strategy_weights)
        for index, task in enumerate(topology.tasks)
        if len(set(task.strategy_weights)) > 1
    }


def clamped(weight: int) -> int:
    """The weight within 32 bits."""
    return max(INT32_MIN, min(INT32_MAX, weight))


def _closure(edges: list[tuple[int, ...]], order: Iterable[int]) -> list[int]:
    """Per task a set of tasks as the bits of one integer: small enough for DAGs of ten thousand tasks."""
    reach = [0] * len(edges)
    for i in order:
        bits = 0
        for j in edges[i]:
            bits |= reach[j] | 1 << j
        reach[i] = bits
    return reach

"""Lengths of mapped tasks, and which instances of an upstream task count for which map index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod

from ostro.spec import Concat, Expansion, FromXCom, Literal, MapInput, Mapped, Topology, Zipped

#: Length of an XCom by task id and key; None when nobody pushed a value that has one.
Lookup = Callable[[str, str], int | None]


def expansion_of(topology: Topology, index: int) -> Expansion | None:
    """The expansion that multiplies a task: its own, or that of the innermost mapped group around it."""
    own = topology.tasks[index].expansion
    if own is not None:
        return own
    group = topology.mapped_group[index]
    return None if group is None else topology.groups[group].expansion


def xcoms_of(expansion: Expansion) -> Iterator[FromXCom]:
    """Every XCom that an expansion depends on."""
    for one in expansion.inputs.values():
        yield from _leaves(one)


def sources(topology: Topology) -> frozenset[tuple[str, str]]:
    """(task id, key) of every XCom that something maps over: the ones whose lengths the engine must know."""
    found: set[tuple[str, str]] = set()
    for index in range(len(topology.tasks)):
        expansion = expansion_of(topology, index)
        if expansion is not None:
            found.update((x.task_id, x.key) for x in xcoms_of(expansion))
    return frozenset(found)


def length(expansion: Expansion, lookup: Lookup) -> int | None:
    """Number of instances: the product of the inputs' lengths. None when a value without length is among them."""
    lengths = [input_length(one, lookup) for one in expansion.inputs.values()]
    known = [n for n in lengths if n is not None]
    return prod(known) if len(known) == len(lengths) else None


def input_length(one: MapInput, lookup: Lookup) -> int | None:
    """Length of one input; None when it has none."""
    if isinstance(one, Literal):
        return one.length
    if isinstance(one, FromXCom):
        return lookup(one.task_id, one.key)
    if isinstance(one, Mapped):
        return input_length(one.of, lookup)
    parts = [input_length(part, lookup) for part in one.of]
    known = [n for n in parts if n is not None]
    if len(known) < len(parts):
        return None
    if isinstance(one, Concat):
        return sum(known)
    return max(known, default=0) if one.fill else min(known, default=0)


def literal_length(expansion: Expansion) -> int | None:
    """The length when it is known from the DAG file alone."""
    return length(expansion, lambda task_id, key: None)


def relevant_map_indexes(topology: Topology, task: int, upstream: int, map_index: int) -> int | None:
    """Which instances of `upstream` count for instance `map_index` of `task`: one index, or None for all.

    Tasks of the same mapped group go depth first: b[3] looks at a[3] only.
    """
    group = topology.mapped_group[task]
    if group is None or topology.mapped_group[upstream] != group:
        return None
    return map_index


def _leaves(one: MapInput) -> Iterator[FromXCom]:
    if isinstance(one, FromXCom):
        yield one
    elif isinstance(one, Mapped):
        yield from _leaves(one.of)
    elif isinstance(one, Zipped | Concat):
        for part in one.of:
            yield from _leaves(part)

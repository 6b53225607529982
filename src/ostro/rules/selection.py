"""Which tasks a command of a user means: the ones it names, with what is upstream or downstream of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ostro.records import TaskInstanceRecord
from ostro.rules.setup_teardown import companions, teardowns_of
from ostro.spec import Topology

#: Task id -> map indexes that are meant, None = all of them.
Selection = Mapping[str, frozenset[int] | None]


def named(tasks: Iterable[str | tuple[str, int]]) -> dict[str, frozenset[int] | None]:
    """A selection of task ids and (task id, map index) pairs. A bare id means all instances, whatever else is said."""
    found: dict[str, frozenset[int] | None] = {}
    for one in tasks:
        if isinstance(one, str):
            found[one] = None
        elif (before := found.get(one[0], frozenset())) is not None:
            found[one[0]] = before | {one[1]}
    return found


def widened(
    topology: Topology, selection: Selection, *, upstream: bool, downstream: bool, with_setups: bool
) -> dict[str, frozenset[int] | None]:
    """The selection with tasks before or after it; `with_setups` adds the setups and teardowns that belong to them.

    Tasks that are added are meant with all their instances. Task ids that the topology does not know are kept.
    """
    start = [topology.index[t] for t in selection if t in topology.index]
    added: set[int] = set()
    for index in start:
        if downstream:
            added |= topology.all_downstream[index]
        if upstream:
            added |= topology.all_upstream[index]
    if with_setups:
        for index in {*start, *added}:
            added |= companions(topology, index)
        if upstream:
            for index in [i for i in added if topology.tasks[i].is_setup]:
                added |= teardowns_of(topology, index)
    whole = {topology.tasks[i].task_id: None for i in added}
    return {**whole, **selection}


def chosen(selection: Selection, instances: Iterable[TaskInstanceRecord]) -> list[TaskInstanceRecord]:
    """The instances that a selection means."""
    found = []
    for instance in instances:
        if instance.task_id in selection:
            indexes = selection[instance.task_id]
            if indexes is None or instance.map_index in indexes:
                found.append(instance)
    return found

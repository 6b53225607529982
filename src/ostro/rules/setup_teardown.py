"""Setups and teardowns: which setups a task stands on, what a teardown waits for.

Source: Airflow's documentation, "Core concepts / Setup and Teardown". A setup covers the tasks between it and its
teardowns; a setup without teardown covers everything after it. A teardown runs when its setup succeeded, whatever
became of the work, but not before every task in between is finished.
"""

from __future__ import annotations

from ostro.spec import Topology


def relevant_setups(topology: Topology, index: int) -> frozenset[int]:
    """Setups before a task (at any distance) that cover it."""
    teardowns_after = {i for i in topology.all_downstream[index] if topology.tasks[i].is_teardown}
    found = set()
    for up in topology.all_upstream[index]:
        if not topology.tasks[up].is_setup:
            continue
        own = [d for d in topology.downstream[up] if topology.tasks[d].is_teardown]
        if not own or teardowns_after.intersection(own):
            found.add(up)
    return frozenset(found)


def indirect_setups(topology: Topology, index: int) -> frozenset[int]:
    """Covering setups that are no direct upstream: an unwritten dependency of every task that is no teardown."""
    if topology.tasks[index].is_teardown:
        return frozenset()
    return relevant_setups(topology, index) - frozenset(topology.upstream[index])


def between(topology: Topology, index: int) -> frozenset[int]:
    """Tasks between a teardown and its setups that are no direct upstream of it: it waits for them too."""
    if not topology.tasks[index].is_teardown:
        return frozenset()
    covered: set[int] = set()
    for up in topology.upstream[index]:
        if topology.tasks[up].is_setup:
            covered |= topology.all_downstream[up]
    return frozenset(covered & topology.all_upstream[index]) - frozenset(topology.upstream[index])


def companions(topology: Topology, index: int) -> frozenset[int]:
    """Setups and teardowns that are cleared with a task.

    Of work: its covering setups and their teardowns. Of a setup: its teardowns. Of a teardown: nothing.
    """
    task = topology.tasks[index]
    if task.is_setup:
        return teardowns_of(topology, index)
    found: set[int] = set()
    if not task.is_teardown:
        for setup in relevant_setups(topology, index):
            found |= {setup} | teardowns_of(topology, setup)
    return frozenset(found)


def teardowns_of(topology: Topology, setup: int) -> frozenset[int]:
    """The teardowns directly after a setup."""
    return frozenset(d for d in topology.downstream[setup] if topology.tasks[d].is_teardown)


def effective_leaves(topology: Topology) -> tuple[int, ...]:
    """Tasks that decide the state of a run: the last ones, teardowns left out unless they ask to count."""

    def counts(i: int) -> bool:
        task = topology.tasks[i]
        return not task.is_teardown or task.on_failure_fail_dagrun

    found = tuple(
        i
        for i in range(len(topology.tasks))
        if counts(i) and not any(counts(d) for d in topology.downstream[i])
    )
    return found or topology.leaves

"""What all runs of one DAG version share: who watches whom, and what a task stands on. Computed once."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple
from weakref import WeakKeyDictionary

from ostro.rules import mapping, past, setup_teardown, trigger_rules, weights
from ostro.spec import Topology


class Channel(IntEnum):
    """Why one task watches another."""

    #: A written dependency, judged by the trigger rule.
    DIRECT = 0
    #: A setup that covers the task without being its direct upstream.
    SETUP = 1
    #: Work between a setup and the watching teardown.
    BETWEEN = 2
    #: The watching task maps over an XCom of the other.
    SOURCE = 3


class Watcher(NamedTuple):
    """`task` looks at the watched task: at the instance of the same map index only when `shared`."""

    task: int
    channel: Channel
    shared: bool


class Needs(NamedTuple):
    """What one try of a task asks for. `weight`: larger first."""

    pool: str
    pool_slots: int
    queue: str
    weight: int
    executor: str | None
    retries: int


class Plan:
    """Arrays by task index."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        n = len(topology.tasks)
        self.rule = [trigger_rules.canonical(t.trigger_rule) for t in topology.tasks]
        self.weight = weights.effective_weights(topology)
        self._by_try = weights.weights_by_try(topology)
        self.leaves = setup_teardown.effective_leaves(topology)
        self.expansion = [mapping.expansion_of(topology, i) for i in range(n)]
        self.sources = [self._sources(i) for i in range(n)]
        #: Task id -> XCom keys that others map over.
        self.source_keys: dict[str, tuple[str, ...]] = {}
        for task_id, key in sorted(mapping.sources(topology)):
            self.source_keys[task_id] = (*self.source_keys.get(task_id, ()), key)
        self.needs_past = [past.needs_past(t) for t in topology.tasks]
        self.is_setup = [t.is_setup for t in topology.tasks]
        #: Direct upstream tasks that may have decided to skip this one.
        self.deciders = [
            tuple(u for u in ups if topology.tasks[u].can_skip_downstream) for ups in topology.upstream
        ]
        #: Per task: those who must look again when one of its instances changes.
        self.watchers: list[list[Watcher]] = [[] for _ in range(n)]
        #: Per channel and task: the watched tasks.
        self.watches: list[list[tuple[int, ...]]] = [[()] * n for _ in Channel]
        #: Per channel and task: watched tasks inside the same mapped group, looked at index by index.
        self.shared: list[list[tuple[int, ...]]] = [[()] * n for _ in Channel]
        setups_exist = any(self.is_setup)
        for i in range(n):
            self._watch(i, Channel.DIRECT, topology.upstream[i])
            if setups_exist:
                self._watch(i, Channel.SETUP, sorted(setup_teardown.indirect_setups(topology, i)))
                self._watch(i, Channel.BETWEEN, sorted(setup_teardown.between(topology, i)))
            self._watch(i, Channel.SOURCE, self.sources[i])
        #: All instances of the task stand on the same: one verdict is good for all.
        self.uniform = [not any(self.shared[c][i] for c in Channel) for i in range(n)]
        self.has_setups = [bool(w) for w in self.watches[Channel.SETUP]]
        self.has_between = [bool(w) for w in self.watches[Channel.BETWEEN]]

    def weight_of(self, index: int, try_number: int) -> int:
        """The weight of one try of a task, as its weight rule makes it."""
        by_try = self._by_try.get(index)
        return self.weight[index] if by_try is None else by_try[min(max(try_number, 1), len(by_try)) - 1]

    def needs_of(self, index: int, run_type: str, try_number: int = 1) -> Needs:
        """What one try of a task asks for in a run of this kind: as a policy says, else as the task does."""
        task = self.topology.tasks[index]
        weight = self.weight_of(index, try_number)
        by_try = (task.placings.get(run_type) or task.placings.get("")) if task.placings else None
        if not by_try:
            return Needs(task.pool, task.pool_slots, task.queue, weight, task.executor, task.retries)
        told = by_try[min(max(try_number, 1), len(by_try)) - 1]
        return Needs(
            told.pool or task.pool,
            told.pool_slots or task.pool_slots,
            told.queue or task.queue,
            weight if told.priority_weight is None else weights.clamped(told.priority_weight),
            told.executor or task.executor,
            task.retries if by_try[0].retries is None else by_try[0].retries,
        )

    def moves(self, index: int) -> bool:
        """Whether a policy sends tries of the task to different places."""
        return any(len(by_try) > 1 for by_try in self.topology.tasks[index].placings.values())

    def _sources(self, index: int) -> tuple[int, ...]:
        expansion = self.expansion[index]
        if expansion is None:
            return ()
        ids = {x.task_id for x in mapping.xcoms_of(expansion)}
        return tuple(sorted(self.topology.index[t] for t in ids))

    def _watch(self, index: int, channel: Channel, watched: tuple[int, ...] | list[int]) -> None:
        group = self.topology.mapped_group[index]
        self.watches[channel][index] = tuple(watched)
        together = []
        for other in watched:
            shared = group is not None and self.topology.mapped_group[other] == group
            self.watchers[other].append(Watcher(index, channel, shared))
            if shared:
                together.append(other)
        self.shared[channel][index] = tuple(together)


_plans: WeakKeyDictionary[Topology, Plan] = WeakKeyDictionary()


def plan_of(topology: Topology) -> Plan:
    """The plan of a topology; made at the first call, kept as long as the topology lives."""
    plan = _plans.get(topology)
    if plan is None:
        plan = _plans[topology] = Plan(topology)
    return plan

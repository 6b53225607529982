"""Integer-indexed graph of a DAG, computed once per version and shared by all its runs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ostro.spec.dag import DagSpec, GroupSpec
from ostro.spec.task import TaskSpec


class Topology:
    """Tasks by index (their order in the spec, which is topological), edges as index tuples."""

    def __init__(self, spec: DagSpec) -> None:
        self.spec = spec
        self.tasks: tuple[TaskSpec, ...] = spec.tasks
        self.index: dict[str, int] = {t.task_id: i for i, t in enumerate(spec.tasks)}
        self.groups: dict[str, GroupSpec] = {g.group_id: g for g in spec.groups}
        self.upstream: list[tuple[int, ...]] = [tuple(self.index[u] for u in t.upstream) for t in spec.tasks]
        down: list[list[int]] = [[] for _ in spec.tasks]
        for i, ups in enumerate(self.upstream):
            for u in ups:
                down[u].append(i)
        self.downstream: list[tuple[int, ...]] = [tuple(d) for d in down]

    @cached_property
    def leaves(self) -> tuple[int, ...]:
        """Indices of tasks without downstream."""
        return tuple(i for i, d in enumerate(self.downstream) if not d)

    @cached_property
    def all_downstream(self) -> list[frozenset[int]]:
        """Per task: every task after it."""
        return _closure(self.downstream, range(len(self.tasks) - 1, -1, -1))

    @cached_property
    def all_upstream(self) -> list[frozenset[int]]:
        """Per task: every task before it."""
        return _closure(self.upstream, range(len(self.tasks)))

    @cached_property
    def mapped_group(self) -> list[str | None]:
        """Per task: the innermost mapped group around it, if any."""
        return [self._mapped_group_of(t.group_id) for t in self.tasks]

    def tasks_inside(self, group_id: str) -> list[str]:
        """Task ids of a group and of all groups inside it; KeyError for a group that is none."""
        inside = {self.groups[group_id].group_id}
        for group in self.spec.groups:  # parents stand before children
            if group.parent in inside:
                inside.add(group.group_id)
        return [t.task_id for t in self.tasks if t.group_id in inside]

    def _mapped_group_of(self, group_id: str) -> str | None:
        while group_id:
            group = self.groups[group_id]
            if group.expansion is not None:
                return group_id
            group_id = group.parent
        return None


def _closure(edges: list[tuple[int, ...]], order: Iterable[int]) -> list[frozenset[int]]:
    reach: list[frozenset[int]] = [frozenset()] * len(edges)
    for i in order:
        found: set[int] = set(edges[i])
        for j in edges[i]:
            found |= reach[j]
        reach[i] = frozenset(found)
    return reach

"""Order of tasks: topological sorting and cycles."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ostro.sdk.exceptions import AirflowDagCycleException

if TYPE_CHECKING:
    from ostro.sdk.node import DAGNode
    from ostro.sdk.taskgroup import TaskGroup


def sort_tasks(dag_id: str, tasks: dict[str, Any]) -> list[Any]:
    """Tasks, each after those it depends on; among equals the order of their making.

    Raises AirflowDagCycleException naming a ring of tasks.
    """
    position = {task_id: i for i, task_id in enumerate(tasks)}
    names = list(tasks)
    waits = {t: len([u for u in task.upstream_task_ids if u in tasks]) for t, task in tasks.items()}
    ready = [position[t] for t, n in waits.items() if n == 0]
    heapq.heapify(ready)
    order: list[Any] = []
    while ready:
        task = tasks[names[heapq.heappop(ready)]]
        order.append(task)
        for down in task.downstream_task_ids:
            if down in waits:
                waits[down] -= 1
                if waits[down] == 0:
                    heapq.heappush(ready, position[down])
    if len(order) < len(tasks):
        ring = _ring({t: tasks[t].downstream_task_ids for t, n in waits.items() if n > 0})
        raise AirflowDagCycleException(
            f"the tasks of DAG {dag_id!r} depend on each other in a ring: {' >> '.join(ring)}; remove one of these edges"
        )
    return order


def _ring(after: dict[str, Iterable[str]]) -> list[str]:
    """One ring in a graph of which every node lies on or behind a ring."""
    before: dict[str, list[str]] = {t: [] for t in after}
    for task_id, downs in after.items():
        for down in downs:
            if down in before:
                before[down].append(task_id)
    node = min(after)
    path: list[str] = []
    while node not in path:
        path.append(node)
        node = min(before[node])
    ring = path[path.index(node) :]
    return [node, *reversed(ring)]


def sort_children(group: TaskGroup) -> list[DAGNode]:
    """The direct children of a group, each after those that it depends on as a whole."""
    owner: dict[str, str] = {}
    for child_id, child in group.children.items():
        inside: Iterable[DAGNode] = child if isinstance(child, Iterable) else [child]
        for task in inside:
            owner[task.node_id] = child_id
    ups: dict[str, set[str]] = {c: set() for c in group.children}
    tasks = group.dag.task_dict if group.dag is not None else {}
    for task_id, child_id in owner.items():
        if task_id in tasks:
            ups[child_id] |= {owner[u] for u in tasks[task_id].upstream_task_ids if u in owner} - {child_id}
    order: list[DAGNode] = []
    done: set[str] = set()
    while len(order) < len(group.children):
        ready = [c for c in group.children if c not in done and ups[c] <= done]
        if not ready:
            # Groups may depend on each other in both directions although their tasks do not: keep the order of making.
            ready = [next(c for c in group.children if c not in done)]
        for child_id in ready:
            done.add(child_id)
            order.append(group.children[child_id])
    return order

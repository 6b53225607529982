"""A part of a DAG: `dag.partial_subset(...)`."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from ostro.sdk.taskgroup import TaskGroup

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG


def subset(
    dag: DAG,
    task_ids: str | re.Pattern[str] | Iterable[str],
    *,
    downstream: bool = False,
    upstream: bool = True,
    direct_upstream: bool = False,
    depth: int | None = None,
    exclude: Collection[str] = (),
) -> DAG:
    """A copy of the DAG with the chosen tasks (ids, or a regular expression) and what stands before or after them.

    `depth` limits how many steps before and after; `direct_upstream` adds the tasks directly before all of these.
    """
    if isinstance(task_ids, (str, re.Pattern)):
        matched = [t for t in dag.tasks if re.findall(task_ids, t.task_id)]
    else:
        wanted = set(task_ids)
        matched = [t for t in dag.tasks if t.task_id in wanted]
    kept = {t.task_id for t in matched}
    for task in matched:
        if downstream:
            kept |= _within(dag, task, depth, up=False)
        if upstream:
            kept |= _within(dag, task, depth, up=True)
    if direct_upstream:
        kept |= {u for t in list(kept) for u in dag.task_dict[t].upstream_task_ids}
    kept |= {t for e in _covering(dag, kept) for t in e}
    kept -= set(exclude)
    return _copy(dag, kept)


def _within(dag: DAG, task: Any, depth: int | None, *, up: bool) -> set[str]:
    found: set[str] = set()
    front = {task.task_id}
    steps = 0
    while front and (depth is None or steps < depth):
        front = {n for t in front for n in dag.task_dict[t].get_direct_relative_ids(upstream=up)} - found
        found |= front
        steps += 1
    return found


def _covering(dag: DAG, kept: set[str]) -> Iterable[set[str]]:
    """Setups of kept tasks, with their teardowns: neither makes sense alone."""
    for task_id in kept:
        for setup in dag.task_dict[task_id].get_upstreams_only_setups():
            yield {setup.task_id} | {t for t in setup.downstream_task_ids if dag.task_dict[t].is_teardown}


def _copy(dag: DAG, kept: set[str]) -> DAG:
    other = copy.copy(dag)
    tasks = {i: copy.copy(t) for i, t in dag.task_dict.items() if i in kept}
    other.task_dict = tasks
    other.edge_info = {
        u: {d: info for d, info in downs.items() if d in kept}
        for u, downs in dag.edge_info.items()
        if u in kept
    }
    other.task_group = _copy_group(dag.task_group, tasks, None, other) or TaskGroup.create_root(other)
    for task in tasks.values():
        task.__dict__["_dag" if not task.is_mapped else "dag"] = other
        task.upstream_task_ids = task.upstream_task_ids & kept
        task.downstream_task_ids = task.downstream_task_ids & kept
    return other


def _copy_group(
    group: TaskGroup, tasks: dict[str, Any], parent: TaskGroup | None, dag: DAG
) -> TaskGroup | None:
    other = copy.copy(group)
    other.__dict__.update(dag=dag, task_group=parent, children={}, used_group_ids=set(tasks))
    for child_id, child in group.children.items():
        if isinstance(child, TaskGroup):
            inner = _copy_group(child, tasks, other, dag)
            if inner is not None:
                other.children[child_id] = inner
        elif child_id in tasks:
            tasks[child_id].__dict__["task_group"] = other
            other.children[child_id] = tasks[child_id]
    for name in ("upstream_task_ids", "downstream_task_ids"):
        other.__dict__[name] = getattr(group, name) & tasks.keys()
    return other if other.children or group.is_root else None

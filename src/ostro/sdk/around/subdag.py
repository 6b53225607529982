"""`SubDagOperator` of 2.x: the tasks of the inner DAG become a task group of the outer one."""

from __future__ import annotations

from typing import Any

from ostro.sdk import scope
from ostro.sdk.dag import DAG
from ostro.sdk.exceptions import DagInvalid
from ostro.sdk.taskgroup import TaskGroup


def SubDagOperator(*, task_id: str, subdag: DAG, dag: DAG | None = None, **kwargs: Any) -> TaskGroup:
    """A task group with all tasks of `subdag`. Raises DagInvalid outside of a DAG."""
    outer = dag or scope.current_dag()
    if outer is None:
        raise DagInvalid(
            f"the SubDagOperator {task_id!r} is made outside of a DAG; make it inside `with DAG(...)`"
        )
    group = TaskGroup(task_id, dag=outer, parent_group=kwargs.get("task_group") or scope.current_group(outer))
    names = {t.task_id: group.child_id(t.task_id) for t in subdag.tasks}
    tasks = list(subdag.tasks)
    for inner in subdag.task_group_dict.values():
        inner.__dict__.update(dag=outer, used_group_ids=group.used_group_ids)
    for child in list(subdag.task_group.children.values()):
        child.__dict__["task_group"] = None
        if isinstance(child, TaskGroup):
            group.add(child)
    for task in tasks:
        _move(task, names, outer, group if task.task_group in (None, subdag.task_group) else None)
    for up, downs in subdag.edge_info.items():
        for down, info in downs.items():
            outer.set_edge_info(names[up], names[down], info)
    # A DAG of its own no more, however the file collects it.
    subdag.__dict__["absorbed"] = True
    return group


def _move(task: Any, names: dict[str, str], outer: DAG, group: TaskGroup | None) -> None:
    state = task.__dict__
    old_id = task.task_id
    state["task_id"] = names[old_id]
    if state.get("task_display_name") == old_id:
        state["task_display_name"] = names[old_id]
    for side in ("upstream_task_ids", "downstream_task_ids"):
        state[side] = {names.get(i, i) for i in state[side]}
    state["_dag" if not task.is_mapped else "dag"] = None
    if group is not None:
        state["task_group"] = None
        group.add(task)
    else:
        inner = state["task_group"]
        inner.children.pop(old_id, None)
        inner.children[task.task_id] = task
    outer.add_task(task)

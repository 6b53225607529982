"""Tasks, groups and edges of one DAG version, for drawing."""

from __future__ import annotations

from typing import Any

from ostro.api.ui.models import Edge, GroupNode, Structure, TaskDetail, TaskNode
from ostro.spec import TaskSpec, Topology

#: In front of a group's id where tasks and groups stand in one list.
GROUP = "group:"


def structure(topology: Topology, version_number: int) -> Structure:
    """The graph of a version."""
    spec = topology.spec
    labels = {(e.upstream, e.downstream): e.label for e in spec.edge_labels}
    children = _children(topology)
    return Structure(
        version_number=version_number,
        tasks=[node(task, topology) for task in spec.tasks],
        groups=[
            GroupNode(
                group_id=g.group_id,
                label=g.label or g.group_id.rsplit(".", 1)[-1],
                parent=g.parent,
                tooltip=g.tooltip,
                is_mapped=g.expansion is not None,
                ui_color=g.ui_color,
                ui_fgcolor=g.ui_fgcolor,
                children=children.get(g.group_id, []),
            )
            for g in spec.groups
        ],
        edges=[
            Edge(source=up, target=task.task_id, label=labels.get((up, task.task_id)))
            for task in spec.tasks
            for up in task.upstream
        ],
        roots=children.get("", []),
    )


def node(task: TaskSpec, topology: Topology) -> TaskNode:
    """One task."""
    return TaskNode(**_fields(task, topology))


def detail(task: TaskSpec, topology: Topology) -> TaskDetail:
    """One task with its neighbours."""
    index = topology.index[task.task_id]
    return TaskDetail(
        **_fields(task, topology),
        retries=task.retries,
        retry_delay=task.retry_delay,
        pool=task.pool,
        upstream=list(task.upstream),
        downstream=sorted(topology.tasks[d].task_id for d in topology.downstream[index]),
    )


def is_mapped(task: TaskSpec, topology: Topology) -> bool:
    """Whether the task, or a group around it, is mapped."""
    return task.expansion is not None or topology.mapped_group[topology.index[task.task_id]] is not None


def _fields(task: TaskSpec, topology: Topology) -> dict[str, Any]:
    prefix = f"{task.group_id}." if task.group_id else ""
    return {
        "task_id": task.task_id,
        "label": task.display_name or task.task_id.removeprefix(prefix),
        "group_id": task.group_id,
        "operator": task.operator,
        "trigger_rule": task.trigger_rule,
        "is_mapped": is_mapped(task, topology),
        "is_setup": task.is_setup,
        "is_teardown": task.is_teardown,
        "ui_color": task.ui_color,
        "ui_fgcolor": task.ui_fgcolor,
        "doc_md": task.doc_md,
    }


def _children(topology: Topology) -> dict[str, list[str]]:
    """Per group: its tasks and groups in topological order of their first task."""
    found: dict[str, list[str]] = {}
    placed: set[str] = set()
    for task in topology.tasks:
        group_id, child = task.group_id, task.task_id
        while True:
            found.setdefault(group_id, []).append(child)
            if not group_id or group_id in placed:
                break
            placed.add(group_id)
            child = GROUP + group_id
            group_id = topology.groups[group_id].parent
    for group in topology.spec.groups:
        if group.group_id not in placed:
            found.setdefault(group.parent, []).append(GROUP + group.group_id)
    return found

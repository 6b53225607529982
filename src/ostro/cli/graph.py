"""A DAG as text of the DOT language (Graphviz)."""

from __future__ import annotations

from ostro.spec import DagSpec


def dot(spec: DagSpec) -> str:
    """The graph of a DAG: tasks as boxes, groups as clusters."""
    lines = [
        f"digraph {_quoted(spec.dag_id)} {{",
        "  rankdir=LR",
        f"  label={_quoted(spec.dag_id)} labelloc=t",
    ]
    members: dict[str, list[str]] = {}
    for group in spec.groups:
        members.setdefault(group.parent, []).append(group.group_id)
    labels = {g.group_id: g.label or g.group_id for g in spec.groups}
    _write_group(spec, "", members, labels, lines, "  ")
    texts = {(e.upstream, e.downstream): e.label for e in spec.edge_labels}
    for task in spec.tasks:
        for up in task.upstream:
            label = texts.get((up, task.task_id))
            lines.append(
                f"  {_quoted(up)} -> {_quoted(task.task_id)}"
                + (f" [label={_quoted(label)}]" if label else "")
            )
    return "\n".join([*lines, "}"])


def _write_group(
    spec: DagSpec,
    group_id: str,
    members: dict[str, list[str]],
    labels: dict[str, str],
    lines: list[str],
    indent: str,
) -> None:
    for task in spec.tasks:
        if task.group_id == group_id:
            name = task.task_id.removeprefix(f"{group_id}.") if group_id else task.task_id
            lines.append(
                f'{indent}{_quoted(task.task_id)} [shape=rectangle style="filled,rounded" label={_quoted(name)} '
                f"color={_quoted(task.ui_fgcolor)} fillcolor={_quoted(task.ui_color)}]"
            )
    for child in members.get(group_id, ()):
        lines.append(f"{indent}subgraph {_quoted('cluster_' + child)} {{")
        lines.append(f"{indent}  label={_quoted(labels[child])}")
        _write_group(spec, child, members, labels, lines, indent + "  ")
        lines.append(f"{indent}}}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

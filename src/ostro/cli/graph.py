"""A DAG, or what lies between DAGs, as text of the DOT language (Graphviz)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ostro.errors import BadRequest
from ostro.spec import DagSpec


def dot(spec: DagSpec, states: Mapping[str, str] | None = None) -> str:
    """The graph of a DAG: tasks as boxes, groups as clusters. `states`: of tasks in a run, written below their names."""
    lines = [
        f"digraph {_quoted(spec.dag_id)} {{",
        "  rankdir=LR",
        f"  label={_quoted(spec.dag_id)} labelloc=t",
    ]
    members: dict[str, list[str]] = {}
    for group in spec.groups:
        members.setdefault(group.parent, []).append(group.group_id)
    labels = {g.group_id: g.label or g.group_id for g in spec.groups}
    _write_group(spec, "", members, labels, lines, "  ", states or {})
    texts = {(e.upstream, e.downstream): e.label for e in spec.edge_labels}
    for task in spec.tasks:
        for up in task.upstream:
            label = texts.get((up, task.task_id))
            lines.append(
                f"  {_quoted(up)} -> {_quoted(task.task_id)}"
                + (f" [label={_quoted(label)}]" if label else "")
            )
    return "\n".join([*lines, "}"])


def dot_of_assets(assets: Iterable[tuple[str, Sequence[str], Sequence[str]]]) -> str:
    """Assets (name, ids of the DAGs that make it, ids of the DAGs that it starts) between the DAGs."""
    nodes: dict[str, str] = {}
    edges: dict[str, None] = {}
    for name, producers, listeners in assets:
        here = _quoted(f"asset:{name}")
        ends = [(f"dag:{dag_id}", dag_id) for dag_id in (*producers, *listeners)]
        if not ends:
            continue
        nodes[here] = f"label={_quoted(name)} shape=note"
        nodes |= {_quoted(key): f"label={_quoted(dag_id)} shape=box style=rounded" for key, dag_id in ends}
        edges |= {f"  {_quoted(f'dag:{dag_id}')} -> {here}": None for dag_id in producers}
        edges |= {f"  {here} -> {_quoted(f'dag:{dag_id}')}": None for dag_id in listeners}
    lines = [f"  {name} [{look}]" for name, look in sorted(nodes.items())]
    return "\n".join(["digraph dependencies {", "  rankdir=LR", *lines, *sorted(edges), "}"])


def write_dot(drawn: str, path: Path | None) -> None:
    """Print a drawing, or write it to a file. Raises BadRequest for a file that is to be a picture."""
    if path is None:
        print(drawn)
        return
    check_dot(path)
    try:
        path.write_text(drawn + "\n", encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror}") from None
    print(f"File {path} saved")


def check_dot(path: Path) -> None:
    """Raise BadRequest for a file that is to be a picture."""
    if path.suffix not in (".dot", ".gv"):
        raise BadRequest(
            "only .dot files are written; Graphviz makes pictures of them: dot -Tsvg x.dot -o x.svg"
        )


def _write_group(
    spec: DagSpec,
    group_id: str,
    members: dict[str, list[str]],
    labels: dict[str, str],
    lines: list[str],
    indent: str,
    states: Mapping[str, str],
) -> None:
    for task in spec.tasks:
        if task.group_id == group_id:
            name = task.task_id.removeprefix(f"{group_id}.") if group_id else task.task_id
            if task.task_id in states:
                name = f"{name}\n{states[task.task_id]}"
            lines.append(
                f'{indent}{_quoted(task.task_id)} [shape=rectangle style="filled,rounded" label={_quoted(name)} '
                f"color={_quoted(task.ui_fgcolor)} fillcolor={_quoted(task.ui_color)}]"
            )
    for child in members.get(group_id, ()):
        lines.append(f"{indent}subgraph {_quoted('cluster_' + child)} {{")
        lines.append(f"{indent}  label={_quoted(labels[child])}")
        _write_group(spec, child, members, labels, lines, indent + "  ", states)
        lines.append(f"{indent}}}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

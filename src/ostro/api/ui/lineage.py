"""Who makes what of what, as a drawing in the shape of a DAG's: all nodes are extras of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from ostro.api.dag_facts import DagFacts
from ostro.api.ui.graph import Graph, GraphExtra, GraphLevel
from ostro.rules.layout import ROOT, levels
from ostro.store.views.ui_assets import Tie

End = tuple[str, str, str]
#: Tasks that are named on one line of the drawing; of more the number is told.
NAMED = 2


def between_dags(facts: Mapping[str, DagFacts], labels: Mapping[str, str]) -> list[Tie]:
    """What tasks tie DAGs together: one starts another, one waits for another. Only DAGs that have a label are told of; a
    DAG that starts itself is no tie."""
    found: list[Tie] = []
    for dag_id in sorted(facts.keys() & labels.keys()):
        own = ("dag", dag_id, labels[dag_id])
        for task, other in facts[dag_id].starts:
            if other in labels and other != dag_id:
                found.append(Tie(own, ("dag", other, labels[other]), "trigger", task))
        for task, other in facts[dag_id].waits_for:
            if other in labels and other != dag_id:
                found.append(Tie(("dag", other, labels[other]), own, "sensor", task))
    return found


def around(ties: Iterable[Tie], focus: tuple[str, str], depth: int | None) -> list[Tie]:
    """The ties on the ways to a node and from it, so many steps at most (None = all)."""
    kept = list(ties)
    found: dict[Tie, None] = {}
    for forward in (False, True):
        leads: dict[tuple[str, str], list[Tie]] = {}
        for tie in kept:
            leads.setdefault((tie.source if forward else tie.target)[:2], []).append(tie)
        seen, edge, steps = {focus}, [focus], 0
        while edge and (depth is None or steps < depth):
            steps += 1
            following = []
            for node in edge:
                for tie in leads.get(node, ()):
                    found[tie] = None
                    other = (tie.target if forward else tie.source)[:2]
                    if other not in seen:
                        seen.add(other)
                        following.append(other)
            edge = following
    return [tie for tie in kept if tie in found]


def ends_of(ties: Iterable[Tie]) -> dict[tuple[str, str], str]:
    """Label of each node by kind and key."""
    found: dict[tuple[str, str], str] = {}
    for tie in ties:
        for kind, key, label in (tie.source, tie.target):
            found[(kind, key)] = label
    return found


class Lineage(Graph, frozen=True, kw_only=True):
    """The drawing; `roles`: by number of the edge, why it ties two DAGs ("trigger", "sensor")."""

    roles: dict[str, list[str]]


def drawing(ties: Iterable[Tie], *, alone: End | None = None) -> Lineage:
    """The drawing of these ties; `alone`: a node that stands there even when nothing is tied to it."""
    kept = list(ties)
    labels = ends_of(kept)
    if alone is not None:
        labels.setdefault(alone[:2], alone[2])
    number = {node: at for at, node in enumerate(labels)}
    # Several tasks may tie the same two DAGs: one line with all their names.
    lines: dict[tuple[int, int], tuple[list[str], set[str]]] = {}
    for tie in kept:
        names, roles = lines.setdefault((number[tie.source[:2]], number[tie.target[:2]]), ([], set()))
        if tie.role:
            roles.add(tie.role)
            names.append(tie.task)
    edges = list(lines)
    parents = [ROOT] * len(labels)
    return Lineage(
        version_number=0,
        tasks=[],
        labels=[],
        operators=[],
        operator=[],
        rules=[],
        rule=[],
        flags=[],
        parents=parents,
        groups=[],
        extras=[
            GraphExtra(kind=kind, label=label, target=key, role="outlet")
            for (kind, key), label in labels.items()
        ],
        edges=[end for edge in edges for end in edge],
        edge_labels={str(at): _named(names) for at, (names, _) in enumerate(lines.values()) if names},
        roles={str(at): sorted(roles) for at, (_, roles) in enumerate(lines.values()) if roles},
        levels=[
            GraphLevel(
                group=level.group, layers=level.layers, edges=[end for edge in level.edges for end in edge]
            )
            for level in levels(parents, edges)
        ],
    )


def _named(tasks: list[str]) -> str:
    left = len(tasks) - NAMED
    return ", ".join(tasks[:NAMED]) + (f" +{left}" if left > 0 else "")


def listed(ties: Iterable[Tie]) -> dict[str, list[dict[str, Any]]]:
    """The same as lists of nodes and edges, in Airflow's shape: there the task between two DAGs is a node of its own."""
    nodes: dict[str, dict[str, Any]] = {}
    edges: dict[tuple[str, str], None] = {}
    for tie in ties:
        ends = []
        for kind, key, label in (tie.source, tie.target):
            ends.append(f"{kind}:{key}")
            nodes[ends[-1]] = {"id": ends[-1], "label": label, "type": kind}
        way = ends
        if tie.role:
            between = f"{tie.role}:{tie.source[1]}:{tie.target[1]}:{tie.task}"
            nodes[between] = {"id": between, "label": tie.task, "type": tie.role}
            way = [ends[0], between, ends[1]]
        edges.update(dict.fromkeys(pairwise(way)))
    return {
        "nodes": list(nodes.values()),
        "edges": [{"source_id": source, "target_id": target} for source, target in edges],
    }

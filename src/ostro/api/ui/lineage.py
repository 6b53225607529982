"""Who makes what of what, as a drawing in the shape of a DAG's: all nodes are extras of it."""

from __future__ import annotations

from collections.abc import Iterable

from ostro.api.ui.graph import Graph, GraphExtra, GraphLevel
from ostro.rules.layout import ROOT, levels
from ostro.store.views.ui_assets import Tie

End = tuple[str, str, str]


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


def drawing(ties: Iterable[Tie], *, alone: End | None = None) -> Graph:
    """The drawing of these ties; `alone`: a node that stands there even when nothing is tied to it."""
    kept = list(ties)
    labels = ends_of(kept)
    if alone is not None:
        labels.setdefault(alone[:2], alone[2])
    number = {node: at for at, node in enumerate(labels)}
    edges = [(number[tie.source[:2]], number[tie.target[:2]]) for tie in kept]
    parents = [ROOT] * len(labels)
    return Graph(
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
        edge_labels={},
        levels=[
            GraphLevel(
                group=level.group, layers=level.layers, edges=[end for edge in level.edges for end in edge]
            )
            for level in levels(parents, edges)
        ],
    )

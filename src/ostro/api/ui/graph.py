"""The drawing of one DAG version: nodes in columns of plain values, edges as pairs of numbers, and where all of it stands.

Made once per version and kept as bytes by content, for a large DAG takes some tenths of a second and a megabyte.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec

from ostro.api.render import squeezed
from ostro.api.ui.models import Struct
from ostro.api.ui.structure import is_mapped
from ostro.rules.layering import Edge
from ostro.rules.layout import ROOT, levels
from ostro.spec import TaskSpec, Topology

#: Bits of `Graph.flags`.
MAPPED, SETUP, TEARDOWN, SENSOR = 1, 2, 4, 8
#: Bytes of drawings that are kept.
KEPT_BYTES = 32_000_000


class GraphGroup(Struct, frozen=True, kw_only=True):
    """A group; its node's number is the number of tasks + its place in the list."""

    group_id: str
    label: str
    tooltip: str
    is_mapped: bool


class GraphExtra(Struct, frozen=True, kw_only=True):
    """What is not a task of this DAG; its node's number comes after tasks and groups."""

    #: "asset", "alias", or "dag": another DAG.
    kind: str
    label: str
    #: The other DAG, or how the asset is found.
    target: str
    #: Why it stands here: "schedule", "outlet", "inlet", "trigger" (a task starts it), "sensor" (a task waits for it).
    role: str


class GraphLevel(Struct, frozen=True, kw_only=True):
    """`ostro.rules.layout.Level`; `edges` are flat pairs."""

    group: int
    layers: list[list[int]]
    edges: list[int]


class Graph(Struct, frozen=True, kw_only=True):
    """Described in docs/reference/ui-api.md."""

    version_number: int
    tasks: list[str]
    labels: list[str]
    operators: list[str]
    operator: list[int]
    rules: list[str]
    rule: list[int]
    flags: list[int]
    #: Per node (task, group, extra): the node of the group around it, -1 = the DAG itself.
    parents: list[int]
    groups: list[GraphGroup]
    extras: list[GraphExtra]
    #: Flat pairs of nodes.
    edges: list[int]
    #: Text by number of the edge.
    edge_labels: dict[str, str]
    levels: list[GraphLevel]


class Graphs:
    """Encoded drawings by content of the version. Used from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0

    def find(self, content: str, number: int) -> bytes | None:
        """The drawing of a version with this content and number, when it is kept; for `render.compressed`."""
        with self._lock:
            found = self._kept.get((content, number))
            if found is not None:
                self._kept.move_to_end((content, number))
            return found

    def make(self, content: str, number: int, topology: Topology) -> bytes:
        """Draw, and keep."""
        made = squeezed(msgspec.json.encode(graph(topology, number)))
        with self._lock:
            if (content, number) not in self._kept:
                self._kept[(content, number)] = made
                self._size += len(made)
            while self._size > KEPT_BYTES and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
        return made


def graph(topology: Topology, version_number: int) -> Graph:
    """The drawing of a version."""
    tasks, spec = topology.tasks, topology.spec
    count = len(tasks)
    group_node = {g.group_id: count + at for at, g in enumerate(spec.groups)} | {"": ROOT}
    parents = [group_node[task.group_id] for task in tasks] + [group_node[g.parent] for g in spec.groups]
    edges = [(up, at) for at, ups in enumerate(topology.upstream) for up in ups]
    labels = {(e.upstream, e.downstream): e.label for e in spec.edge_labels}
    texts = {
        str(number): text
        for number, (up, at) in enumerate(edges)
        if labels and (text := labels.get((tasks[up].task_id, tasks[at].task_id)))
    }
    extras, ties = _extras(topology, len(parents))
    parents += [ROOT] * len(extras)
    edges += ties
    operators: dict[str, int] = {}
    rules: dict[str, int] = {}
    return Graph(
        version_number=version_number,
        tasks=[task.task_id for task in tasks],
        labels=[_label(task) for task in tasks],
        operator=[operators.setdefault(t.operator_name or t.operator, len(operators)) for t in tasks],
        operators=list(operators),
        rule=[rules.setdefault(task.trigger_rule, len(rules)) for task in tasks],
        rules=list(rules),
        flags=[_flags(task, topology) for task in tasks],
        parents=parents,
        groups=[
            GraphGroup(
                group_id=g.group_id,
                label=g.label or g.group_id.rsplit(".", 1)[-1],
                tooltip=g.tooltip,
                is_mapped=g.expansion is not None,
            )
            for g in spec.groups
        ],
        extras=extras,
        edges=[end for edge in edges for end in edge],
        edge_labels=texts,
        levels=[
            GraphLevel(
                group=level.group, layers=level.layers, edges=[end for edge in level.edges for end in edge]
            )
            for level in levels(parents, edges)
        ],
    )


def _label(task: TaskSpec) -> str:
    return task.display_name or task.task_id.removeprefix(f"{task.group_id}." if task.group_id else "")


def _flags(task: TaskSpec, topology: Topology) -> int:
    return (
        MAPPED * is_mapped(task, topology)
        | SETUP * task.is_setup
        | TEARDOWN * task.is_teardown
        | SENSOR * (task.sensor_mode is not None)
    )


# ---- what is not a task ----------------------------------------------------------------------------------------------


def _extras(topology: Topology, first: int) -> tuple[list[GraphExtra], list[Edge]]:
    """Assets and other DAGs, and their edges: what the schedule listens to stands before the first tasks."""
    number: dict[GraphExtra, int] = {}
    edges: dict[Edge, None] = {}

    def node(kind: str, label: str, target: str, role: str) -> int:
        return number.setdefault(
            GraphExtra(kind=kind, label=label, target=target, role=role), first + len(number)
        )

    roots = [at for at, ups in enumerate(topology.upstream) if not ups]
    for kind, reference in _listened(topology.spec.asset_condition):
        asset = node(kind, *_named(reference), "schedule")
        edges.update(dict.fromkeys((asset, root) for root in roots))
    for at, task in enumerate(topology.tasks):
        for reference in task.inlets:
            if reference.get("type") in ("asset", "alias", "ref"):
                edges[(node(_kind(reference), *_named(reference), "inlet"), at)] = None
        for reference in task.outlets:
            if reference.get("type") in ("asset", "alias", "ref"):
                edges[(at, node(_kind(reference), *_named(reference), "outlet"))] = None
        started, awaited = task.links.get("trigger_dag_id"), task.links.get("external_dag_id")
        if isinstance(started, str) and started:
            edges[(at, node("dag", started, started, "trigger"))] = None
        if isinstance(awaited, str) and awaited:
            edges[(node("dag", awaited, awaited, "sensor"), at)] = None
    return list(number), list(edges)


def _kind(reference: dict[str, Any]) -> str:
    return "alias" if reference["type"] == "alias" else "asset"


def _named(reference: dict[str, Any]) -> tuple[str, str]:
    """What to call an asset, and how to find it."""
    name, uri = reference.get("name") or "", reference.get("uri") or ""
    return name or uri, name or uri


def _listened(condition: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Assets and aliases of an asset condition."""
    if not isinstance(condition, dict):
        return
    for key, value in condition.items():
        if key in ("all", "any") and isinstance(value, (list, tuple)):
            for one in value:
                yield from _listened(one)
        elif key in ("asset", "alias", "asset_ref") and isinstance(value, dict):
            yield ("alias" if key == "alias" else "asset"), value

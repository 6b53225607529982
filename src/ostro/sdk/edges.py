"""Labels on edges, and the helpers that order many tasks at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ostro.sdk.exceptions import AirflowException
from ostro.sdk.node import DAGNode, DependencyMixin, flatten, link

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG
    from ostro.sdk.taskgroup import TaskGroup


class EdgeModifier(DependencyMixin):
    """Stands between tasks and labels the edges that it makes: `a >> Label("yes") >> b`."""

    def __init__(self, label: str | None = None) -> None:
        self.label = label
        self._before: list[DependencyMixin] = []
        self._after: list[DependencyMixin] = []

    @property
    def roots(self) -> Iterable[DAGNode]:
        return [n for d in self._after for n in d.roots]

    @property
    def leaves(self) -> Iterable[DAGNode]:
        return [n for d in self._before for n in d.leaves]

    def take(self, *, before: Sequence[DependencyMixin] = (), after: Sequence[DependencyMixin] = ()) -> None:
        """Take what stands at one side of the label; with both sides known the edges are made."""
        self._before.extend(before)
        self._after.extend(after)
        if before and self._after:
            link(before, self._widened(self._after), self)
        if after and self._before:
            link(self._widened(self._before), after, self)

    def _widened(self, remembered: Sequence[DependencyMixin]) -> Sequence[DependencyMixin]:
        """The side that was given first: a label between groups joins whole groups, not the one task that was named.

        As in Airflow: when both sides do not lie in one and the same group, a task in a group stands for its group.
        """
        if len({_group_of(d) for d in (*self._before, *self._after)}) == 1:
            return remembered
        return [_group_of(d) or d for d in remembered]

    def add_edge_info(self, dag: DAG | None, upstream_id: str, downstream_id: str) -> None:
        """Put the label on one edge."""
        if dag is not None:
            dag.set_edge_info(upstream_id, downstream_id, {"label": self.label})


def Label(label: str) -> EdgeModifier:
    """A label for the edge between two tasks."""
    return EdgeModifier(label=label)


def chain(*tasks: Any) -> None:
    """Put each element before the next. Lists side by side are joined pairwise and must be of equal length."""
    for before, after in pairwise(tasks):
        if isinstance(before, DependencyMixin) or isinstance(after, DependencyMixin):
            link(before, after)
            continue
        if not _is_list(before) or not _is_list(after):
            raise TypeError(
                f"chain() takes tasks, groups, labels and lists of them, not {type(before).__name__} and {type(after).__name__}"
            )
        if len(before) != len(after):
            raise AirflowException(
                f"chain() joins neighbouring lists pair by pair, but one has {len(before)} and the next {len(after)} "
                "elements; use cross_downstream() or chain_linear() to join each with each"
            )
        for left, right in zip(before, after, strict=True):
            link(left, right)


def chain_linear(*elements: Any) -> None:
    """Put every task of an element before every task of the next."""
    if not elements:
        raise ValueError("chain_linear() needs at least two elements, none was given")
    if len(elements) == 1:
        raise ValueError("chain_linear() needs at least two elements, one was given")
    for before, after in pairwise(elements):
        if before is not None and after is not None and not _empty(before) and not _empty(after):
            link(before, after)


def cross_downstream(from_tasks: Any, to_tasks: Any) -> None:
    """Put every task of one list before every task of the other."""
    for task in flatten(from_tasks):
        link(task, to_tasks)


def _group_of(thing: Any) -> TaskGroup | None:
    """The group of a task, a group as itself; None at the top of a DAG."""
    from ostro.sdk.taskgroup import TaskGroup

    if isinstance(thing, TaskGroup):
        return thing
    node = getattr(thing, "operator", thing)
    group = getattr(node, "task_group", None)
    return None if group is None or group.is_root else group


def _is_list(thing: Any) -> bool:
    return isinstance(thing, Sequence) and not isinstance(thing, (str, bytes))


def _empty(thing: Any) -> bool:
    return _is_list(thing) and not thing

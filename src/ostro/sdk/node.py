"""What tasks, groups, XComArgs and labels have in common: they can be put before or after each other.

Every edge of a DAG is made by `link`. A thing that stands in an edge says which tasks begin it (`roots`) and which
end it (`leaves`); for a task that is the task itself.
"""

from __future__ import annotations

import logging
import re
from abc import ABCMeta, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ostro.sdk.exceptions import AirflowException, DagInvalid
from ostro.sdk.log import get_logger
from ostro.sdk.parsing import default

if TYPE_CHECKING:
    import datetime as dt

    from ostro.sdk.dag import DAG
    from ostro.sdk.edges import EdgeModifier
    from ostro.sdk.taskgroup import TaskGroup

KEY_REGEX = re.compile(r"^[\w.-]+$")
GROUP_KEY_REGEX = re.compile(r"^[\w-]+$")
#: Characters in a DAG or task id; a group id may have 200.
MAX_KEY_LENGTH = 250
MAX_GROUP_KEY_LENGTH = 200


def validate_key(key: Any, max_length: int = MAX_KEY_LENGTH, what: str = "id") -> None:
    """Check a DAG or task id. Raises TypeError, or DagInvalid with the rule that it breaks."""
    if not isinstance(key, str):
        raise TypeError(f"the {what} {key!r} is a {type(key).__name__}; give a string")
    if len(key) > max_length:
        raise DagInvalid(f"the {what} {key!r} has {len(key)} characters; use at most {max_length}")
    if not KEY_REGEX.match(key):
        raise DagInvalid(f"the {what} {key!r} may hold only letters, digits, dashes, dots and underscores")
    if ".." in key and not default("allow_double_dot_in_ids"):
        raise DagInvalid(f"the {what} {key!r} may not hold two dots in a row; remove one")


def validate_group_key(key: Any, max_length: int = MAX_GROUP_KEY_LENGTH) -> None:
    """Check the id of a task group. Raises TypeError, or DagInvalid with the rule that it breaks."""
    if not isinstance(key, str):
        raise TypeError(f"the group_id {key!r} is a {type(key).__name__}; give a string")
    if len(key) > max_length:
        raise DagInvalid(f"the group_id {key!r} has {len(key)} characters; use at most {max_length}")
    if not GROUP_KEY_REGEX.match(key):
        raise DagInvalid(f"the group_id {key!r} may hold only letters, digits, dashes and underscores")


class DependencyMixin:
    """Something that can be put before or after tasks."""

    @property
    def roots(self) -> Iterable[DAGNode]:
        """The tasks that begin it."""
        raise AirflowException(f"{type(self).__name__} cannot be put after a task")

    @property
    def leaves(self) -> Iterable[DAGNode]:
        """The tasks that end it."""
        raise AirflowException(f"{type(self).__name__} cannot be put before a task")

    def set_upstream(self, other: Any, edge_modifier: EdgeModifier | None = None) -> None:
        """Put `other` (one or a sequence) before this."""
        link(other, self, edge_modifier)

    def set_downstream(self, other: Any, edge_modifier: EdgeModifier | None = None) -> None:
        """Put `other` (one or a sequence) after this."""
        link(self, other, edge_modifier)

    def as_setup(self) -> DependencyMixin:
        """Mark as a setup."""
        raise AirflowException(f"{type(self).__name__} cannot be a setup")

    def as_teardown(self, *, setups: Any = None, on_failure_fail_dagrun: Any = None) -> DependencyMixin:
        """Mark as a teardown."""
        raise AirflowException(f"{type(self).__name__} cannot be a teardown")

    def __lshift__(self, other: Any) -> Any:
        self.set_upstream(other)
        return other

    def __rshift__(self, other: Any) -> Any:
        self.set_downstream(other)
        return other

    def __rrshift__(self, other: Any) -> Any:
        self.set_upstream(other)
        return self

    def __rlshift__(self, other: Any) -> Any:
        self.set_downstream(other)
        return self


#: Name of 2.x.
TaskMixin = DependencyMixin


class DAGNode(DependencyMixin, metaclass=ABCMeta):
    """A task or a task group."""

    dag: DAG | None = None
    task_group: TaskGroup | None = None
    start_date: dt.datetime | None = None
    end_date: dt.datetime | None = None
    upstream_task_ids: set[str]
    downstream_task_ids: set[str]

    @property
    @abstractmethod
    def node_id(self) -> str:
        """The id within the DAG."""

    @property
    def label(self) -> str:
        """The id without the prefix of the group around it, for drawing."""
        group = self.task_group
        if group is not None and group.node_id and group.prefix_group_id:
            return self.node_id.removeprefix(f"{group.node_id}.")
        return self.node_id

    def has_dag(self) -> bool:
        """Whether the node belongs to a DAG."""
        return self.dag is not None

    def get_dag(self) -> DAG | None:
        """The DAG, if any."""
        return self.dag

    @property
    def dag_id(self) -> str:
        """The id of the DAG."""
        return self.dag.dag_id if self.dag is not None else "_in_memory_dag_"

    @property
    def log(self) -> logging.Logger:
        """Logger of the class."""
        return get_logger(f"{type(self).__module__}.{type(self).__qualname__}")

    @property
    def upstream_list(self) -> Iterable[Any]:
        """The tasks directly before this."""
        return [self._dag_or_fail().get_task(t) for t in sorted(self.upstream_task_ids)]

    @property
    def downstream_list(self) -> Iterable[Any]:
        """The tasks directly after this."""
        return [self._dag_or_fail().get_task(t) for t in sorted(self.downstream_task_ids)]

    def get_direct_relative_ids(self, upstream: bool = False) -> set[str]:
        """Ids of the tasks directly before (or after) this."""
        return self.upstream_task_ids if upstream else self.downstream_task_ids

    def get_direct_relatives(self, upstream: bool = False) -> Iterable[Any]:
        """The tasks directly before (or after) this."""
        return self.upstream_list if upstream else self.downstream_list

    def get_flat_relative_ids(self, *, upstream: bool = False) -> set[str]:
        """Ids of all tasks before (or after) this."""
        if self.dag is None:
            return set()
        tasks = self.dag.task_dict
        found: set[str] = set()
        left = list(self.get_direct_relative_ids(upstream))
        while left:
            task_id = left.pop()
            if task_id not in found and task_id in tasks:
                found.add(task_id)
                left.extend(tasks[task_id].get_direct_relative_ids(upstream))
        return found

    def get_flat_relatives(self, upstream: bool = False) -> list[Any]:
        """All tasks before (or after) this."""
        return [
            self._dag_or_fail().get_task(t) for t in sorted(self.get_flat_relative_ids(upstream=upstream))
        ]

    def get_upstreams_follow_setups(self) -> Iterator[Any]:
        """All tasks before this, and for each setup among them its teardowns."""
        for task in self.get_flat_relatives(upstream=True):
            yield task
            if task.is_setup:
                yield from (t for t in task.downstream_list if t.is_teardown and t is not self)

    def get_upstreams_only_setups(self) -> Iterator[Any]:
        """The setups before this that cover it."""
        for task in self.get_flat_relatives(upstream=True):
            if not task.is_setup:
                continue
            teardowns = {t for t in task.downstream_task_ids if self._dag_or_fail().get_task(t).is_teardown}
            if not teardowns or teardowns & self.get_flat_relative_ids(upstream=False):
                yield task

    def _dag_or_fail(self) -> DAG:
        if self.dag is None:
            raise AirflowException(f"{self.node_id!r} belongs to no DAG")
        return self.dag


def flatten(things: Any) -> Iterator[DependencyMixin]:
    """The nodes of a node or of nested sequences of nodes. Raises TypeError for anything else."""
    if isinstance(things, DependencyMixin):
        yield things
    elif isinstance(things, (Sequence, set, frozenset)) and not isinstance(things, (str, bytes)):
        for thing in things:
            yield from flatten(thing)
    elif type(things).__name__ == "OperatorPartial":
        raise TypeError(
            f"task {things.kwargs['task_id']!r} is a .partial(...) only; call .expand() or .expand_kwargs() on it first"
        )
    else:
        raise TypeError(
            f"only tasks, task groups, their results and labels can be put before or after each other, "
            f"not {things!r} ({type(things).__name__}); call the function if it is a @task"
        )


def link(before: Any, after: Any, label: EdgeModifier | None = None) -> None:
    """Put everything of `before` ahead of everything of `after`, as far as the kinds of nodes say."""
    from ostro.sdk.edges import EdgeModifier

    if _put_into_dag(before, after) or _put_into_dag(after, before):
        return
    all_ups, all_downs = list(flatten(before)), list(flatten(after))
    ups = [n for n in all_ups if not isinstance(n, EdgeModifier)]
    downs = [n for n in all_downs if not isinstance(n, EdgeModifier)]
    for node in all_ups:
        if isinstance(node, EdgeModifier):
            node.take(after=downs)
    for node in all_downs:
        if isinstance(node, EdgeModifier):
            node.take(before=ups)
    heads = [(up, list(up.leaves)) for up in ups]
    tails = [(down, list(down.roots)) for down in downs]
    if not heads or not tails:
        return
    dag = _common_dag([n for _, nodes in heads + tails for n in nodes])
    for up, leaves in heads:
        for down, roots in tails:
            _link_groups(up, down)
            for leaf in leaves:
                for root in roots:
                    _join(dag, leaf, root)
                    if label is not None:
                        label.add_edge_info(dag, leaf.node_id, root.node_id)


def _put_into_dag(dag: Any, things: Any) -> bool:
    """`dag >> task` of 1.10: the task belongs to the DAG. False when the first is no DAG."""
    from ostro.sdk.dag import DAG

    if not isinstance(dag, DAG):
        return False
    from ostro.sdk import dialect

    dialect.note("expression", "dag >> task", "with dag: or dag=")
    for node in flatten(things):
        if isinstance(node, DAGNode):
            node.dag = dag
    return True


def _join(dag: DAG | None, up: DAGNode, down: DAGNode) -> None:
    for node in (up, down):
        if node.dag is None and dag is not None:
            dag.add_task(node)
    up.downstream_task_ids.add(down.node_id)
    down.upstream_task_ids.add(up.node_id)


def _link_groups(up: DependencyMixin, down: DependencyMixin) -> None:
    """Remember an edge of a whole group, for drawing."""
    from ostro.sdk.taskgroup import TaskGroup

    if isinstance(up, TaskGroup):
        if isinstance(down, TaskGroup):
            up.downstream_group_ids.add(down.group_id)
        else:
            up.downstream_task_ids.update(n.node_id for n in down.roots)
    if isinstance(down, TaskGroup):
        if isinstance(up, TaskGroup):
            down.upstream_group_ids.add(up.group_id)
        else:
            down.upstream_task_ids.update(n.node_id for n in up.leaves)


def _common_dag(nodes: Sequence[DAGNode]) -> DAG | None:
    dags: dict[int, DAG] = {id(n.dag): n.dag for n in nodes if n.dag is not None}
    if len(dags) > 1:
        first = {id(n.dag): n.node_id for n in reversed(nodes) if n.dag is not None}
        names = ", ".join(sorted(f"{first[key]!r} of DAG {d.dag_id!r}" for key, d in dags.items()))
        raise DagInvalid(
            f"tasks of different DAGs cannot depend on each other: {names}; use assets or an ExternalTaskSensor"
        )
    if not dags and nodes:
        names = ", ".join(sorted({n.node_id for n in nodes}))
        raise DagInvalid(
            f"tasks {names} belong to no DAG yet, so they cannot be ordered; make them inside `with DAG(...)`"
        )
    return next(iter(dags.values()), None)

"""Task groups: a name and a frame for some tasks of a DAG, and a thing to put before and after others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ostro.sdk import scope
from ostro.sdk.enums import TriggerRule
from ostro.sdk.exceptions import DagInvalid, DuplicateTaskIdFound, TaskAlreadyInTaskGroup
from ostro.sdk.node import DAGNode, validate_group_key
from ostro.sdk.types import NOTSET, ArgNotSet

if TYPE_CHECKING:
    from ostro.sdk.abstractoperator import AbstractOperator
    from ostro.sdk.dag import DAG
    from ostro.sdk.mapping import ExpandInput

_SUFFIX = re.compile(r"^(.*)__(\d+)$")


class TaskGroup(DAGNode):
    """A group of tasks and groups. As a context manager it collects what is made inside.

    The ids of its tasks and groups begin with the group's id and a dot, unless `prefix_group_id` is False.
    Raises DuplicateTaskIdFound when the DAG has the id already and `add_suffix_on_collision` is False.
    """

    def __init__(
        self,
        group_id: str | None = None,
        group_display_name: str | bool = "",
        prefix_group_id: bool = True,
        parent_group: TaskGroup | ArgNotSet | None = NOTSET,
        dag: DAG | ArgNotSet | None = NOTSET,
        default_args: dict[str, Any] | ArgNotSet | None = NOTSET,
        tooltip: str = "",
        doc_md: str | None = None,
        ui_color: str = "CornflowerBlue",
        ui_fgcolor: str = "#000",
        add_suffix_on_collision: bool = False,
    ) -> None:
        if isinstance(group_display_name, bool):
            # The second positional argument of 2.x.
            prefix_group_id, group_display_name = group_display_name, ""
        self.prefix_group_id = prefix_group_id
        self.group_display_name = group_display_name
        self.tooltip = tooltip
        self.doc_md = doc_md
        self.ui_color = ui_color
        self.ui_fgcolor = ui_fgcolor
        self.add_suffix_on_collision = add_suffix_on_collision
        self.default_args: dict[str, Any] = dict(default_args) if default_args else {}
        self.children: dict[str, DAGNode] = {}
        self.upstream_task_ids: set[str] = set()
        self.downstream_task_ids: set[str] = set()
        self.upstream_group_ids: set[str] = set()
        self.downstream_group_ids: set[str] = set()
        self._group_id = group_id
        if group_id is None:
            self.used_group_ids: set[str] = set()
            self.dag = None if isinstance(dag, ArgNotSet) else dag
            return
        self._join(group_id, parent_group, dag)

    def _join(
        self, group_id: str, parent_group: TaskGroup | ArgNotSet | None, dag: DAG | ArgNotSet | None
    ) -> None:
        validate_group_key(group_id)
        given_dag = dag if dag else None
        parent = parent_group if parent_group else scope.current_group(given_dag or scope.current_dag())
        if parent is None:
            raise DagInvalid(
                f"the task group {group_id!r} is made outside of a DAG; make it inside `with DAG(...)`"
            )
        self.dag = given_dag or parent.dag
        self.used_group_ids = parent.used_group_ids
        self.default_args = {**parent.default_args, **self.default_args}
        full_id = parent.child_id(group_id)
        if full_id in self.used_group_ids:
            if not self.add_suffix_on_collision:
                raise DuplicateTaskIdFound(
                    f"DAG {self.dag_id!r} has a task or group {full_id!r} already; give the group another id"
                )
            self._group_id = self._free_id(parent, group_id)
        parent.add(self)
        self.used_group_ids.add(self.group_id or "")

    def _free_id(self, parent: TaskGroup, group_id: str) -> str:
        base = found.group(1) if (found := _SUFFIX.match(group_id)) else group_id
        n = 1
        while parent.child_id(f"{base}__{n}") in self.used_group_ids:
            n += 1
        return f"{base}__{n}"

    @classmethod
    def create_root(cls, dag: DAG) -> TaskGroup:
        """The group around everything in a DAG."""
        return cls(None, dag=dag)

    # ---- who it is ----------------------------------------------------------------------------------------

    @property
    def is_root(self) -> bool:
        """Whether it is the group around everything."""
        return self._group_id is None

    @property
    def group_id(self) -> str:
        """The full id, "" for the root group."""
        if self._group_id is None:
            return ""
        return self.task_group.child_id(self._group_id) if self.task_group is not None else self._group_id

    @property
    def node_id(self) -> str:
        return self.group_id

    @property
    def label(self) -> str:
        """The name on screens."""
        return self.group_display_name or self._group_id or ""

    @property
    def parent_group(self) -> TaskGroup | None:
        """The group around this one."""
        return self.task_group

    def child_id(self, label: str) -> str:
        """The full id of a task or group of this name inside the group."""
        if self.prefix_group_id and self.group_id:
            return f"{self.group_id}.{label}"
        return label

    def __repr__(self) -> str:
        return f"<TaskGroup: {self.group_id or 'root'}>"

    # ---- what is in it ------------------------------------------------------------------------------------

    def add(self, task: DAGNode) -> DAGNode:
        """Put a task or group into it. Raises TaskAlreadyInTaskGroup, DuplicateTaskIdFound."""
        existing = task.task_group
        if existing is not None and existing is not self:
            raise TaskAlreadyInTaskGroup(task.node_id, existing.node_id or None, self.node_id)
        task.task_group = self
        key = task.node_id
        known = self.children.get(key)
        if known is not None and known is not task:
            kind = "group" if isinstance(known, TaskGroup) else "task"
            task.task_group = existing
            raise DuplicateTaskIdFound(
                f"DAG {self.dag_id!r} has a {kind} {key!r} already; give one of them another id"
            )
        if (
            isinstance(task, TaskGroup)
            and task.children
            and self.dag is not None
            and task.dag is not self.dag
        ):
            raise DagInvalid(f"the group {key!r} belongs to another DAG than {self.dag_id!r}")
        self.children[key] = task
        return task

    def __iter__(self) -> Iterator[DAGNode]:
        for child in self.children.values():
            if isinstance(child, TaskGroup):
                yield from child
            else:
                yield child

    def iter_tasks(self) -> Iterator[AbstractOperator]:
        """All tasks inside, also in groups inside."""
        yield from self  # type: ignore[misc]

    def has_task(self, task: DAGNode) -> bool:
        """Whether the task is inside."""
        return any(t is task for t in self)

    def get_child_by_label(self, label: str) -> DAGNode:
        """The task or group of this name. Raises KeyError."""
        return self.children[self.child_id(label)]

    def get_task_group_dict(self) -> dict[str | None, TaskGroup]:
        """This group and all groups inside, by id (None for the root group)."""
        found: dict[str | None, TaskGroup] = {}
        left: list[TaskGroup] = [self]
        while left:
            group = left.pop()
            found[group.group_id or None] = group
            left.extend(c for c in group.children.values() if isinstance(c, TaskGroup))
        return found

    def iter_mapped_task_groups(self) -> Iterator[MappedTaskGroup]:
        """The mapped groups around it and itself, the innermost first."""
        group: TaskGroup | None = self
        while group is not None:
            if isinstance(group, MappedTaskGroup):
                yield group
            group = group.task_group

    # ---- edges --------------------------------------------------------------------------------------------

    def get_roots(self) -> Iterator[AbstractOperator]:
        """Tasks without upstream inside the group."""
        tasks = list(self.iter_tasks())
        ids = {t.task_id for t in tasks}
        return (t for t in tasks if t.upstream_task_ids.isdisjoint(ids))

    def get_leaves(self) -> Iterator[AbstractOperator]:
        """Tasks without downstream inside the group; a teardown does not count, what stands before it does."""
        tasks = {t.task_id: t for t in self.iter_tasks()}
        seen: set[str] = set()
        for task in tasks.values():
            if task.downstream_task_ids.isdisjoint(tasks):
                for leaf in [task] if not _passive(task) else _before_teardown(task, tasks):
                    if leaf.task_id not in seen:
                        seen.add(leaf.task_id)
                        yield leaf

    @property
    def roots(self) -> list[DAGNode]:
        return list(self.get_roots())

    @property
    def leaves(self) -> list[DAGNode]:
        if self.children or self.dag is None:
            return list(self.get_leaves())
        # Nothing inside: what stands before the group ends it.
        found: list[DAGNode] = [self.dag.get_task(t) for t in sorted(self.upstream_task_ids)]
        groups = self.dag.task_group_dict
        for group_id in sorted(self.upstream_group_ids):
            found.extend(groups[group_id].leaves)
        return found

    def __enter__(self) -> TaskGroup:
        scope.push_group(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, traceback: object) -> None:
        scope.pop_group()

    def topological_sort(self) -> list[DAGNode]:
        """The direct children, each after those it depends on."""
        from ostro.sdk.graph import sort_children

        return sort_children(self)

    def hierarchical_alphabetical_sort(self) -> list[DAGNode]:
        """The direct children by name, groups last."""
        return sorted(self.children.values(), key=lambda n: (isinstance(n, TaskGroup), n.node_id))


class MappedTaskGroup(TaskGroup):
    """A task group that is multiplied at run time; made by `@task_group` and `.expand()`."""

    def __init__(self, *, expand_input: ExpandInput, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._expand_input = expand_input

    @property
    def expand_input(self) -> ExpandInput:
        """What it is mapped over."""
        return self._expand_input

    def __iter__(self) -> Iterator[DAGNode]:
        from ostro.sdk.mapped import MappedOperator

        for child in super().__iter__():
            if isinstance(child, MappedOperator):
                raise DagInvalid(
                    f"task {child.task_id!r} of DAG {self.dag_id!r} is mapped inside the mapped group {self.group_id!r}; "
                    "map only one of them"
                )
            yield child

    def __exit__(self, kind: type[BaseException] | None, value: object, traceback: object) -> None:
        super().__exit__(kind, value, traceback)
        if kind is not None:
            return
        over = [operator for operator, _ in self._expand_input.iter_references()]
        for task in self.iter_tasks():
            if over and task.trigger_rule == TriggerRule.ALWAYS:
                raise DagInvalid(
                    f"task {task.task_id!r} of DAG {self.dag_id!r} is in the group {self.group_id!r}, which is mapped "
                    "over the result of a task, and cannot have the trigger rule always; use all_done"
                )
        for operator in over:
            self.set_upstream(operator)


def _passive(task: AbstractOperator) -> bool:
    """A teardown whose failure does not count."""
    return task.is_teardown and not task.on_failure_fail_dagrun


def _before_teardown(
    teardown: AbstractOperator, tasks: dict[str, AbstractOperator]
) -> Iterable[AbstractOperator]:
    for task_id in sorted(teardown.upstream_task_ids & tasks.keys()):
        task = tasks[task_id]
        if _passive(task):
            yield from _before_teardown(task, tasks)
        elif not task.is_setup:
            yield task

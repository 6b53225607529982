"""The DAG, group and setup/teardown blocks (`with`) that the code being executed stands in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG
    from ostro.sdk.node import DAGNode
    from ostro.sdk.setup_teardown import Block
    from ostro.sdk.taskgroup import TaskGroup

_dags: list[DAG] = []
_groups: list[TaskGroup] = []
_blocks: list[Block] = []
_detached = 0


def push_dag(dag: DAG) -> None:
    """Enter `with dag`."""
    _dags.append(dag)


def pop_dag() -> DAG | None:
    """Leave the innermost `with dag`."""
    return _dags.pop() if _dags else None


def current_dag() -> DAG | None:
    """The DAG of the innermost `with dag`."""
    return _dags[-1] if _dags else None


def push_group(group: TaskGroup) -> None:
    """Enter `with group`."""
    _groups.append(group)


def pop_group() -> TaskGroup | None:
    """Leave the innermost `with group`."""
    return _groups.pop() if _groups else None


def current_group(dag: DAG | None) -> TaskGroup | None:
    """The innermost `with group` of the DAG; its root group when there is none; None without a DAG."""
    if _groups and (dag is None or _groups[-1].dag is dag or _groups[-1].dag is None):
        return _groups[-1]
    return dag.task_group if dag is not None else None


def push_block(block: Block) -> None:
    """Enter a `with setup` or `with teardown`."""
    _blocks.append(block)


def pop_block() -> Block:
    """Leave it."""
    return _blocks.pop()


def current_block() -> Block | None:
    """The innermost `with setup` or `with teardown`."""
    return _blocks[-1] if _blocks else None


def open_blocks() -> tuple[Block, ...]:
    """All open blocks, the outermost first."""
    return tuple(_blocks)


def announce(node: DAGNode) -> None:
    """A task was made: every open setup/teardown block covers it."""
    for block in _blocks:
        block.add(node)


@contextmanager
def detached() -> Iterator[None]:
    """Tasks made inside belong to no DAG by themselves: instances of a mapped task, built when it runs."""
    global _detached
    _detached += 1
    try:
        yield
    finally:
        _detached -= 1


def is_detached() -> bool:
    """Whether tasks made now stay outside of the DAG."""
    return _detached > 0


class DagContext:
    """`airflow.models.dag.DagContext`: the DAG stack by its 2.x name."""

    push_context_managed_dag = staticmethod(push_dag)
    pop_context_managed_dag = staticmethod(pop_dag)
    get_current_dag = staticmethod(current_dag)
    push = staticmethod(push_dag)
    pop = staticmethod(pop_dag)
    get_current = staticmethod(current_dag)


class TaskGroupContext:
    """`airflow.utils.task_group.TaskGroupContext`: the group stack by its 2.x name."""

    push_context_managed_task_group = staticmethod(push_group)
    pop_context_managed_task_group = staticmethod(pop_group)
    get_current_task_group = staticmethod(current_group)

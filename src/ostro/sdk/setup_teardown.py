"""`with setup:` and `with teardown:`: what is made in the block stands between setup and teardown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ostro.sdk import scope
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.node import flatten, link

if TYPE_CHECKING:
    from ostro.sdk.abstractoperator import AbstractOperator
    from ostro.sdk.node import DAGNode


class Block:
    """An open block: its setups, its teardowns and the tasks made inside."""

    def __init__(self, setups: Sequence[AbstractOperator], teardowns: Sequence[AbstractOperator]) -> None:
        self.setups = list(setups)
        self.teardowns = list(teardowns)
        self._work: dict[str, DAGNode] = {}

    def add(self, node: DAGNode) -> None:
        """Cover a task."""
        if node not in self.setups and node not in self.teardowns:
            self._work.setdefault(node.node_id, node)

    def add_task(self, task: Any) -> None:
        """Cover a task, or the task of a result, that was made outside of the block."""
        for thing in flatten(task):
            for node in thing.roots:
                self.add(node)

    def close(self) -> None:
        """Order the block: setups, then the tasks, then the teardowns."""
        work = [n for n in self._work.values() if n not in self.setups and n not in self.teardowns]
        ids = {n.node_id for n in work}
        first = [n for n in work if not n.upstream_task_ids & ids]
        last = [n for n in work if not n.downstream_task_ids & ids]
        if self.setups and first:
            link(self.setups, first)
        if self.teardowns and last:
            link(last, self.teardowns)


def enter(operators: Sequence[AbstractOperator]) -> Block:
    """Open the block of one or more setups or teardowns."""
    for op in operators:
        if not op.is_setup and not op.is_teardown:
            raise AirflowException(
                f"task {op.task_id!r} of DAG {op.dag_id!r} is neither setup nor teardown, so it cannot open a `with` block; "
                "call as_setup() or as_teardown() first"
            )
    setups = _unique(s for op in operators for s in ([op] if op.is_setup else op.upstream_list) if s.is_setup)
    teardowns = _unique(
        t for op in operators for t in ([op] if op.is_teardown else op.downstream_list) if t.is_teardown
    )
    block = Block(setups, teardowns)
    for outer in scope.open_blocks():
        for op in (*setups, *teardowns):
            outer.add(op)
    scope.push_block(block)
    return block


def leave() -> None:
    """Close the innermost block."""
    scope.pop_block().close()


class ContextWrapper(list[Any]):
    """Several setups, or several teardowns, as one block: `with ContextWrapper([s1, s2]): …`."""

    def __init__(self, tasks: Sequence[Any]) -> None:
        super().__init__(tasks)
        self.tasks = list(tasks)

    def __enter__(self) -> Block:
        return enter([n for t in self.tasks for n in t.roots])

    def __exit__(self, *exc: object) -> None:
        leave()


#: The name of 2.x and 3.x.
context_wrapper = ContextWrapper


class SetupTeardownContext:
    """`airflow.utils.setup_teardown.SetupTeardownContext`: the open blocks by Airflow's name."""

    @staticmethod
    def push_setup_teardown_task(operator: Any) -> None:
        """Open the block of a setup or teardown, or of a list of them."""
        enter([n for thing in flatten(operator) for n in thing.roots])  # type: ignore[misc]

    @staticmethod
    def set_work_task_roots_and_leaves() -> None:
        """Close the innermost block."""
        leave()

    @staticmethod
    def add_task(task: Any) -> None:
        """Cover a task that was made outside of the block."""
        block = scope.current_block()
        if block is None:
            raise AirflowException("there is no open setup or teardown block to add the task to")
        block.add_task(task)


def _unique(operators: Any) -> list[Any]:
    return list({id(op): op for op in operators}.values())

"""How operators skip tasks after them: branches, short circuits, and operators of users built on them.

A decision is noted on the running task instance and leaves with its result, in the same transaction as its success;
it is also kept as the XCom `skipmixin_key`, so that cleared tasks are skipped again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ostro.sdk.exceptions import AirflowException
from ostro.sdk.log import LoggingMixin

XCOM_SKIPMIXIN_KEY = "skipmixin_key"
XCOM_SKIPMIXIN_SKIPPED = "skipped"
XCOM_SKIPMIXIN_FOLLOWED = "followed"


class SkipMixin(LoggingMixin):
    """Gives an operator `skip` and `skip_all_except`."""

    inherits_from_skipmixin = True

    def skip(self, *args: Any, **kwargs: Any) -> None:
        """Skip tasks: `skip(ti, tasks)`; in 2.x `skip(dag_run, execution_date, tasks, map_index=-1)`."""
        ti = kwargs.get("ti")
        tasks = kwargs.get("tasks")
        rest = list(args)
        if ti is None and rest and hasattr(rest[0], "xcom_push"):
            ti = rest.pop(0)
        if tasks is None and rest:
            tasks = rest[-1] if not isinstance(rest[-1], int) else rest[-2]
        names = [_task_id(task) for task in _several(tasks)]
        if names:
            _note(_running(ti), {XCOM_SKIPMIXIN_SKIPPED: names}, names)

    def skip_all_except(self, ti: Any, branch_task_ids: str | Iterable[str] | None) -> None:
        """Skip the direct downstream tasks that no chosen branch leads to.

        Raises AirflowException for ids that are none, or of no task.
        """
        ti = _running(ti)
        task = ti.task
        dag = task.dag
        chosen = _several(branch_task_ids)
        wrong = {(item, type(item).__name__) for item in chosen if not isinstance(item, str)}
        if wrong:
            raise AirflowException(
                f"Unable to branch: 'branch_task_ids' expected all task IDs are strings. Invalid tasks found: {wrong}."
            )
        unknown = sorted(set(chosen) - set(dag.task_ids))
        if unknown:
            raise AirflowException(
                f"Unable to branch: 'branch_task_ids' must contain only valid task_ids. Invalid tasks found: {unknown}."
            )
        # What comes after a chosen branch is followed too: a join right behind the branching task must not be skipped.
        followed = set(chosen)
        for task_id in chosen:
            followed |= dag.get_task(task_id).get_flat_relative_ids(upstream=False)
        below = sorted(task.downstream_task_ids)
        skipped = [task_id for task_id in below if task_id not in followed]
        _note(ti, {XCOM_SKIPMIXIN_FOLLOWED: [t for t in below if t in followed]}, skipped)
        self.log.info("Following %s, skipping %s", sorted(set(below) - set(skipped)), skipped)


class BranchMixIn(SkipMixin):
    """Gives an operator `do_branch`."""

    def do_branch(self, context: Mapping[str, Any], branches_to_execute: str | Iterable[str] | None) -> Any:
        """Skip all but the chosen tasks (ids, ids of task groups, None for nothing); gives back what was chosen."""
        self.log.info("Branch into %s", branches_to_execute)
        ti = context["ti"]
        ids = [
            task_id for branch in _several(branches_to_execute) for task_id in _tasks_of(ti.task.dag, branch)
        ]
        self.skip_all_except(ti=ti, branch_task_ids=ids)
        return branches_to_execute

    def expand_task_group_roots(self, ti: Any, branches_to_execute: Any) -> Iterable[str]:
        """Ids of the chosen tasks, groups replaced by their first tasks."""
        for branch in _several(branches_to_execute):
            yield from _tasks_of(ti.task.dag, branch)


def _tasks_of(dag: Any, branch: Any) -> list[Any]:
    if isinstance(branch, str) and branch not in dag.task_dict and branch in dag.task_group_dict:
        return sorted(root.task_id for root in dag.task_group_dict[branch].get_roots())
    return [branch]


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def _task_id(task: Any) -> str:
    return task if isinstance(task, str) else str(task.node_id)


def _running(ti: Any) -> Any:
    if ti is None or not hasattr(ti, "note_skips"):
        from ostro.sdk.context import get_current_context

        return get_current_context()["ti"]
    return ti


def _note(ti: Any, decision: Mapping[str, Sequence[str]], skipped: Sequence[str]) -> None:
    ti.note_skips(decision, skipped)

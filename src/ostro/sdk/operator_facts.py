"""More of what code asks a task, mapped or not, in the words of 2.x and 3.x."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NoReturn

from ostro.errors import UserError

if TYPE_CHECKING:
    from ostro.sdk.taskinstance import TaskInstance


class OperatorFacts:
    """See the module."""

    #: Sub-DAGs become task groups.
    subdag: Any = None

    if TYPE_CHECKING:
        task_id: str
        dag: Any
        weight_rule: Any
        priority_weight: int
        max_active_tis_per_dag: int | None

        def get_flat_relatives(self, upstream: bool = False) -> list[Any]: ...

    @property
    def has_on_execute_callback(self) -> bool:
        """Whether something is called before it runs."""
        return bool(getattr(self, "on_execute_callback", None))

    @property
    def has_on_success_callback(self) -> bool:
        """Whether something is called when it succeeds."""
        return bool(getattr(self, "on_success_callback", None))

    @property
    def has_on_failure_callback(self) -> bool:
        """Whether something is called when it fails."""
        return bool(getattr(self, "on_failure_callback", None))

    @property
    def has_on_retry_callback(self) -> bool:
        """Whether something is called when it is tried again."""
        return bool(getattr(self, "on_retry_callback", None))

    @property
    def has_on_skipped_callback(self) -> bool:
        """Whether something is called when it skips itself."""
        return bool(getattr(self, "on_skipped_callback", None))

    @property
    def has_retry_policy(self) -> bool:
        """Whether a policy says when it is tried again."""
        return getattr(self, "retry_policy", None) is not None

    @property
    def task_concurrency(self) -> int | None:
        """`max_active_tis_per_dag` as 2.x called it first."""
        return self.max_active_tis_per_dag

    @task_concurrency.setter
    def task_concurrency(self, value: int | None) -> None:
        self.max_active_tis_per_dag = value

    @property
    def priority_weight_total(self) -> int:
        """The weight that its instances wait with (2.x); of a strategy the own weight."""
        rule = str(getattr(self.weight_rule, "value", self.weight_rule))
        if rule not in ("downstream", "upstream") or self.dag is None:
            return self.priority_weight
        others = self.get_flat_relatives(upstream=rule == "upstream")
        return self.priority_weight + sum(int(task.priority_weight) for task in others)

    def get_task_instances(
        self, start_date: dt.datetime | None = None, end_date: dt.datetime | None = None, session: Any = None
    ) -> list[TaskInstance]:
        """Its instances in runs with logical dates from one moment to another, both included (2.x)."""
        if self.dag is None:
            return []
        found: list[TaskInstance] = self.dag.get_task_instances(start_date, end_date)
        return [ti for ti in found if ti.task_id == self.task_id]

    def run(self, *_: Any, **__: Any) -> NoReturn:
        """1.10 and 2.x ran a task by itself. Raises UserError."""
        raise UserError(
            f"task {self.task_id!r} cannot run by itself: use `ostro tasks test`, dag.test(), or in tests ostro.testing"
        )

    def clear(self, *_: Any, **__: Any) -> NoReturn:
        """1.10 and 2.x cleared instances of a task. Raises UserError."""
        raise UserError(
            f"code of a DAG file cannot clear task {self.task_id!r}: use `ostro tasks clear` or the REST API"
        )

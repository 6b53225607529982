"""PythonOperator and what is built on it: branch and short circuit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ostro.sdk.baseoperator import BaseAsyncOperator
from ostro.sdk.callables import (
    determine_kwargs,
    is_coroutine_function,
    is_generator_function,
    run_callable,
)
from ostro.sdk.context import context_merge, get_current_context
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.operators.branch import BaseBranchOperator
from ostro.sdk.skipmixin import SkipMixin

__all__ = ["BranchPythonOperator", "PythonOperator", "ShortCircuitOperator", "get_current_context"]


class PythonOperator(BaseAsyncOperator):
    """Calls `python_callable(*op_args, **op_kwargs)`; parameters named like context keys get their values."""

    template_fields: ClassVar[Sequence[str]] = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "templates_dict": "json",
        "op_args": "py",
        "op_kwargs": "py",
    }
    shallow_copy_attrs: ClassVar[Sequence[str]] = ("python_callable", "op_kwargs")
    ui_color = "#ffefeb"

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        templates_dict: dict[str, Any] | None = None,
        templates_exts: Sequence[str] | None = None,
        show_return_value_in_logs: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(python_callable):
            raise AirflowException("`python_callable` param must be callable")
        self.python_callable = python_callable
        self.op_args = op_args or ()
        self.op_kwargs = op_kwargs or {}
        self.templates_dict = templates_dict
        if templates_exts:
            self.template_ext = templates_exts  # type: ignore[misc]
        self.show_return_value_in_logs = show_return_value_in_logs

    @property
    def is_async(self) -> bool:
        """Whether the callable is a coroutine function."""
        return is_coroutine_function(unwrapped(self.python_callable))

    def execute(self, context: Any) -> Any:
        """Call the callable."""
        context_merge(context, self.op_kwargs, templates_dict=self.templates_dict)
        self.op_kwargs = self.determine_kwargs(context)
        result = super().execute(context) if self.is_async else self.execute_callable()
        if self.show_return_value_in_logs:
            self.log.info("Done. Returned value was: %s", result)
        else:
            self.log.info("Done. Returned value not shown")
        return result

    async def aexecute(self, context: Any) -> Any:
        """Await the callable."""
        return await self.aexecute_callable()

    async def aexecute_callable(self) -> Any:
        """Await the callable with the arguments found; subclasses may do it elsewhere."""
        return await self.python_callable(*self.op_args, **self.op_kwargs)

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the callable takes of the context and of op_kwargs."""
        return determine_kwargs(self.python_callable, self.op_args, context)

    def execute_callable(self) -> Any:
        """Call the callable with the arguments found; subclasses may do it elsewhere."""
        events: Any = None
        if is_generator_function(self.python_callable):
            events = get_current_context().get("outlet_events")
        return run_callable(self.python_callable, self.op_args, self.op_kwargs, events)


class BranchPythonOperator(BaseBranchOperator, PythonOperator):
    """The callable gives the id or ids of the tasks or groups to follow; the others right after it are skipped."""

    def choose_branch(self, context: Any) -> str | Iterable[str] | None:
        """What the callable says."""
        chosen: str | Iterable[str] | None = PythonOperator.execute(self, context)
        return chosen


class ShortCircuitOperator(PythonOperator, SkipMixin):
    """Skips what comes after it when the callable gives something false.

    All tasks downstream with `ignore_downstream_trigger_rules`, else only those right after it. Teardowns never.
    """

    def __init__(self, *, ignore_downstream_trigger_rules: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ignore_downstream_trigger_rules = ignore_downstream_trigger_rules

    def execute(self, context: Any) -> Any:
        """Call, and skip on a false result."""
        condition = super().execute(context)
        self.log.info("Condition result is %s", condition)
        if condition:
            self.log.info("Proceeding with downstream tasks...")
            return condition
        ti = context["ti"]
        task = ti.task
        if self.ignore_downstream_trigger_rules is True:
            below = task.get_flat_relatives(upstream=False)
        else:
            below = task.get_direct_relatives(upstream=False)
        to_skip = [t for t in below if not t.is_teardown]
        self.log.info("Skipping downstream tasks: %s", [t.task_id for t in to_skip])
        self.skip(ti=ti, tasks=to_skip)
        return condition


def unwrapped(function: Any) -> Any:
    """The function behind functools.partial and wrappers."""
    while True:
        inner = getattr(function, "func", None) or getattr(function, "__wrapped__", None)
        if inner is None:
            return function
        function = inner

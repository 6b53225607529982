"""The operators behind `@task`, `@task.branch`, `@task.short_circuit`, `@task.bash`, `@task.sensor`, `@task.stub`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar

from ostro.errors import UserError
from ostro.sdk.callables import determine_kwargs
from ostro.sdk.context import context_merge
from ostro.sdk.decorators.base import DecoratedOperator
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.operators.python import BranchPythonOperator, PythonOperator, ShortCircuitOperator
from ostro.sdk.sensors.python import PythonSensor
from ostro.sdk.types import SET_DURING_EXECUTION


class OfFunction(DecoratedOperator):
    """Base of those that hand the function on to a Python operator."""

    template_fields: ClassVar[Sequence[str]] = ("templates_dict", "op_args", "op_kwargs")

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        upstream = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(
            kwargs_to_upstream=upstream,
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            **kwargs,
        )


class PythonDecoratedOperator(OfFunction, PythonOperator):
    """`@task`."""

    custom_operator_name = "@task"


class BranchPythonDecoratedOperator(OfFunction, BranchPythonOperator):
    """`@task.branch`."""

    custom_operator_name = "@task.branch"


class ShortCircuitDecoratedOperator(OfFunction, ShortCircuitOperator):
    """`@task.short_circuit`."""

    custom_operator_name = "@task.short_circuit"


class DecoratedSensorOperator(OfFunction, PythonSensor):
    """`@task.sensor`."""

    custom_operator_name = "@task.sensor"


class BashDecoratedOperator(DecoratedOperator, BashOperator):
    """`@task.bash`: the function gives the command, which is then a template."""

    template_fields: ClassVar[Sequence[str]] = (
        *DecoratedOperator.template_fields,
        *BashOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **DecoratedOperator.template_fields_renderers,
        **BashOperator.template_fields_renderers,
    }
    custom_operator_name = "@task.bash"
    overwrite_rtif_after_execution = True

    def __init__(self, *, python_callable: Callable[..., Any], **kwargs: Any) -> None:
        # The annotation is of the command, not of what it prints: several outputs only when asked for, with an
        # output_processor that makes a dict of the last line.
        several = bool(kwargs.pop("multiple_outputs", None))
        super().__init__(
            kwargs_to_upstream={"bash_command": SET_DURING_EXECUTION},
            python_callable=python_callable,
            multiple_outputs=several,
            **kwargs,
        )

    def execute(self, context: Any) -> Any:
        """Get the command from the function, render it, run it."""
        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        command = self.python_callable(*self.op_args, **kwargs)
        if not isinstance(command, str) or not command.strip():
            raise TypeError("The returned value from the TaskFlow callable must be a non-empty string.")
        self.bash_command = self.render_template(command, context)
        return BashOperator.execute(self, context)


class StubDecoratedOperator(DecoratedOperator):
    """`@task.stub`: the place of a task that a worker in another language runs."""

    custom_operator_name = "@task.stub"

    def execute(self, context: Any) -> Any:
        """Nothing that Python could do."""
        raise UserError(
            f"task {self.task_id!r} is a @task.stub: a worker in another language runs it, and none listens to its queue"
        )

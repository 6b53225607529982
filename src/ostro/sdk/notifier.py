"""Notifiers: callbacks with template fields, `on_failure_callback=MyNotifier(...)`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from ostro.sdk.templater import Templater

#: What `sla_miss_callback` of 2.x is called with.
SLA_ARGUMENTS = ("dag", "task_list", "blocking_task_list", "slas", "blocking_tis")


class BaseNotifier(Templater):
    """Base of notifiers: subclasses write `notify(context)` or `async_notify(context)`."""

    def __init__(self, context: Any = None) -> None:
        super().__init__()
        self.context: Any = context or {}

    def notify(self, context: Any) -> None:
        """Send the message."""
        raise NotImplementedError(f"{type(self).__name__} has no notify() method")

    async def async_notify(self, context: Any) -> None:
        """Send the message from an event loop."""
        raise NotImplementedError(f"{type(self).__name__} has no async_notify() method")

    def _update_context(self, context: Any) -> Any:
        """The context with the fields of the notifier's own, before templates are rendered."""
        merged = dict(context)
        merged.update(self.context)
        return merged

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Render the template fields with the DAG's environment."""
        dag = context.get("dag") if hasattr(context, "get") else None
        super().render_template_fields(context, jinja_env or self.get_template_env(dag))

    def __call__(self, *args: Any) -> None:
        """Called as a callback: render, then notify. A failure is logged; it must not hide the one that is told of.

        The arguments are the context, or the five of `sla_miss_callback` of 2.x.
        """
        if len(args) == len(SLA_ARGUMENTS):
            context: Any = dict(zip(SLA_ARGUMENTS, args, strict=True))
        else:
            context = args[0] if args else {}
        self._prepare(context)
        try:
            self.notify(context)
        except Exception:
            # The boundary to user code: Airflow's contract of notifiers is that they never fail the callback.
            self.log.exception("Failed to send notification")

    def __await__(self) -> Generator[Any, None, None]:
        self._prepare(self.context)
        return self.async_notify(self.context).__await__()

    def _prepare(self, context: Any) -> None:
        self.context = context
        self.render_template_fields(context)

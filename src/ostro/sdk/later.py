"""Names of Airflow that exist here so that files import, but cannot be used in this release."""

from __future__ import annotations

from typing import Any

from ostro.errors import UserError


class _Later(type):
    """The kind of such a class: what is asked of the class itself says the same."""

    def __getattr__(cls, name: str) -> Any:
        # An AttributeError, so that hasattr() and inspect still get their answer.
        raise AttributeError(f"{cls.__name__}.{name}: {cls.__doc__}")


def not_yet(name: str, instead: str = "") -> type[Any]:
    """A class of this name that raises UserError when it is called."""
    remedy = f"; {instead}" if instead else ""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise UserError(f"{type(self).__name__} is not part of this release of Ostro{remedy}")

    doc = f"Not part of this release{remedy}."
    return _Later(name, (), {"__init__": refuse, "__doc__": doc, "__module__": __name__})


DatasetModel = not_yet("DatasetModel", "assets are known to the engine only; use the REST API")
DatasetEvent = not_yet("DatasetEvent", "use inlet_events in a task, or the REST API")
TaskFail = not_yet("TaskFail", "use the REST API")
Log = not_yet("Log", "use the REST API")
Job = not_yet("Job", "use the REST API")
TaskReschedule = not_yet("TaskReschedule", "use ti.get_first_reschedule_date()")
TriggerRuleDep = not_yet("TriggerRuleDep", "the engine decides about trigger rules")
SerializedDAG = not_yet("SerializedDAG", "use ostro.sdk.freeze.freeze(dag)")
SerializedBaseOperator = not_yet("SerializedBaseOperator")
SerializedDagModel = not_yet("SerializedDagModel")
RenderedTaskInstanceFields = not_yet("RenderedTaskInstanceFields", "use the REST API")
HITLTrigger = not_yet("HITLTrigger", "HITLOperator waits for its answer without a trigger")

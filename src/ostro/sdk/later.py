"""Names of Airflow that exist here so that files import, but cannot be used in this release."""

from __future__ import annotations

from typing import Any

from ostro.errors import UserError

_API = "use the REST API"


class Later(type):
    """The kind of such a class: what is asked of the class itself says the same."""

    #: What to use in its place.
    __instead__ = ""

    def __clause_element__(cls) -> Any:
        """For `select(…)` of SQLAlchemy. Raises UserError."""
        raise UserError(f"a query of {cls.__name__} is not possible in a task; {cls.__instead__}")

    def __getattr__(cls, name: str) -> Any:
        # An AttributeError, so that hasattr() and inspect still get their answer.
        raise AttributeError(f"{cls.__name__}.{name}: {cls.__doc__}")


def not_yet(name: str, instead: str = "") -> type[Any]:
    """A class of this name that raises UserError when it is called."""
    remedy = f"; {instead}" if instead else ""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise UserError(f"{type(self).__name__} is not part of this release of Ostro{remedy}")

    doc = f"Not part of this release{remedy}."
    body = {"__init__": refuse, "__doc__": doc, "__module__": __name__, "__instead__": instead or _API}
    return Later(name, (), body)


DatasetEvent = not_yet("DatasetEvent", "use inlet_events in a task, or the REST API")
Job = not_yet("Job", _API)
TaskReschedule = not_yet("TaskReschedule", "use ti.get_first_reschedule_date()")
TriggerRuleDep = not_yet("TriggerRuleDep", "the engine decides about trigger rules")
SerializedDAG = not_yet("SerializedDAG", "use ostro.sdk.freeze.freeze(dag)")
SerializedBaseOperator = not_yet("SerializedBaseOperator")
SerializedDagModel = not_yet("SerializedDagModel")
RenderedTaskInstanceFields = not_yet("RenderedTaskInstanceFields", _API)

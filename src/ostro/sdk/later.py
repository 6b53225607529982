"""Names of Airflow that exist here so that files import, but cannot be used in this release."""

from __future__ import annotations

from typing import Any

from ostro.errors import UserError

_API = "use the REST API"


class Later(type):
    """The kind of such a class: what is asked of the class itself says the same."""

    #: What to use in its place.
    __instead__ = ""
    #: SQLAlchemy asks, and is to call `__clause_element__`.
    is_clause_element = False

    def __clause_element__(cls) -> Any:
        """For `select(…)` of SQLAlchemy. Raises UserError."""
        raise UserError(f"a query of {cls.__name__} is not possible in a task; {cls.__instead__}")

    def __getattr__(cls, name: str) -> Any:
        # An AttributeError, so that hasattr() and inspect still get their answer.
        raise AttributeError(f"{cls.__name__}.{name}: {cls.__doc__}")


class _LaterRow(Later):
    """The kind of a row of Airflow's database: files name columns of it when they are imported, long before they ask."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        from ostro.sdk.queries.columns import Column

        return Column(cls, name)


def not_yet(name: str, instead: str = "", *, is_row: bool = False) -> type[Any]:
    """A class of this name that raises UserError when it is called; of a row also when it is asked for."""
    remedy = f"; {instead}" if instead else ""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise UserError(f"{type(self).__name__} is not part of this release of Ostro{remedy}")

    doc = f"Not part of this release{remedy}."
    body = {"__init__": refuse, "__doc__": doc, "__module__": __name__, "__instead__": instead or _API}
    return (_LaterRow if is_row else Later)(name, (), body)


DatasetEvent = not_yet("DatasetEvent", "use inlet_events in a task, or the REST API", is_row=True)
Job = not_yet("Job", "use the REST API, or `ostro db clean` to delete what is old", is_row=True)
TaskReschedule = not_yet("TaskReschedule", "use ti.get_first_reschedule_date()", is_row=True)
TriggerRuleDep = not_yet("TriggerRuleDep", "the engine decides about trigger rules")
SerializedDAG = not_yet("SerializedDAG", "use ostro.sdk.freeze.freeze(dag)")
SerializedBaseOperator = not_yet("SerializedBaseOperator")
SerializedDagModel = not_yet("SerializedDagModel", is_row=True)
RenderedTaskInstanceFields = not_yet("RenderedTaskInstanceFields", _API, is_row=True)

"""Rows of each model, asked of the engine with what it can decide; and what a task may delete or change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from ostro.errors import UserError
from ostro.protocol.task import (
    DeleteConnection,
    DeleteVariable,
    FindAssets,
    FindDags,
    FindLog,
    FindRuns,
    FindTaskInstances,
    FindTries,
    FindXComs,
    ListConnections,
    ListVariables,
    PauseDag,
)
from ostro.sdk import asking
from ostro.sdk.queries.columns import And, Condition, Or

#: Names of ours that code knows by another one.
_CALLED = {"BaseXCom": "XCom"}
#: Most rows of one query; more would hold the engine up.
MOST = 10_000


class Bounds:
    """What the conditions say of single columns: equal to, or one of, values."""

    def __init__(self, conditions: Iterable[Any]) -> None:
        self._values: dict[str, list[Any]] = {}
        self.low: dict[str, Any] = {}
        self.high: dict[str, Any] = {}
        for condition in conditions:
            self._take(condition)

    def _take(self, condition: Any) -> None:
        if type(condition) is And:
            for part in condition.parts:
                self._take(part)
        elif isinstance(condition, Condition) and not isinstance(condition, Or):
            name = condition.column.name
            if condition.sign == "in" or (condition.sign == "==" and condition.value is not None):
                values = condition.value if condition.sign == "in" else [condition.value]
                if None not in values:
                    known = self._values.get(name)
                    self._values[name] = [v for v in values if known is None or v in known]
            elif condition.sign in (">", ">=") and isinstance(condition.value, dt.datetime):
                self.low[name] = condition.value
            elif condition.sign in ("<", "<=") and isinstance(condition.value, dt.datetime):
                self.high[name] = condition.value

    def of(self, *names: str) -> list[Any] | None:
        """The values that a column may have, None when any."""
        return next((self._values[name] for name in names if name in self._values), None)

    def moments(self, *names: str) -> list[dt.datetime] | None:
        """Like `of`, for columns that are moments; texts are left for later."""
        found = self.of(*names)
        return None if found is None or not all(isinstance(v, dt.datetime) for v in found) else found

    def dag_ids(self) -> list[str]:
        """DAG ids to ask for one by one; the empty one means any."""
        found = self.of("dag_id")
        return [""] if found is None else [str(v) for v in dict.fromkeys(found)]


def rows(model: Any, conditions: list[Any]) -> list[Any]:
    """Instances of a model, at least all that fulfil the conditions. Raises UserError for what cannot be asked for."""
    for name, fetch in _FETCH.items():
        if name in _names(model):
            return fetch(Bounds(conditions))
    raise UserError(
        f"a query of {model.__name__} is not possible in a task: only {', '.join(_FETCH)} can be asked for; "
        f"{getattr(model, '__instead__', 'use the REST API')}"
    )


def _names(model: Any) -> list[str]:
    return [_CALLED.get(kind.__name__, kind.__name__) for kind in getattr(model, "__mro__", ())]


def key_of(model: Any) -> str:
    """The column that names a row."""
    for name, key in (
        ("Variable", "key"),
        ("Connection", "conn_id"),
        ("Pool", "pool"),
        ("DagModel", "dag_id"),
        ("AssetModel", "id"),
        ("Log", "id"),
    ):
        if name in _names(model):
            return key
    raise UserError(f"query({model.__name__}).get() is not possible in a task; use filter(…).first()")


def _runs(bounds: Bounds) -> list[Any]:
    from ostro.sdk.dagrun import from_data

    found = []
    for dag_id in bounds.dag_ids():
        question = FindRuns(
            seq=0,
            dag_id=dag_id,
            run_ids=bounds.of("run_id"),
            states=bounds.of("state", "_state"),
            run_types=bounds.of("run_type"),
            logical_dates=bounds.moments("logical_date", "execution_date"),
            logical_date_from=bounds.low.get("logical_date", bounds.low.get("execution_date")),
            logical_date_until=bounds.high.get("logical_date", bounds.high.get("execution_date")),
            limit=MOST,
        )
        found += [from_data(data) for data in asking.demand(question) or []]
    return found


def _instances(bounds: Bounds) -> list[Any]:
    from ostro.sdk.taskinstance import TaskInstance

    indexes = bounds.of("map_index")
    found = []
    for dag_id in bounds.dag_ids():
        question = FindTaskInstances(
            seq=0,
            dag_id=dag_id,
            task_ids=bounds.of("task_id"),
            run_ids=bounds.of("run_id"),
            states=bounds.of("state"),
            map_index=indexes[0] if indexes and len(indexes) == 1 else None,
            logical_dates=bounds.moments("logical_date", "execution_date"),
            limit=MOST,
        )
        found += [TaskInstance.from_data(data) for data in asking.demand(question) or []]
    return found


def _dags(bounds: Bounds) -> list[Any]:
    from ostro.sdk.around.engine import DagModel

    question = FindDags(seq=0, dag_ids=bounds.of("dag_id"), limit=MOST)
    return [DagModel(data) for data in asking.demand(question) or []]


def _xcoms(bounds: Bounds) -> list[Any]:
    from ostro.sdk.queries.models import XComRecord

    found = []
    for dag_id in bounds.dag_ids():
        question = FindXComs(
            seq=0,
            dag_id=dag_id,
            run_ids=bounds.of("run_id"),
            task_ids=bounds.of("task_id"),
            keys=bounds.of("key"),
            values=False,
            limit=MOST,
        )
        found += [XComRecord(data) for data in asking.demand(question) or []]
    return found


def _variables(bounds: Bounds) -> list[Any]:
    from ostro.sdk.variable import Variable

    keys = bounds.of("key")
    if keys is None:
        keys = list(asking.demand(ListVariables(seq=0)) or [])
    pairs = [(key, Variable.get_variable_from_secrets(key)) for key in keys]
    return [Variable(key, value) for key, value in pairs if value is not None]


def _connections(bounds: Bounds) -> list[Any]:
    from ostro.sdk.connection import Connection
    from ostro.sdk.exceptions import AirflowNotFoundException

    ids = bounds.of("conn_id")
    if ids is None:
        ids = list(asking.demand(ListConnections(seq=0)) or [])
    found = []
    for conn_id in ids:
        try:
            found.append(Connection.get(conn_id))
        except AirflowNotFoundException:
            continue
    return found


def _pools(bounds: Bounds) -> list[Any]:
    from ostro.sdk.queries.models import Pool

    return list(Pool.get_pools())


def _fails(bounds: Bounds) -> list[Any]:
    from ostro.sdk.queries.records import TaskFail

    return [TaskFail.of(data) for data in _past(bounds, failed=True)]


def _tries(bounds: Bounds) -> list[Any]:
    from ostro.sdk.queries.records import TaskInstanceHistory

    return [TaskInstanceHistory.of(data) for data in _past(bounds, failed=False)]


def _past(bounds: Bounds, *, failed: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for dag_id in bounds.dag_ids():
        question = FindTries(
            seq=0,
            dag_id=dag_id,
            run_ids=bounds.of("run_id"),
            task_ids=bounds.of("task_id"),
            failed=failed,
            since=bounds.low.get("end_date"),
            until=bounds.high.get("end_date"),
            limit=MOST,
        )
        found += asking.demand(question) or []
    return found


def _log(bounds: Bounds) -> list[Any]:
    from ostro.sdk.queries.records import Log

    question = FindLog(
        seq=0,
        dag_ids=bounds.of("dag_id"),
        events=bounds.of("event"),
        since=bounds.low.get("dttm"),
        until=bounds.high.get("dttm"),
        limit=MOST,
    )
    return [Log.of(data) for data in asking.demand(question) or []]


def _assets(bounds: Bounds) -> list[Any]:
    from ostro.sdk.queries.records import AssetModel

    question = FindAssets(seq=0, names=bounds.of("name"), uris=bounds.of("uri"), limit=MOST)
    return [AssetModel.of(data) for data in asking.demand(question) or []]


#: By the name of a class among the bases of a model.
_FETCH: dict[str, Callable[[Bounds], list[Any]]] = {
    "DagRun": _runs,
    "TaskInstance": _instances,
    "DagModel": _dags,
    "XCom": _xcoms,
    "Variable": _variables,
    "Connection": _connections,
    "Pool": _pools,
    "TaskFail": _fails,
    "TaskInstanceHistory": _tries,
    "Log": _log,
    "AssetModel": _assets,
}


# ---- deleting and changing -----------------------------------------------------------------------------------


def check_deletable(model: Any) -> None:
    """Raises UserError for what a task cannot delete."""
    if not {"XCom", "XComRecord", "Variable", "Connection"} & set(_names(model)):
        raise UserError(
            f"a task cannot delete rows of {model.__name__}: use `ostro db clean`, `ostro dags delete`, or the REST API"
        )


def delete(row: Any) -> None:
    """Delete one row. Raises UserError for what a task cannot delete."""
    check_deletable(type(row))
    names = _names(type(row))
    if "XComRecord" in names:
        from ostro.sdk import xcom

        xcom.backend().delete(row.key, map_index=row.map_index, **row.where)
    elif "Variable" in names:
        asking.demand(DeleteVariable(seq=0, key=row.key))
    else:
        asking.demand(DeleteConnection(seq=0, conn_id=row.conn_id))


def change(row: Any, name: str, value: Any) -> None:
    """Change a value of a row. Raises UserError for what a task cannot change."""
    if "DagModel" in _names(type(row)) and name == "is_paused":
        asking.demand(PauseDag(seq=0, dag_id=row.dag_id, paused=bool(value)))
        row.__dict__["is_paused"] = bool(value)
        return
    raise UserError(
        f"a task cannot change {name} of a {type(row).__name__}: use the REST API, `ostro tasks clear` or `ostro dags`"
    )

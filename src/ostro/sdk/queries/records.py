"""Models of 2.x for what the engine keeps of the past: failed tries, all tries, the audit log; and assets. For queries only."""

from __future__ import annotations

import json
from typing import Any, Self

from ostro.errors import UserError
from ostro.sdk.queries.model import Model


class Record(metaclass=Model):
    """A row that can be read and not be changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise UserError(
            f"a task cannot make a row of {type(self).__name__}: the engine writes them; a task writes to its log"
        )

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """The row of an answer."""
        row = cls.__new__(cls)
        row.__dict__.update(data)
        row.__dict__.update(row._more(data))
        return row

    def _more(self, data: dict[str, Any]) -> dict[str, Any]:
        """What Airflow calls otherwise, or has besides."""
        return {}

    def __repr__(self) -> str:
        shown = ("dag_id", "task_id", "run_id", "try_number", "event", "name")
        told = ", ".join(f"{name}={self.__dict__[name]!r}" for name in shown if self.__dict__.get(name))
        return f"<{type(self).__name__}: {told}>"


_TRY = {
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "start_date",
    "end_date",
    "duration",
    "logical_date",
    "execution_date",
}


class TaskInstanceHistory(Record):
    """A try of a task instance, the present one included."""

    __columns__ = frozenset(
        _TRY
        | {"try_number", "max_tries", "state", "queued_dttm", "hostname", "pid", "operator", "pool", "queue"}
    )

    def _more(self, data: dict[str, Any]) -> dict[str, Any]:
        begun, ended = data.get("start_date"), data.get("end_date")
        return {
            "duration": (ended - begun).total_seconds() if begun is not None and ended is not None else None,
            "execution_date": data.get("logical_date"),
            "queued_dttm": data.get("queued_at"),
        }


class TaskFail(TaskInstanceHistory):
    """A try that failed, whether another one followed or not."""

    __columns__ = frozenset(_TRY)


class Log(Record):
    """An entry of the audit log."""

    __columns__ = frozenset(
        {
            "id",
            "dttm",
            "dag_id",
            "task_id",
            "map_index",
            "run_id",
            "try_number",
            "event",
            "execution_date",
            "logical_date",
            "owner",
            "owner_display_name",
            "extra",
        }
    )

    def _more(self, data: dict[str, Any]) -> dict[str, Any]:
        extra = data.get("extra")
        return {
            "dttm": data["at"],
            "execution_date": data.get("logical_date"),
            "owner_display_name": data.get("owner"),
            "extra": extra if extra is None or isinstance(extra, str) else json.dumps(extra),
        }


class AssetModel(Record):
    """An asset, also one that no DAG names any more."""

    __columns__ = frozenset(
        {"id", "name", "uri", "group", "extra", "created_at", "updated_at", "is_orphaned", "is_active"}
    )

    def _more(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"is_orphaned": not data["is_active"]}


#: What 2.x calls it.
DatasetModel = AssetModel

"""XComs: values that tasks hand over. `BaseXCom` is what a backend of the installation subclasses.

[core] xcom_backend names the backend class. It may keep the value elsewhere in `serialize_value` and fetch it in
`deserialize_value`; both run in the task's process, never in the engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from ostro.protocol.task import DeleteXCom, GetXCom, GetXComs, SetXCom
from ostro.records import XComRow
from ostro.sdk import asking, serde
from ostro.sdk.xcomarg import XCOM_RETURN_KEY

__all__ = ["XCOM_RETURN_KEY", "BaseXCom", "backend", "load", "row"]


class BaseXCom:
    """Access to XComs by run and task, and the hooks of a custom backend."""

    XCOM_RETURN_KEY = XCOM_RETURN_KEY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Backends are used through their class; instances hold nothing."""

    # ---- hooks of a backend --------------------------------------------------------------------------------

    @staticmethod
    def serialize_value(
        value: Any,
        *,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        """The value as JSON text. Raises TypeError for a value that has no such form."""
        return serde.dumps(value).decode()

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        """The value of `result.value`, JSON text."""
        return serde.loads(result.value)

    @classmethod
    def orm_deserialize_value(cls, result: Any) -> Any:
        """The value for screens (2.x)."""
        return cls.deserialize_value(result)

    @staticmethod
    def purge(xcom: Any, *args: Any) -> None:
        """Called before an XCom is deleted, for backends that keep something elsewhere."""

    # ---- access --------------------------------------------------------------------------------------------

    @classmethod
    def set(
        cls,
        key: str,
        value: Any,
        *,
        dag_id: str,
        task_id: str,
        run_id: str,
        map_index: int = -1,
        **_: Any,
    ) -> None:
        """Store a value; one under the same key is replaced."""
        stored = row(key, value, dag_id=dag_id, task_id=task_id, run_id=run_id, map_index=map_index)
        asking.demand(SetXCom(seq=0, dag_id=dag_id, run_id=run_id, row=stored))

    @classmethod
    def get_one(
        cls,
        *,
        key: str,
        dag_id: str,
        task_id: str,
        run_id: str,
        map_index: int | None = None,
        include_prior_dates: bool = False,
        **_: Any,
    ) -> Any:
        """One value, None when there is none. `map_index` None means that of a task that is not mapped."""
        data = asking.demand(
            GetXCom(
                seq=0,
                dag_id=dag_id,
                run_id=run_id,
                task_id=task_id,
                key=key,
                map_index=-1 if map_index is None else map_index,
                include_prior_dates=include_prior_dates,
            )
        )
        return None if data is None else load(data, key, cls)

    @classmethod
    def get_value(cls, *, ti_key: Any, key: str, **_: Any) -> Any:
        """One value of the task instance of a `TaskInstanceKey`."""
        return cls.get_one(
            key=key,
            dag_id=ti_key.dag_id,
            task_id=ti_key.task_id,
            run_id=ti_key.run_id,
            map_index=ti_key.map_index,
        )

    @classmethod
    def get_all(
        cls, *, key: str, dag_id: str, task_id: str, run_id: str, include_prior_dates: bool = False, **_: Any
    ) -> list[Any] | None:
        """Values of all instances of a task in map order, None when there are none."""
        rows = _rows(dag_id, run_id, task_id, key, include_prior_dates=include_prior_dates)
        return [load(data, key, cls) for _, data in rows] or None

    @classmethod
    def delete(
        cls, key: str, *, dag_id: str, task_id: str, run_id: str, map_index: int | None = None, **_: Any
    ) -> None:
        """Delete an XCom."""
        index = -1 if map_index is None else map_index
        data = None
        if cls.purge is not BaseXCom.purge:
            data = asking.demand(
                GetXCom(seq=0, dag_id=dag_id, run_id=run_id, task_id=task_id, key=key, map_index=index)
            )
        if data is not None:
            cls.purge(_result(data, key))
        asking.demand(
            DeleteXCom(seq=0, dag_id=dag_id, run_id=run_id, task_id=task_id, key=key, map_index=index)
        )


def _rows(
    dag_id: str,
    run_id: str,
    task_id: str,
    key: str,
    *,
    start: int | None = None,
    stop: int | None = None,
    include_prior_dates: bool = False,
    newest: bool = False,
) -> Iterable[tuple[int, bytes]]:
    found = asking.demand(
        GetXComs(
            seq=0,
            dag_id=dag_id,
            run_id=run_id,
            task_id=task_id,
            key=key,
            start=start,
            stop=stop,
            include_prior_dates=include_prior_dates,
            newest=newest,
        )
    )
    return found or ()


def rows(dag_id: str, run_id: str, task_id: str, key: str, **kwargs: Any) -> list[Any]:
    """Values of a task's instances in map order; the rest as in GetXComs."""
    return [load(data, key) for _, data in _rows(dag_id, run_id, task_id, key, **kwargs)]


@lru_cache(maxsize=1)
def backend() -> type[BaseXCom]:
    """The backend class of the installation. Raises AirflowConfigException when it cannot be imported."""
    from ostro.sdk.conf import DEFAULTS, conf

    path = conf.get("core", "xcom_backend")
    if path == DEFAULTS["core"]["xcom_backend"]:
        return BaseXCom
    found: type[BaseXCom] = conf.getimport("core", "xcom_backend")
    return found


def row(key: str, value: Any, *, dag_id: str, task_id: str, run_id: str, map_index: int = -1) -> XComRow:
    """An XCom as it is stored. Raises TypeError when the value cannot be serialized."""
    cls = backend()
    if cls is BaseXCom:
        data = serde.dumps(value)
    else:
        arguments: dict[str, Any] = {
            "key": key,
            "task_id": task_id,
            "dag_id": dag_id,
            "run_id": run_id,
            "map_index": map_index,
        }
        made = cls.serialize_value(value, **arguments)
        if isinstance(made, bytes):
            data = made
        else:
            data = (made if isinstance(made, str) else json.dumps(made)).encode()
    length = len(value) if isinstance(value, (list, dict, tuple, set, frozenset)) else None
    return XComRow(task_id=task_id, key=key, value=data, map_index=map_index, length=length)


def load(data: bytes, key: str = XCOM_RETURN_KEY, cls: type[BaseXCom] | None = None) -> Any:
    """The value of a stored XCom. Raises ImportError when it is of a class that may not be read."""
    reader = cls if cls is not None and cls is not BaseXCom else backend()
    return serde.loads(data) if reader is BaseXCom else reader.deserialize_value(_result(data, key))


def _result(data: bytes, key: str) -> SimpleNamespace:
    return SimpleNamespace(value=data.decode(), key=key)


def __getattr__(name: str) -> Any:
    # `XCom` is the backend class of the installation, known when the settings can be read.
    if name == "XCom":
        return backend()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

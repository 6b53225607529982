"""XComs: values that tasks hand over. `BaseXCom` is what a backend of the installation subclasses.

[core] xcom_backend names the backend class. It may keep the value elsewhere in `serialize_value` and fetch it in
`deserialize_value`; both run in the task's process, never in the engine. Screens show what `serialize_value` gave.

Backends of 2.x and of 3.x differ in what goes through these two: bytes in 2.x, a JSON value in 3.x. What a backend gives
is kept as what it was: bytes come back as bytes, anything else as the JSON value.
"""

from __future__ import annotations

import base64
import datetime as dt
import inspect
import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ostro.protocol.task import DeleteXCom, GetXCom, GetXComs, SetXCom
from ostro.records import XComRow
from ostro.sdk import asking, serde
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.queries.model import Model
from ostro.sdk.xcomarg import XCOM_RETURN_KEY

__all__ = ["XCOM_RETURN_KEY", "BaseXCom", "backend", "load", "row"]

#: The backend of the common-io provider, and ours, which works without the provider.
_PROVIDERS_BACKEND = "airflow.providers.common.io.xcom.backend.XComObjectStorageBackend"
_OWN_BACKEND = "ostro.sdk.io.xcom_backend.XComObjectStorageBackend"
#: Keys that are written without the backend.
_SKIPS, _LINKS = "skipmixin_key", "_link_"
#: Frame of bytes that a backend gave.
_BYTES = "builtins.bytes"


class JsonText(str):
    """A value as JSON text, as `BaseXCom.serialize_value` gives it. `decode()` is for code of 2.x, where it was bytes."""

    __slots__ = ()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The text."""
        return str(self)


class StoredText(str):
    """A text that a backend reads back: the text itself, and as JSON for code of 2.x that decodes bytes."""

    __slots__ = ()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The text as JSON."""
        return json.dumps(str(self))


class BaseXCom(metaclass=Model):
    """Access to XComs by run and task, and the hooks of a custom backend."""

    __columns__ = frozenset(
        {
            "dag_id",
            "execution_date",
            "key",
            "logical_date",
            "map_index",
            "run_id",
            "task_id",
            "timestamp",
            "value",
        }
    )
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
        return JsonText(serde.dumps(value).decode())

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        """The value of `result.value`: a stored value, or JSON text or bytes that a backend put there."""
        value = result.value
        if isinstance(value, bytes) or (isinstance(value, str) and not isinstance(value, StoredText)):
            try:
                return serde.loads(value)
            except ValueError:
                return value
        return serde.deserialize(str(value) if isinstance(value, StoredText) else value)

    @classmethod
    def orm_deserialize_value(cls, result: Any) -> Any:
        """The value for screens (2.x)."""
        return cls.deserialize_value(result)

    @staticmethod
    def purge(xcom: Any, *args: Any) -> None:
        """Called when an XCom is deleted, for backends that keep something elsewhere."""

    # ---- access --------------------------------------------------------------------------------------------

    @classmethod
    def set(
        cls,
        key: str,
        value: Any,
        *,
        dag_id: str,
        task_id: str,
        run_id: str | None = None,
        map_index: int = -1,
        execution_date: dt.datetime | None = None,
        **_: Any,
    ) -> None:
        """Store a value; one under the same key is replaced."""
        run_id = _run_id(dag_id, run_id, execution_date)
        stored = row(key, value, dag_id=dag_id, task_id=task_id, run_id=run_id, map_index=map_index)
        asking.demand(SetXCom(seq=0, dag_id=dag_id, run_id=run_id, row=stored))

    @classmethod
    def get_one(
        cls,
        *,
        key: str | None = None,
        dag_id: str | None = None,
        task_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
        include_prior_dates: bool = False,
        ti_key: Any = None,
        execution_date: dt.datetime | None = None,
        **_: Any,
    ) -> Any:
        """One value, None when there is none. `map_index` None means that of a task that is not mapped."""
        if ti_key is not None:
            dag_id, task_id, run_id = ti_key.dag_id, ti_key.task_id, ti_key.run_id
            map_index = ti_key.map_index
        if dag_id is None or task_id is None:
            raise TypeError("XCom.get_one() needs dag_id, task_id and run_id, or ti_key")
        run_id = _run_id(dag_id, run_id, execution_date)
        key = key or XCOM_RETURN_KEY
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
        return None if data is None else load(data, key, cls, dag_id=dag_id, task_id=task_id, run_id=run_id)

    @classmethod
    def get_value(cls, *, ti_key: Any, key: str | None = None, **_: Any) -> Any:
        """One value of the task instance of a `TaskInstanceKey`."""
        return cls.get_one(key=key, ti_key=ti_key)

    @classmethod
    def get_all(
        cls, *, key: str, dag_id: str, task_id: str, run_id: str, include_prior_dates: bool = False, **_: Any
    ) -> list[Any] | None:
        """Values of all instances of a task in map order, None when there are none."""
        rows = _rows(dag_id, run_id, task_id, key, include_prior_dates=include_prior_dates)
        where: dict[str, Any] = {"dag_id": dag_id, "task_id": task_id, "run_id": run_id}
        return [load(data, key, cls, **where) for _, data in rows] or None

    @classmethod
    def get_many(cls, *args: Any, **kwargs: Any) -> Any:
        """The XComs that fit, as a query of 2.x: run_id (or execution_date), key, task_ids, dag_ids, map_indexes …"""
        from ostro.sdk.queries import xcoms

        return xcoms.get_many(*args, **kwargs)

    @classmethod
    def clear(
        cls,
        *,
        dag_id: str,
        task_id: str,
        run_id: str | None = None,
        map_index: int | None = None,
        execution_date: dt.datetime | None = None,
        **_: Any,
    ) -> None:
        """Delete all XComs of a task instance, of all its map indexes without one (2.x)."""
        from ostro.sdk.queries import xcoms

        xcoms.clear(dag_id, task_id, _run_id(dag_id, run_id, execution_date), map_index)

    @classmethod
    def delete(
        cls, key: str, *, dag_id: str, task_id: str, run_id: str, map_index: int | None = None, **_: Any
    ) -> None:
        """Delete an XCom."""
        index = -1 if map_index is None else map_index
        if cls.purge is not BaseXCom.purge:
            question = GetXCom(seq=0, dag_id=dag_id, run_id=run_id, task_id=task_id, key=key, map_index=index)
            data = asking.demand(question)
            if data is not None:
                purge(data, key, cls, dag_id=dag_id, task_id=task_id, run_id=run_id)
        asking.demand(
            DeleteXCom(seq=0, dag_id=dag_id, run_id=run_id, task_id=task_id, key=key, map_index=index)
        )

    # ---- for coroutines ------------------------------------------------------------------------------------

    @classmethod
    async def aset(cls, key: str, value: Any, **where: Any) -> None:
        """`set` for coroutines."""
        cls.set(key, value, **where)

    @classmethod
    async def aget_one(cls, **where: Any) -> Any:
        """`get_one` for coroutines."""
        return cls.get_one(**where)

    @classmethod
    async def aget_value(cls, *, ti_key: Any, key: str) -> Any:
        """`get_value` for coroutines."""
        return cls.get_value(ti_key=ti_key, key=key)

    @classmethod
    async def aget_all(cls, **where: Any) -> list[Any] | None:
        """`get_all` for coroutines."""
        return cls.get_all(**where)


def _run_id(dag_id: str, run_id: str | None, execution_date: dt.datetime | None) -> str:
    """The run, by its id or as 2.x had it by its logical date."""
    if run_id is not None:
        return run_id
    if execution_date is None:
        raise TypeError("an XCom belongs to a run: give run_id")
    from ostro.sdk.dagrun import DagRun

    runs = DagRun.find(dag_id=dag_id, logical_date=execution_date)
    if not runs:
        raise AirflowException(f"DAG {dag_id!r} has no run of {execution_date.isoformat()}")
    return str(runs[-1].run_id)


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
    where: dict[str, Any] = {"dag_id": dag_id, "task_id": task_id, "run_id": run_id}
    return [load(data, key, **where) for _, data in _rows(dag_id, run_id, task_id, key, **kwargs)]


# ---- the backend -------------------------------------------------------------------------------------------------


def is_own(path: str) -> bool:
    """Whether the setting names no backend of the installation: values are kept in the database."""
    return not path or (path.startswith("airflow.") and path.endswith(".BaseXCom"))


@lru_cache(maxsize=1)
def backend() -> type[BaseXCom]:
    """The backend class of the installation. Raises AirflowConfigException when it cannot be imported."""
    from ostro.sdk.conf import conf
    from ostro.sdk.exceptions import AirflowConfigException

    path = conf.get("core", "xcom_backend")
    if is_own(path):
        return BaseXCom
    try:
        found: Any = serde.import_class(path)
    except ImportError as error:
        if path != _PROVIDERS_BACKEND:
            raise AirflowConfigException(f"[core] xcom_backend: {error}") from None
        found = serde.import_class(_OWN_BACKEND)
    if not (isinstance(found, type) and issubclass(found, BaseXCom)):
        raise AirflowConfigException(f"[core] xcom_backend: {path} is no subclass of BaseXCom")
    return found


def row(key: str, value: Any, *, dag_id: str, task_id: str, run_id: str, map_index: int = -1) -> XComRow:
    """An XCom as it is stored. Raises TypeError when the value cannot be serialized."""
    cls = backend()
    if cls is BaseXCom:
        data = serde.dumps(value)
    else:
        arguments = {
            "key": key,
            "task_id": task_id,
            "dag_id": dag_id,
            "run_id": run_id,
            "map_index": map_index,
        }
        made = cls.serialize_value(value, **_taken(cls.serialize_value, arguments))
        data = str(made).encode() if isinstance(made, JsonText) else _stored(made)
    length = len(value) if isinstance(value, (list, dict, tuple, set, frozenset)) else None
    return XComRow(task_id=task_id, key=key, value=data, map_index=map_index, length=length)


@lru_cache(maxsize=8)
def _names(function: Callable[..., Any]) -> frozenset[str] | None:
    """Names of the parameters, None when it takes any."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters)


def _taken(function: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Those arguments that a backend takes: early 2.x gave it the value alone."""
    names = _names(function)
    return arguments if names is None else {k: v for k, v in arguments.items() if k in names}


def _stored(made: Any) -> bytes:
    """What a backend gave, as JSON."""
    if not isinstance(made, bytes):
        return serde.dumps(made)
    try:
        data, encoding = made.decode(), "utf-8"
    except UnicodeDecodeError:
        data, encoding = base64.b64encode(made).decode(), "base64"
    frame = {serde.CLASSNAME: _BYTES, serde.VERSION: 1, serde.DATA: data, "encoding": encoding}
    return json.dumps(frame).encode()


def _result(data: bytes, key: str, where: dict[str, Any]) -> SimpleNamespace:
    """What a backend reads a value from."""
    value = json.loads(data)
    if isinstance(value, str):
        value = StoredText(value)
    elif isinstance(value, dict) and value.get(serde.CLASSNAME) == _BYTES:
        text = value[serde.DATA]
        value = base64.b64decode(text) if value.get("encoding") == "base64" else text.encode()
    return SimpleNamespace(key=key, value=value, **where)


def _reader(cls: type[BaseXCom] | None, key: str) -> type[BaseXCom]:
    """Links and the word of a branch go past the backend: screens and the engine read them."""
    if key == _SKIPS or key.startswith(_LINKS):
        return BaseXCom
    return cls if cls is not None and cls is not BaseXCom else backend()


def load(data: bytes, key: str = XCOM_RETURN_KEY, cls: type[BaseXCom] | None = None, **where: Any) -> Any:
    """The value of a stored XCom. Raises ImportError when it is of a class that may not be read."""
    reader = _reader(cls, key)
    return serde.loads(data) if reader is BaseXCom else reader.deserialize_value(_result(data, key, where))


def purge(data: bytes, key: str, cls: type[BaseXCom] | None = None, **where: Any) -> None:
    """Let the backend delete what it keeps of an XCom elsewhere. Raises what the backend raises."""
    reader = _reader(cls, key)
    if reader.purge is BaseXCom.purge:
        return
    wants_session = "session" in (_names(reader.purge) or ())
    if wants_session:
        from ostro.sdk.around.session import Session

        reader.purge(_result(data, key, where), Session())
    else:
        reader.purge(_result(data, key, where))


if TYPE_CHECKING:
    XCom = BaseXCom


def __getattr__(name: str) -> Any:
    # `XCom` is the backend class of the installation, known when the settings can be read.
    if name == "XCom":
        return backend()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

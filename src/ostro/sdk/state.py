"""`airflow.sdk.state`: what a back end subclasses that keeps the state of tasks and assets outside the database.

A class that [workers] state_store_backend names turns each value into a reference, which the database keeps, and back; one that
[state_store] backend names keeps the values altogether. Both run in the processes of tasks and watchers only.
"""

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ostro.sdk.conf import conf
from ostro.sdk.exceptions import AirflowConfigException

#: Key of the document that stands for a value which a back end keeps, the same as Airflow's.
REFERENCE = "__airflow_state_ref__"


@dataclass(frozen=True)
class TaskScope:
    """Whose state: one task instance, over its tries."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1


@dataclass(frozen=True)
class AssetScope:
    """Whose state: one asset, by what is known of it. Raises ValueError for nothing."""

    asset_id: int | None = None
    name: str | None = None
    uri: str | None = None

    def __post_init__(self) -> None:
        if self.asset_id is None and self.name is None and self.uri is None:
            raise ValueError("an AssetScope needs a name, a URI or an asset_id")


StoreScope = TaskScope | AssetScope


class BaseStoreBackend(ABC):
    """Base of back ends. Values are JSON texts; `session` is always None here."""

    @abstractmethod
    def get(self, scope: StoreScope, key: str, *, session: Any = None) -> str | None:
        """The value of a key as JSON, None when it is not there."""

    @abstractmethod
    def set(
        self,
        scope: StoreScope,
        key: str,
        value: str,
        *,
        expires_at: dt.datetime | None = None,
        session: Any = None,
    ) -> None:
        """Keep a value, until a moment (None = for ever)."""

    @abstractmethod
    def delete(self, scope: StoreScope, key: str, *, session: Any = None) -> None:
        """Forget a key; nothing happens when it is not there."""

    @abstractmethod
    def clear(self, scope: StoreScope, *, all_map_indices: bool = False, session: Any = None) -> None:
        """Forget all keys of a scope, or of all instances of its task."""

    @abstractmethod
    async def aget(self, scope: StoreScope, key: str, *, session: Any = None) -> str | None:
        """Like `get`."""

    @abstractmethod
    async def aset(
        self,
        scope: StoreScope,
        key: str,
        value: str,
        *,
        expires_at: dt.datetime | None = None,
        session: Any = None,
    ) -> None:
        """Like `set`."""

    @abstractmethod
    async def adelete(self, scope: StoreScope, key: str, *, session: Any = None) -> None:
        """Like `delete`."""

    @abstractmethod
    async def aclear(self, scope: StoreScope, *, all_map_indices: bool = False, session: Any = None) -> None:
        """Like `clear`."""

    def cleanup(self) -> None:  # noqa: B027 - not every back end has something to forget
        """For the back end's own clock: forget what has expired. Ostro does not call it."""

    def serialize_task_state_store_to_ref(self, *, value: Any, key: str, scope: TaskScope) -> str:
        """Keep a task's value, give the reference that the database keeps; always the same for a key of a scope."""
        return json.dumps(value)

    def deserialize_task_state_store_from_ref(self, stored: str) -> Any:
        """The value of a reference."""
        return json.loads(stored)

    def serialize_asset_state_store_to_ref(self, *, value: Any, key: str, scope: AssetScope) -> str:
        """Keep an asset's value, give the reference that the database keeps; always the same for a key of a scope."""
        return json.dumps(value)

    def deserialize_asset_state_store_from_ref(self, stored: str) -> Any:
        """The value of a reference."""
        return json.loads(stored)


@lru_cache(maxsize=1)
def of_values() -> BaseStoreBackend | None:
    """The back end of [workers] state_store_backend, None without. Raises AirflowConfigException."""
    return _made("workers", "state_store_backend")


@lru_cache(maxsize=1)
def of_all() -> BaseStoreBackend | None:
    """The back end of [state_store] backend, None when the database keeps state. Raises AirflowConfigException."""
    return _made("state_store", "backend")


def _made(section: str, option: str) -> BaseStoreBackend | None:
    path = conf.get(section, option, fallback="")
    if not path or path.startswith("airflow.state.metastore."):
        return None
    from ostro.sdk.serde import import_class

    try:
        found: Any = import_class(path)
    except ImportError as error:
        raise AirflowConfigException(f"[{section}] {option}: {error}") from None
    if not (isinstance(found, type) and issubclass(found, BaseStoreBackend)):
        raise AirflowConfigException(f"[{section}] {option}: {path} is no subclass of BaseStoreBackend")
    return found()

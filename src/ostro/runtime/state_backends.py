"""State of tasks and assets with the back ends of the installation: whoever keeps a value, here it is found.

Without a back end all goes to the engine. A back end of values ([workers] state_store_backend) is given each value and gives the
reference that is kept in its place. A back end of everything ([state_store] backend) takes the engine's place: the
engine, its screens and its clock know nothing of such keys.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from ostro.sdk import state
from ostro.sdk.conf import conf
from ostro.sdk.log import get_logger


class Keeper:
    """The keys of one task instance or asset. `get`, `put`, `drop` ask the engine."""

    def __init__(
        self,
        scope: state.StoreScope,
        *,
        get: Callable[[str], bytes | None],
        put: Callable[[str, bytes, dt.datetime | None], None],
        drop: Callable[[str | None, bool], None],
    ) -> None:
        self.scope = scope
        self._get = get
        self._put = put
        self._drop = drop

    def get(self, key: str, default: Any) -> Any:
        """The value of a key."""
        whole = state.of_all()
        found: Any = self._get(key) if whole is None else whole.get(self.scope, key)
        return default if found is None else self._opened(key, json.loads(found))

    async def aget(self, key: str, default: Any) -> Any:
        """Like `get`, with the coroutine of a back end of everything."""
        whole = state.of_all()
        if whole is None:
            return self.get(key, default)
        found = await whole.aget(self.scope, key)
        return default if found is None else self._opened(key, json.loads(found))

    def put(self, key: str, value: Any, data: bytes, expires_at: dt.datetime | None) -> int:
        """Keep a value, of which `data` is the JSON. Bytes that its keeper is given."""
        data = self._packed(key, value, data)
        whole = state.of_all()
        if whole is None:
            self._put(key, data, expires_at)
        else:
            whole.set(self.scope, key, data.decode(), expires_at=expires_at)
        return len(data)

    async def aput(self, key: str, value: Any, data: bytes, expires_at: dt.datetime | None) -> int:
        """Like `put`, with the coroutine of a back end of everything."""
        whole = state.of_all()
        if whole is None:
            return self.put(key, value, data, expires_at)
        data = self._packed(key, value, data)
        await whole.aset(self.scope, key, data.decode(), expires_at=expires_at)
        return len(data)

    def drop(self, key: str | None, *, all_map_indices: bool = False) -> None:
        """Forget one key, or all: the reference first, so that none is left that leads nowhere."""
        if state.of_all() is None:
            self._drop(key, all_map_indices)
        for backend in (state.of_all(), state.of_values()):
            if backend is not None and key is not None:
                backend.delete(self.scope, key)
            elif backend is not None:
                backend.clear(self.scope, all_map_indices=all_map_indices)

    async def adrop(self, key: str | None, *, all_map_indices: bool = False) -> None:
        """Like `drop`, with the coroutines of back ends."""
        if state.of_all() is None:
            self._drop(key, all_map_indices)
        for backend in (state.of_all(), state.of_values()):
            if backend is not None and key is not None:
                await backend.adelete(self.scope, key)
            elif backend is not None:
                await backend.aclear(self.scope, all_map_indices=all_map_indices)

    def _packed(self, key: str, value: Any, data: bytes) -> bytes:
        backend = state.of_values()
        if backend is None:
            return data
        if isinstance(self.scope, state.TaskScope):
            reference = backend.serialize_task_state_store_to_ref(value=value, key=key, scope=self.scope)
        else:
            reference = backend.serialize_asset_state_store_to_ref(value=value, key=key, scope=self.scope)
        return json.dumps({state.REFERENCE: reference}).encode()

    def _opened(self, key: str, stored: Any) -> Any:
        backend = state.of_values()
        if backend is None:
            return stored
        if not isinstance(stored, dict) or set(stored) != {state.REFERENCE}:
            get_logger("airflow.task").warning(
                "the state %r was not written through [workers] state_store_backend; it is given as it is",
                key,
            )
            return stored
        reference = stored[state.REFERENCE]
        if isinstance(self.scope, state.TaskScope):
            return backend.deserialize_task_state_store_from_ref(reference)
        return backend.deserialize_asset_state_store_from_ref(reference)


def clear_after_success(*, dag_id: str, run_id: str, task_id: str, map_index: int) -> None:
    """[state_store] clear_on_success: the engine forgets its keys by itself, back ends are told here."""
    if state.of_all() is None and state.of_values() is None:
        return
    if not conf.getboolean("state_store", "clear_on_success", fallback=False):
        return
    scope = state.TaskScope(dag_id, run_id, task_id, map_index)
    for backend in (state.of_all(), state.of_values()):
        if backend is not None:
            backend.clear(scope)

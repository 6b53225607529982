"""`task_state_store` and `asset_state_store` of the context: small values that outlive a try, or a run.

Values are what JSON has. A key of a task is kept for `[state_store] default_retention_days` unless `set` says otherwise;
a key of an asset until somebody deletes it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ostro.protocol.task import DeleteState, GetState, SetState
from ostro.runtime.state_backends import Keeper
from ostro.sdk import asking
from ostro.sdk.assets import Asset, AssetRef
from ostro.sdk.conf import conf
from ostro.sdk.log import get_logger
from ostro.sdk.state import AssetScope, TaskScope
from ostro.sdk.timezone import utcnow

#: Retention that means: as long as the run (`airflow.sdk.NEVER_EXPIRE`).
NEVER_EXPIRE = dt.timedelta.max


class _Store:
    """What both kinds do alike; the coroutines are for code that runs in an event loop."""

    _keeper: Keeper

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, `default` when it is not there."""
        return self._keeper.get(key, default)

    def delete(self, key: str) -> None:
        """Forget a key; nothing happens when it is not there."""
        self._keeper.drop(key)

    async def aget(self, key: str, default: Any = None) -> Any:
        """Like `get`."""
        return await self._keeper.aget(key, default)

    async def adelete(self, key: str) -> None:
        """Like `delete`."""
        await self._keeper.adrop(key)


class TaskStateStore(_Store):
    """The state of the task instance that runs; its next try finds it again."""

    def __init__(self, *, dag_id: str, run_id: str, task_id: str, map_index: int) -> None:
        scope = TaskScope(dag_id, run_id, task_id, map_index)
        where = asdict(scope)
        self._keeper = Keeper(
            scope,
            get=lambda key: asking.demand(GetState(seq=0, key=key, **where)),
            put=lambda key, value, until: asking.demand(
                SetState(seq=0, key=key, value=value, expires_at=until)
            ),
            drop=lambda key, every: asking.demand(DeleteState(seq=0, key=key, all_map_indices=every)),
        )

    def set(self, key: str, value: Any, *, retention: dt.timedelta | None = None) -> None:
        """Keep a value for `retention` (None = the setting, NEVER_EXPIRE = as long as the run).

        Raises ValueError for None and for what JSON does not have.
        """
        _check_length(key, self._keeper.put(key, value, _written(key, value), _expiry(retention)))

    async def aset(self, key: str, value: Any, *, retention: dt.timedelta | None = None) -> None:
        """Like `set`."""
        _check_length(key, await self._keeper.aput(key, value, _written(key, value), _expiry(retention)))

    def clear(self, all_map_indices: bool = False) -> None:
        """Forget all keys of this instance, or of all instances of the task."""
        self._keeper.drop(None, all_map_indices=all_map_indices)

    async def aclear(self, all_map_indices: bool = False) -> None:
        """Like `clear`."""
        await self._keeper.adrop(None, all_map_indices=all_map_indices)


class AssetStateStore(_Store):
    """The state of one asset, shared by all that have it among their inlets or outlets, and by its watchers."""

    def __init__(self, name: str, uri: str, *, watcher: bool = False) -> None:
        asset = (name, uri)
        self._keeper = Keeper(
            AssetScope(name=name or None, uri=uri or None),
            get=lambda key: asking.demand(GetState(seq=0, key=key, asset=asset)),
            put=lambda key, value, until: asking.demand(
                SetState(seq=0, key=key, value=value, asset=asset, watcher=watcher)
            ),
            drop=lambda key, every: asking.demand(DeleteState(seq=0, key=key, asset=asset, watcher=watcher)),
        )

    def set(self, key: str, value: Any) -> None:
        """Keep a value. Raises ValueError for None and for what JSON does not have."""
        _check_length(key, self._keeper.put(key, value, _written(key, value), None))

    async def aset(self, key: str, value: Any) -> None:
        """Like `set`."""
        _check_length(key, await self._keeper.aput(key, value, _written(key, value), None))

    def clear(self) -> None:
        """Forget all keys."""
        self._keeper.drop(None)

    async def aclear(self) -> None:
        """Like `clear`."""
        await self._keeper.adrop(None)


class AssetStateStores(Mapping[Any, AssetStateStore]):
    """`asset_state_store[asset]`; a task or watcher with one asset leaves the name out."""

    def __init__(self, inlets: Sequence[Any], outlets: Sequence[Any], *, watcher: bool = False) -> None:
        self._watcher = watcher
        self._assets: dict[tuple[str, str], Any] = {}
        for asset in (*inlets, *outlets):
            if isinstance(asset, (Asset, AssetRef)):
                self._assets[_key(asset)] = asset

    def __getitem__(self, asset: Any) -> AssetStateStore:
        if not isinstance(asset, (Asset, AssetRef)):
            raise TypeError(f"an Asset or a reference to one is expected, not {type(asset).__name__}")
        name, uri = _key(asset)
        for known_name, known_uri in self._assets:
            if (not name or name == known_name or not known_name) and (
                not uri or uri == known_uri or not known_uri
            ):
                return AssetStateStore(known_name or name, known_uri or uri, watcher=self._watcher)
        raise KeyError(f"{asset!r} is not among the inlets and outlets of this task")

    def __iter__(self) -> Iterator[Any]:
        return iter(self._assets.values())

    def __len__(self) -> int:
        return len(self._assets)

    def _single(self) -> AssetStateStore:
        if len(self._assets) != 1:
            raise ValueError(
                f"the task has {len(self._assets)} assets among its inlets and outlets; "
                "say which: context['asset_state_store'][MY_ASSET]"
            )
        ((name, uri),) = self._assets
        return AssetStateStore(name, uri, watcher=self._watcher)

    def get(self, key: Any, default: Any = None) -> Any:
        """`get` of the one asset."""
        return self._single().get(key, default)

    def set(self, key: str, value: Any) -> None:
        """`set` of the one asset."""
        self._single().set(key, value)

    def delete(self, key: str) -> None:
        """`delete` of the one asset."""
        self._single().delete(key)

    def clear(self) -> None:
        """`clear` of the one asset."""
        self._single().clear()

    async def aget(self, key: str, default: Any = None) -> Any:
        """Like `get`."""
        return await self._single().aget(key, default)

    async def aset(self, key: str, value: Any) -> None:
        """Like `set`."""
        await self._single().aset(key, value)

    async def adelete(self, key: str) -> None:
        """Like `delete`."""
        await self._single().adelete(key)

    async def aclear(self) -> None:
        """Like `clear`."""
        await self._single().aclear()


def _key(asset: Any) -> tuple[str, str]:
    return getattr(asset, "name", None) or "", getattr(asset, "uri", None) or ""


def _written(key: str, value: Any) -> bytes:
    if value is None:
        raise ValueError(f"the state {key!r} cannot be None; use delete({key!r})")
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the state {key!r} holds what JSON does not have: {error}") from None


def _check_length(key: str, length: int) -> None:
    limit = conf.getint("state_store", "max_value_storage_bytes", fallback=65535)
    if length > limit:
        get_logger("airflow.task").warning(
            "the state %r is %d bytes long, more than [state_store] max_value_storage_bytes = %d",
            key,
            length,
            limit,
        )


def _expiry(retention: dt.timedelta | None) -> dt.datetime | None:
    if retention is None:
        days = conf.getint("state_store", "default_retention_days", fallback=30)
        retention = dt.timedelta(days=days) if days > 0 else NEVER_EXPIRE
    try:
        return None if retention == NEVER_EXPIRE else utcnow() + retention
    except OverflowError:
        return None

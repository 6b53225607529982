"""`outlet_events`, `inlet_events` and `triggering_asset_events` of the context.

What a task says about its outlets is collected here and leaves with its result. Events are told apart by the name and
URI of an asset, or the name of an alias.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ostro.errors import UserError
from ostro.sdk import serde
from ostro.sdk.assets import Asset, AssetAlias, AssetRef

Key = tuple[str, str, str]


def key_of(asset: Any) -> Key:
    """What tells one asset, alias or reference from another. Raises TypeError for anything else."""
    if isinstance(asset, Asset):
        return "asset", asset.name, asset.uri
    if isinstance(asset, AssetAlias):
        return "alias", asset.name, ""
    if isinstance(asset, AssetRef):
        return "asset", getattr(asset, "name", "") or "", getattr(asset, "uri", "") or ""
    raise TypeError(f"an asset or an asset alias is expected, not {type(asset).__name__}")


class OutletEvent:
    """What the task says about one outlet."""

    def __init__(self, key: Key, asset: Any) -> None:
        self.key = key
        self.asset = asset
        self.extra: dict[str, Any] = {}
        #: Assets that were put behind an alias, with their extra.
        self.added: list[tuple[Any, dict[str, Any]]] = []
        self.partition_keys: list[str] = []

    def add(self, asset: Any, extra: Mapping[str, Any] | None = None) -> None:
        """Put an asset behind this alias: it gets an event when the task succeeds."""
        self.added.append((Asset(asset) if isinstance(asset, str) else asset, dict(extra or {})))

    def add_partitions(self, keys: str | Sequence[str]) -> None:
        """Say which partitions were written."""
        self.partition_keys.extend([keys] if isinstance(keys, str) else keys)


class OutletEvents(Mapping[Any, OutletEvent]):
    """`outlet_events[asset]`; made when asked for."""

    def __init__(self) -> None:
        self._events: dict[Key, OutletEvent] = {}

    def __getitem__(self, asset: Any) -> OutletEvent:
        key = key_of(asset)
        if key not in self._events:
            self._events[key] = OutletEvent(key, asset)
        return self._events[key]

    def __iter__(self) -> Iterator[Any]:
        return (event.asset for event in self._events.values())

    def __len__(self) -> int:
        return len(self._events)

    def collect(self, outlets: Sequence[Any]) -> list[dict[str, Any]]:
        """The events of a successful task: one for each outlet, and for each asset behind an alias.

        Raises TypeError when an extra cannot be serialized.
        """
        found: list[dict[str, Any]] = []
        for outlet in outlets:
            if not isinstance(outlet, (Asset, AssetAlias, AssetRef)):
                continue  # lineage entities of 2.x
            event = self._events.get(key_of(outlet))
            if isinstance(outlet, AssetAlias):
                for asset, extra in event.added if event is not None else ():
                    found.append({**_event(asset, extra, ()), "alias": outlet.name})
            else:
                extra = event.extra if event is not None else {}
                found.append(_event(outlet, extra, event.partition_keys if event is not None else ()))
        return found


def _event(asset: Any, extra: Mapping[str, Any], partitions: Sequence[str]) -> dict[str, Any]:
    _, name, uri = key_of(asset)
    event: dict[str, Any] = {
        "type": "ref" if isinstance(asset, AssetRef) else "asset",
        "name": name,
        "uri": uri,
    }
    event["group"] = getattr(asset, "group", "asset")
    event["extra"] = serde.serialize(dict(extra))
    if partitions:
        event["partition_keys"] = list(partitions)
    return event


class TriggeringEvents(Mapping[Any, Sequence[Any]]):
    """`triggering_asset_events[asset]`: the events that made the run."""

    def __init__(self, consumed: Sequence[Mapping[str, Any]]) -> None:
        self._events: dict[Key, list[Any]] = {}
        self._assets: dict[Key, Any] = {}
        for entry in consumed:
            asset = Asset(name=entry.get("name") or None, uri=entry.get("uri") or None)
            key = key_of(asset)
            self._assets[key] = asset
            self._events.setdefault(key, []).extend(Event(data, asset) for data in entry.get("events", ()))

    def __getitem__(self, asset: Any) -> Sequence[Any]:
        if isinstance(asset, str):  # 2.x: by URI
            for key, events in self._events.items():
                if asset in key[1:]:
                    return events
            raise KeyError(asset)
        return self._events[key_of(asset)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._assets.values())

    def __len__(self) -> int:
        return len(self._events)


class Event:
    """One asset event as user code reads it."""

    def __init__(self, data: Mapping[str, Any], asset: Any) -> None:
        self.asset = asset
        self.uri = getattr(asset, "uri", None)
        self.extra: dict[str, Any] = dict(data.get("extra") or {})
        self._data = data

    def __getattr__(self, name: str) -> Any:
        try:
            return self._data[name]
        except KeyError:
            raise AttributeError(name) from None

    def __repr__(self) -> str:
        return f"AssetEvent({self.uri!r}, extra={self.extra!r})"


class InletEvents(Mapping[Any, Any]):
    """`inlet_events[asset]`: earlier events of the task's inlets."""

    def __init__(self, inlets: Sequence[Any]) -> None:
        self._inlets = list(inlets)

    def __getitem__(self, asset: Any) -> Any:
        raise UserError(
            "inlet_events is not available in this release of Ostro; triggering_asset_events holds the events of this run"
        )

    def __iter__(self) -> Iterator[Any]:
        return iter(self._inlets)

    def __len__(self) -> int:
        return len(self._inlets)


class NoStateStore:
    """`task_state_store` and `asset_state_store`: any use says that this release has none."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        name = object.__getattribute__(self, "_name")
        raise UserError(
            f"{name} is not available in this release of Ostro; keep state in a Variable or an XCom"
        )

    def __getitem__(self, key: Any) -> Any:
        return self.__getattr__("get")

"""`outlet_events`, `inlet_events` and `triggering_asset_events` of the context.

What a task says about its outlets is collected here and leaves with its result. Events are told apart by the name and
URI of an asset, or the name of an alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, overload

import msgspec

from ostro.errors import UserError
from ostro.protocol.task import GetAssetEvents, GetAssets
from ostro.sdk import asking
from ostro.sdk.assets import Asset, AssetAlias, AssetRef
from ostro.sdk.exceptions import AirflowInactiveAssetInInletOrOutletException

if TYPE_CHECKING:
    from ostro.sdk.asset_event import AssetEvent

#: ("asset", name, URI), or ("alias", name, "").
Key = tuple[str, str, str]
#: Events that are asked for at once.
PORTION = 500
#: Longest partition key, in characters (Airflow's limit).
MAX_PARTITION_KEY = 250


def key_of(asset: Any) -> Key:
    """What tells one asset or alias from another; a reference is looked up. Raises TypeError for anything else."""
    if isinstance(asset, Asset):
        return "asset", asset.name, asset.uri
    if isinstance(asset, AssetAlias):
        return "alias", asset.name, ""
    if isinstance(asset, AssetRef):
        found = resolve(asset)
        return "asset", found.name, found.uri
    raise TypeError(f"an asset or an asset alias is expected as the key, not {type(asset).__name__}")


def resolve(reference: AssetRef) -> Asset:
    """The asset that a reference means. Raises UserError when no DAG defines it."""
    name, uri = _names(reference)
    (found,) = _ask([(name, uri)])
    if found is None:
        raise UserError(
            f"{reference!r} means no asset: no DAG defines one of that {'name' if name else 'uri'}"
        )
    return Asset(name=found[0], uri=found[1], group=found[2], extra=found[3])


def check_active(inlets: Iterable[Any], outlets: Iterable[Any]) -> None:
    """Raise AirflowInactiveAssetInInletOrOutletException when one of the assets is not active.

    That is one that no DAG defines any more, or whose name or URI another asset has.
    """
    named = {_names(thing): thing for thing in (*inlets, *outlets) if isinstance(thing, (Asset, AssetRef))}
    if not named:
        return
    found = _ask(list(named))
    missing = [thing for thing, one in zip(named.values(), found, strict=True) if one is None]
    if missing:
        raise AirflowInactiveAssetInInletOrOutletException(missing)


def _names(asset: Asset | AssetRef) -> tuple[str, str]:
    return getattr(asset, "name", "") or "", getattr(asset, "uri", "") or ""


def _ask(keys: list[tuple[str, str]]) -> list[Any]:
    found: list[Any] = asking.demand(GetAssets(seq=0, keys=keys))
    return found


# ---- outlets --------------------------------------------------------------------------------------------------------


class OutletEvent:
    """What the task says about one outlet."""

    def __init__(self, key: Key, asset: Any) -> None:
        self.key = key
        self.asset = asset
        self.extra: dict[str, Any] = {}
        #: Assets that were put behind an alias, with their extra.
        self.added: list[tuple[Asset, dict[str, Any]]] = []
        self.partition_keys: dict[str, None] = {}

    def add(self, asset: Any, extra: Mapping[str, Any] | None = None) -> None:
        """Put an asset behind this alias: it gets an event when the task succeeds. Of an asset: does nothing."""
        if self.key[0] != "alias":
            return
        if isinstance(asset, AssetRef):
            asset = resolve(asset)
        elif isinstance(asset, str):  # 2.x took a URI
            asset = Asset(uri=asset)
        if not isinstance(asset, Asset):
            raise TypeError(f"only an asset can be put behind an alias, not {type(asset).__name__}")
        self.added.append((asset, dict(extra or {})))

    def add_partitions(self, keys: str | Iterable[str]) -> None:
        """Say which partitions were written: one event for each. Keys have 1 to 250 characters."""
        if self.key[0] == "alias":
            raise TypeError("add_partitions() is for assets; an alias has no partitions")
        for key in [keys] if isinstance(keys, str) else keys:
            if not isinstance(key, str):
                raise TypeError(f"a partition key is text, not {type(key).__name__}")
            if not key.strip():
                raise ValueError(f"the partition key {key!r} is empty; give it some text")
            if len(key) > MAX_PARTITION_KEY:
                raise ValueError(
                    f"a partition key has {len(key)} characters; use at most {MAX_PARTITION_KEY}"
                )
            self.partition_keys[key] = None

    def __repr__(self) -> str:
        return f"OutletEvent({self.asset!r}, extra={self.extra!r})"


class OutletEvents(Mapping[Any, OutletEvent]):
    """`outlet_events[asset]`; made when asked for."""

    def __init__(self, outlets: Sequence[Any] = ()) -> None:
        self._outlets = outlets
        self._events: dict[Key, OutletEvent] = {}

    def __getitem__(self, asset: Any) -> OutletEvent:
        if isinstance(asset, str):
            asset = self._of_text(asset)
        key = key_of(asset)
        if key not in self._events:
            self._events[key] = OutletEvent(key, asset)
        return self._events[key]

    def for_asset(self, *, name: str = "", uri: str = "") -> OutletEvent:
        """By name or URI of the asset."""
        return self[Asset.ref(name=name, uri=uri)]

    def for_asset_alias(self, *, name: str) -> OutletEvent:
        """By name of the alias."""
        return self[AssetAlias(name)]

    def __iter__(self) -> Iterator[Any]:
        return (event.asset for event in self._events.values())

    def __len__(self) -> int:
        return len(self._events)

    def _of_text(self, text: str) -> Any:
        """2.x: the name of an alias or the URI of an asset, among the outlets."""
        for outlet in self._outlets:
            if isinstance(outlet, (Asset, AssetAlias)) and text in (
                outlet.name,
                getattr(outlet, "uri", None),
            ):
                return outlet
        raise KeyError(text)

    def collect(self, outlets: Sequence[Any]) -> list[dict[str, Any]]:
        """The events of a successful task: one for each outlet, or for each partition that it wrote, and one for each
        asset behind its aliases; what was put behind several aliases with the same extra is one event.

        Raises TypeError when an extra cannot be written as JSON.
        """
        found: list[dict[str, Any]] = []
        behind: list[tuple[Asset, dict[str, Any], list[str]]] = []
        for outlet in outlets:
            if isinstance(outlet, (Asset, AssetRef)):
                event = self._event_of(outlet)
                found.append(_said(outlet, {} if event is None else event.extra))
                if event is not None and event.partition_keys:
                    found[-1]["partition_keys"] = list(event.partition_keys)
            elif isinstance(outlet, AssetAlias):
                for asset, extra in self._added(outlet):
                    known = next((b for b in behind if b[0] == asset and b[1] == extra), None)
                    if known is None:
                        behind.append((asset, extra, [outlet.name]))
                    elif outlet.name not in known[2]:
                        known[2].append(outlet.name)
        for asset, extra, aliases in behind:
            found.append({**_said(asset, extra), "aliases": aliases})
            if asset.extra:
                found[-1]["asset_extra"] = _plain(asset.extra)
        return found

    def _added(self, alias: AssetAlias) -> list[tuple[Asset, dict[str, Any]]]:
        event = self._events.get(key_of(alias))
        return [] if event is None else event.added

    def _event_of(self, outlet: Asset | AssetRef) -> OutletEvent | None:
        """What was said of an outlet; of a reference, of whatever asset has its name or URI."""
        if isinstance(outlet, Asset):
            return self._events.get(key_of(outlet))
        name, uri = _names(outlet)
        for key, event in self._events.items():
            if key[0] == "asset" and (key[1] == name or key[2] == uri):
                return event
        return None


def _said(asset: Asset | AssetRef, extra: Mapping[str, Any]) -> dict[str, Any]:
    name, uri = _names(asset)
    return {"name": name, "uri": uri, "group": getattr(asset, "group", "asset"), "extra": _plain(extra)}


def _plain(extra: Mapping[str, Any]) -> Any:
    """An extra as JSON data; what cannot be sent or stored is refused here, where its author sees it."""
    try:
        found = msgspec.json.decode(msgspec.json.encode(dict(extra)))
        msgspec.msgpack.encode(found)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"the extra {extra!r} of an asset cannot be written as JSON: {error}") from error
    return found


# ---- triggering events -----------------------------------------------------------------------------------------------


class TriggeringEvents(Mapping[Any, Sequence[Any]]):
    """`triggering_asset_events[asset]`: the events that made the run, by asset, and by alias that they came through."""

    def __init__(self, consumed: Sequence[AssetEvent]) -> None:
        self._events: dict[Key, list[AssetEvent]] = {}
        self._assets: dict[Key, Any] = {}
        for event in consumed:
            for thing in (event.asset, *event.source_aliases):
                key = key_of(thing)
                self._assets.setdefault(key, thing)
                self._events.setdefault(key, []).append(event)

    def __getitem__(self, asset: Any) -> Sequence[AssetEvent]:
        if isinstance(asset, str):  # 2.x: by URI
            for key, events in self._events.items():
                if asset in key[1:]:
                    return events
            raise KeyError(asset)
        return self._events[key_of(asset)]

    def for_asset(self, *, name: str = "", uri: str = "") -> Sequence[AssetEvent]:
        """By name or URI of the asset."""
        for key, events in self._events.items():
            if key[0] == "asset" and (not name or key[1] == name) and (not uri or key[2] == uri):
                return events
        raise KeyError(name or uri)

    def for_asset_alias(self, *, name: str) -> Sequence[AssetEvent]:
        """By name of the alias."""
        return self[AssetAlias(name)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._assets.values())

    def __len__(self) -> int:
        return len(self._events)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


def by_uri(consumed: Sequence[AssetEvent]) -> dict[str, list[AssetEvent]]:
    """`triggering_dataset_events` of 2.x: the events that made the run, by the URI of their dataset."""
    found: dict[str, list[AssetEvent]] = {}
    for event in consumed:
        found.setdefault(event.uri, []).append(event)
    return found


# ---- inlets ----------------------------------------------------------------------------------------------------------


class InletEvents(Mapping[Any, "PastEvents"]):
    """`inlet_events[asset]`: earlier events of the task's inlets; by asset, alias, reference, or position."""

    def __init__(self, inlets: Sequence[Any]) -> None:
        self._inlets = [i for i in inlets if isinstance(i, (Asset, AssetAlias, AssetRef))]
        self._found: dict[Any, PastEvents] = {}

    def __getitem__(self, key: Any) -> PastEvents:
        if isinstance(key, int):
            key = self._inlets[key]
        elif isinstance(key, str):  # 2.x: by URI or name
            key = self._of_text(key)
        elif not isinstance(key, (Asset, AssetAlias, AssetRef)):
            raise TypeError(f"an inlet is asked for by asset or position, not by {type(key).__name__}")
        for inlet in self._inlets:
            if _same(inlet, key):
                return PastEvents(inlet)
        raise KeyError(key)

    def for_asset(self, *, name: str = "", uri: str = "") -> PastEvents:
        """By name or URI of the asset."""
        return self[Asset.ref(name=name, uri=uri)]

    def for_asset_alias(self, *, name: str) -> PastEvents:
        """By name of the alias."""
        return self[AssetAlias(name)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._inlets)

    def __len__(self) -> int:
        return len(self._inlets)

    def _of_text(self, text: str) -> Any:
        for inlet in self._inlets:
            if text in (getattr(inlet, "uri", None), getattr(inlet, "name", None)):
                return inlet
        raise KeyError(text)


def _same(inlet: Any, wanted: Any) -> bool:
    """Whether an inlet is what was asked for: a reference and an asset are compared by what both have."""
    if isinstance(inlet, AssetAlias) or isinstance(wanted, AssetAlias):
        return isinstance(inlet, AssetAlias) and inlet == wanted
    pairs = list(zip(_names(inlet), _names(wanted), strict=True))
    if all(not a or not b for a, b in pairs):
        return key_of(inlet) == key_of(wanted)
    return all(a == b for a, b in pairs if a and b)


class PastEvents(Sequence["AssetEvent"]):
    """Events of one inlet, earliest first, read a portion at a time when they are looked at.

    `after`, `before` (inclusive), `ascending` and `limit` narrow the choice and give the same object.
    """

    def __init__(self, inlet: Any) -> None:
        self._inlet = inlet
        self._after: datetime | None = None
        self._before: datetime | None = None
        self._ascending = True
        self._limit: int | None = None
        self._forget()

    def after(self, after: str | datetime) -> PastEvents:
        """From this moment on."""
        self._after = _moment(after)
        return self._forget()

    def before(self, before: str | datetime) -> PastEvents:
        """Up to this moment."""
        self._before = _moment(before)
        return self._forget()

    def ascending(self, ascending: bool = True) -> PastEvents:
        """Earliest first, or latest first."""
        self._ascending = bool(ascending)
        return self._forget()

    def limit(self, limit: int) -> PastEvents:
        """So many from the beginning of that order."""
        if limit < 0:
            raise ValueError(f"limit() takes a number of events, not {limit}")
        self._limit = limit
        return self._forget()

    def _forget(self) -> PastEvents:
        #: The events from the beginning that were read, and whether these are all.
        self._read: list[AssetEvent] = []
        self._complete = self._limit == 0
        self._length: int | None = None
        return self

    @overload
    def __getitem__(self, index: int) -> AssetEvent: ...
    @overload
    def __getitem__(self, index: slice) -> list[AssetEvent]: ...
    def __getitem__(self, index: int | slice) -> AssetEvent | list[AssetEvent]:
        if isinstance(index, slice):
            return self._slice(index)
        if index < 0 and self._limit is None and not self._complete:
            # Events near the end are not worth reading all the others.
            return self._from_end(-index)[-index - 1]
        self._read_up_to(index + 1 if index >= 0 else None)
        return self._read[index]

    def _slice(self, index: slice) -> list[AssetEvent]:
        start, stop, step = index.start or 0, index.stop, index.step or 1
        near_end = start < 0 and (stop is None or stop < 0) and step > 0
        if near_end and self._limit is None and not self._complete:
            last = self._from_end(-start)[::-1]
            return last[: None if stop is None else max(0, len(last) + stop) : step]
        self._read_up_to(stop if stop is not None and start >= 0 and stop >= 0 and step > 0 else None)
        return self._read[index]

    def __iter__(self) -> Iterator[AssetEvent]:
        place = 0
        while True:
            if place == len(self._read):
                self._read_up_to(place + PORTION)
            if place == len(self._read):
                return
            yield self._read[place]
            place += 1

    def __len__(self) -> int:
        if self._complete:
            return len(self._read)
        if self._length is None:
            found = int(asking.demand(self._question(self._ascending, count=True)))
            self._length = found if self._limit is None else min(found, self._limit)
        return self._length

    def __repr__(self) -> str:
        return f"PastEvents({self._inlet!r})"

    def _read_up_to(self, count: int | None) -> None:
        """Have the first `count` events (None: all) in memory."""
        while not self._complete and (count is None or len(self._read) < count):
            have = len(self._read)
            wanted = min(PORTION if count is None else count - have, PORTION)
            if self._limit is not None:
                wanted = min(wanted, self._limit - have)
            found = self._ask(self._ascending, wanted, self._read[-1:])
            self._read += found
            self._complete = len(found) < wanted or len(self._read) == self._limit

    def _from_end(self, count: int) -> list[AssetEvent]:
        """The last events, the very last first; fewer when there are no more."""
        found: list[AssetEvent] = []
        while len(found) < count:
            wanted = min(count - len(found), PORTION)
            more = self._ask(not self._ascending, wanted, found[-1:])
            found += more
            if len(more) < wanted:
                break
        return found

    def _ask(self, ascending: bool, limit: int, last: Sequence[AssetEvent]) -> list[AssetEvent]:
        from ostro.sdk.asset_event import AssetEvent

        beyond = None
        if last:
            assert last[0].id is not None and last[0].timestamp is not None  # events of the engine have them
            beyond = (last[0].timestamp, last[0].id)
        question = self._question(ascending, limit=limit, beyond=beyond)
        return [AssetEvent(data) for data in asking.demand(question)]

    def _question(self, ascending: bool, **more: Any) -> GetAssetEvents:
        is_alias = isinstance(self._inlet, AssetAlias)
        name, uri = ("", "") if is_alias else _names(self._inlet)
        return GetAssetEvents(
            seq=0,
            name=name,
            uri=uri,
            alias=self._inlet.name if is_alias else "",
            after=self._after,
            before=self._before,
            ascending=ascending,
            **more,
        )


def _moment(value: str | datetime) -> datetime:
    from ostro.sdk.timezone import coerce_datetime

    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    return coerce_datetime(parsed)

"""Assets: things that tasks produce, and whose change starts DAGs. `Dataset` is the 2.x name of `Asset`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from ostro.sdk.exceptions import DagInvalid

MAX_LENGTH = 1500


class AssetUniqueKey(NamedTuple):
    """What makes an asset that asset."""

    name: str
    uri: str

    @staticmethod
    def from_asset(asset: Asset) -> AssetUniqueKey:
        """The key of an asset."""
        return AssetUniqueKey(asset.name, asset.uri)

    def to_asset(self) -> Asset:
        """The asset of the key."""
        return Asset(name=self.name, uri=self.uri)


class AssetAliasUniqueKey(NamedTuple):
    """What makes an alias that alias."""

    name: str

    @staticmethod
    def from_asset_alias(asset_alias: AssetAlias) -> AssetAliasUniqueKey:
        """The key of an alias."""
        return AssetAliasUniqueKey(asset_alias.name)

    def to_asset_alias(self) -> AssetAlias:
        """The alias of the key."""
        return AssetAlias(name=self.name)


class BaseAsset:
    """Something that can stand in a condition: `a | b` (any), `a & b` (all)."""

    def __or__(self, other: object) -> AssetAny:
        return AssetAny(self, _asset(other))

    def __and__(self, other: object) -> AssetAll:
        return AssetAll(self, _asset(other))

    def __bool__(self) -> bool:
        return True

    def as_expression(self) -> Any:
        """The condition as JSON."""
        raise NotImplementedError

    def iter_assets(self) -> Iterator[tuple[AssetUniqueKey, Asset]]:
        """All assets in it."""
        return iter(())

    def iter_asset_aliases(self) -> Iterator[tuple[str, AssetAlias]]:
        """All aliases in it."""
        return iter(())

    def iter_asset_refs(self) -> Iterator[AssetRef]:
        """All references in it."""
        return iter(())


class AssetWatcher:
    """Watches for changes of an asset from outside: a trigger that yields events."""

    def __init__(self, name: str, trigger: Any) -> None:
        """Raises ValueError for a trigger that is no BaseEventTrigger."""
        from ostro.sdk.trigger import BaseEventTrigger

        if not isinstance(trigger, BaseEventTrigger):
            raise ValueError(
                f"Asset watcher trigger must inherit BaseEventTrigger, not {type(trigger).__name__}"
            )
        self.name = name
        self.trigger = trigger

    def __repr__(self) -> str:
        return f"AssetWatcher(name={self.name!r}, trigger={self.trigger!r})"


class AssetAccessControl:
    """Which teams may write and read an asset."""

    def __init__(
        self,
        producer_teams: Iterable[str] = (),
        consumer_teams: Iterable[str] | None = None,
        allow_global: bool = True,
    ) -> None:
        self.producer_teams = list(producer_teams)
        self.consumer_teams = None if consumer_teams is None else list(consumer_teams)
        self.allow_global = allow_global

    def serialize(self) -> dict[str, Any]:
        """Its fields, for XComs."""
        return dict(self.__dict__)

    @staticmethod
    def deserialize(data: dict[str, Any], version: int) -> AssetAccessControl:
        """The value of `serialize`."""
        return AssetAccessControl(**data)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"AssetAccessControl(producer_teams={self.producer_teams!r}, consumer_teams={self.consumer_teams!r}, "
            f"allow_global={self.allow_global!r})"
        )


class Asset(BaseAsset):
    """An asset, known by name and URI; the one that is not given is like the other."""

    name: str
    uri: str
    group: str
    extra: dict[str, Any]
    watchers: list[AssetWatcher]

    asset_type: ClassVar[str] = "asset"
    __version__: ClassVar[int] = 1

    def __init__(
        self,
        name: str | None = None,
        uri: Any = None,
        *,
        group: str | None = None,
        extra: Mapping[str, Any] | None = None,
        watchers: Iterable[AssetWatcher] | None = None,
        access_control: AssetAccessControl | None = None,
    ) -> None:
        if name is None and uri is None:
            raise TypeError("Asset() needs a name or a uri")
        text = None if uri is None else str(uri)
        self.name = _checked("name", name if name is not None else text or "")
        self.uri = sanitize_uri(_checked("uri", text if text is not None else self.name))
        self.group = _checked("group", group) if group else self.asset_type
        self.extra = dict(extra or {})
        self.watchers = list(watchers or ())
        self.access_control = access_control or AssetAccessControl()

    @staticmethod
    def ref(*, name: str = "", uri: str = "") -> AssetRef:
        """An asset that is defined elsewhere, by its name or URI."""
        if name and uri:
            raise TypeError("Asset.ref() takes a name or a uri, not both")
        if name:
            return AssetNameRef(name)
        if uri:
            return AssetUriRef(uri)
        raise TypeError("Asset.ref() needs a name or a uri")

    def __fspath__(self) -> str:
        return self.uri

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Asset):
            return NotImplemented
        mine = (self.name, self.uri, self.group, self.extra)
        return mine == (other.name, other.uri, other.group, other.extra)

    def __hash__(self) -> int:
        return hash((self.name, self.uri))

    def __repr__(self) -> str:
        named = f"name={self.name!r}, uri={self.uri!r}, group={self.group!r}, extra={self.extra!r}"
        return f"{type(self).__name__}({named}, watchers={self.watchers!r}, access_control={self.access_control!r})"

    @property
    def normalized_uri(self) -> str | None:
        """The URI as providers compare it."""
        return self.uri if urlsplit(self.uri).scheme else None

    def serialize(self) -> dict[str, Any]:
        """What makes it up, for XComs; watchers belong to the DAG file."""
        return {"name": self.name, "uri": self.uri, "group": self.group, "extra": self.extra}

    @staticmethod
    def deserialize(data: dict[str, Any], version: int) -> Asset:
        """The asset of `serialize`."""
        return Asset(**data)

    def as_expression(self) -> Any:
        return {"asset": {"uri": self.uri, "name": self.name, "group": self.group}}

    def iter_assets(self) -> Iterator[tuple[AssetUniqueKey, Asset]]:
        yield AssetUniqueKey.from_asset(self), self

    def evaluate(self, statuses: Mapping[AssetUniqueKey, bool]) -> bool:
        """Whether the asset was updated."""
        return statuses.get(AssetUniqueKey.from_asset(self), False)


class Dataset(Asset):
    """The 2.x name: `Dataset("s3://bucket/key")`, the first argument is the URI."""

    asset_type: ClassVar[str] = "dataset"

    def __init__(self, uri: Any = None, extra: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if isinstance(extra, str):
            # Dataset(name, uri) of 2.10 and later.
            uri, kwargs["name"], extra = extra, uri, None
        super().__init__(uri=uri, extra=extra, **kwargs)


class Model(Asset):
    """An asset that is a model."""

    asset_type: ClassVar[str] = "model"


class AssetRef(BaseAsset):
    """An asset that is defined elsewhere."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def iter_asset_refs(self) -> Iterator[AssetRef]:
        yield self


class AssetNameRef(AssetRef):
    """By name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def as_expression(self) -> Any:
        return {"asset_ref": {"name": self.name}}

    def __repr__(self) -> str:
        return f"AssetNameRef(name={self.name!r})"


class AssetUriRef(AssetRef):
    """By URI."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def as_expression(self) -> Any:
        return {"asset_ref": {"uri": self.uri}}

    def __repr__(self) -> str:
        return f"AssetUriRef(uri={self.uri!r})"


class AssetAlias(BaseAsset):
    """A name behind which a task puts assets when it runs."""

    def __init__(self, name: str, *, group: str = "asset") -> None:
        self.name = _checked("name", name)
        self.group = _checked("group", group)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetAlias) and self.name == other.name

    def __hash__(self) -> int:
        return hash(("alias", self.name))

    def __repr__(self) -> str:
        return f"AssetAlias(name={self.name!r}, group={self.group!r})"

    def serialize(self) -> dict[str, Any]:
        """Its fields, for XComs."""
        return {"name": self.name, "group": self.group}

    @staticmethod
    def deserialize(data: dict[str, Any], version: int) -> AssetAlias:
        """The alias of `serialize`."""
        return AssetAlias(**data)

    def as_expression(self) -> Any:
        return {"alias": {"name": self.name, "group": self.group}}

    def iter_asset_aliases(self) -> Iterator[tuple[str, AssetAlias]]:
        yield self.name, self


class _Combination(BaseAsset):
    word: ClassVar[str]

    def __init__(self, *objects: Any) -> None:
        for item in objects:
            _asset(item)
        self.objects: list[BaseAsset] = list(objects)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.objects))})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.objects == other.objects

    __hash__ = None  # type: ignore[assignment]

    def as_expression(self) -> Any:
        return {self.word: [o.as_expression() for o in self.objects]}

    def iter_assets(self) -> Iterator[tuple[AssetUniqueKey, Asset]]:
        seen: set[AssetUniqueKey] = set()
        for item in self.objects:
            for key, asset in item.iter_assets():
                if key not in seen:
                    seen.add(key)
                    yield key, asset

    def iter_asset_aliases(self) -> Iterator[tuple[str, AssetAlias]]:
        for item in self.objects:
            yield from item.iter_asset_aliases()

    def iter_asset_refs(self) -> Iterator[AssetRef]:
        for item in self.objects:
            yield from item.iter_asset_refs()


class AssetAny(_Combination):
    """Met when any of its parts is."""

    word = "any"

    def __or__(self, other: object) -> AssetAny:
        return AssetAny(*self.objects, _asset(other))


class AssetAll(_Combination):
    """Met when all of its parts are."""

    word = "all"

    def __and__(self, other: object) -> AssetAll:
        return AssetAll(*self.objects, _asset(other))


class Metadata:
    """What a task tells of an asset that it wrote; yielded or returned by it."""

    def __init__(
        self, asset: Any, extra: Mapping[str, Any] | None = None, alias: AssetAlias | str | None = None
    ) -> None:
        if isinstance(asset, str):
            asset = Asset(asset)
        self.asset = asset
        self.extra = dict(extra or {})
        self.alias = AssetAlias(alias) if isinstance(alias, str) else alias

    def __repr__(self) -> str:
        return f"Metadata(asset={self.asset!r}, extra={self.extra!r})"


def expand_alias_to_assets(alias: AssetAlias) -> list[Asset]:
    """The active assets that tasks put behind an alias so far; none when no engine can be asked."""
    from ostro.protocol.task import GetAssets
    from ostro.sdk import asking

    if not asking.connected():
        return []
    found = asking.demand(GetAssets(seq=0, alias=alias.name)) or []
    return [Asset(name=one[0], uri=one[1], group=one[2], extra=one[3]) for one in found if one is not None]


def reference(thing: Any) -> dict[str, Any]:
    """An inlet or outlet as JSON: type asset, alias or ref with its names; anything else by its text."""
    if isinstance(thing, Asset):
        found: dict[str, Any] = {"type": "asset", "name": thing.name, "uri": thing.uri, "group": thing.group}
        return {**found, "extra": thing.extra} if thing.extra else found
    if isinstance(thing, AssetAlias):
        return {"type": "alias", "name": thing.name, "group": thing.group}
    if isinstance(thing, AssetNameRef):
        return {"type": "ref", "name": thing.name}
    if isinstance(thing, AssetUriRef):
        return {"type": "ref", "uri": thing.uri}
    name = getattr(thing, "url", None) or getattr(thing, "name", None) or type(thing).__name__
    return {"type": "other", "name": str(name)}


# ---- names and URIs -------------------------------------------------------------------------------------------------

_Sanitizer = Callable[[SplitResult], SplitResult]


def _file_uri(parts: SplitResult) -> SplitResult:
    return parts if parts.path.startswith("/") else parts._replace(path=f"/{parts.path}")


_sanitizers: dict[str, _Sanitizer] = {"file": _file_uri}


def sanitize_uri(uri: str) -> str:
    """The URI in its normal form, Airflow's: scheme in lower case, query sorted and without empty values, no user with
    a password, no fragment, no slash at the end of a path (an empty path is "/").

    A text without scheme is left alone, as is one whose scheme begins with "x-". Raises DagInvalid for the reserved
    scheme "airflow".
    """
    if not uri or uri.isspace():
        raise DagInvalid("the uri of an asset is empty; give it some text")
    parts = urlsplit(uri)
    scheme = parts.scheme.lower()
    if not scheme or scheme.startswith("x-"):
        return uri
    if scheme == "airflow":
        raise DagInvalid(
            f"the uri {uri!r} of an asset has the scheme airflow, which is reserved; use another"
        )
    account, _, host = parts.netloc.rpartition("@")
    netloc = host if ":" in account else parts.netloc
    query = urlencode(sorted(parse_qsl(parts.query)))
    path = parts.path.rstrip("/") or "/"
    cleaned = SplitResult(scheme, netloc, path, query, "")
    sanitizer = _sanitizers.get(scheme) or _of_providers().get(scheme)
    if sanitizer is None:
        return urlunsplit(cleaned)
    try:
        return urlunsplit(sanitizer(cleaned))
    except ValueError as error:
        raise DagInvalid(f"the uri {uri!r} of an asset cannot be: {error}") from error


@cache
def _of_providers() -> Mapping[str, _Sanitizer]:
    """Per scheme the function of the installed provider that knows it (`asset-uris` of its provider info)."""
    from importlib import import_module

    from ostro.sdk.providers import ProvidersManager

    found: dict[str, _Sanitizer] = {}
    try:
        entries = ProvidersManager().asset_uris
    except ImportError:
        return found  # a provider package that is broken; who uses it hears of it
    for entry in entries:
        module, _, name = (entry.get("handler") or "").rpartition(".")
        if not module:
            continue
        try:
            handler: _Sanitizer = getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue  # a provider without the libraries it needs: its URIs stay as they are written
        for scheme in entry.get("schemes", ()):
            found.setdefault(scheme, handler)
    return found


def register_sanitizer(scheme: str, sanitizer: Callable[[SplitResult], SplitResult]) -> None:
    """How URIs of a scheme are normalized; raises ValueError for one that cannot be."""
    _sanitizers[scheme] = sanitizer


def _checked(what: str, text: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"the {what} of an asset is text, not {type(text).__name__}")
    if not text or text.isspace():
        raise DagInvalid(f"the {what} of an asset is empty; give it some text")
    if len(text) > MAX_LENGTH:
        raise DagInvalid(f"the {what} of an asset has {len(text)} characters; use at most {MAX_LENGTH}")
    return text


def _asset(thing: object) -> BaseAsset:
    if not isinstance(thing, BaseAsset):
        raise TypeError(f"only assets can be combined with & and |, not {type(thing).__name__}")
    return thing

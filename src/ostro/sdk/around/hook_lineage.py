"""What hooks tell of the data that they read and write: `airflow.sdk.lineage`.

Hooks of providers report assets to the collector of the process. Who wants to know is a plugin with
`hook_lineage_readers`; without one nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ostro.sdk.log import LoggingMixin

#: Assets kept of one task, at most.
MOST_ASSETS = 100


@dataclass(frozen=True)
class AssetLineageInfo:
    """An asset, how often it was reported, and by what."""

    asset: Any
    count: int
    context: Any


@dataclass(frozen=True)
class ExtraLineageInfo:
    """Anything else that a hook reported."""

    key: str
    value: Any
    count: int
    context: Any


@dataclass
class HookLineage:
    """All that was reported."""

    inputs: list[AssetLineageInfo] = field(default_factory=list)
    outputs: list[AssetLineageInfo] = field(default_factory=list)
    extra: list[ExtraLineageInfo] = field(default_factory=list)


class HookLineageCollector(LoggingMixin):
    """Keeps what hooks report."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        self._found: dict[str, dict[Any, list[Any]]] = {"inputs": {}, "outputs": {}, "extra": {}}

    def create_asset(
        self,
        *,
        scheme: str | None = None,
        uri: str | None = None,
        name: str | None = None,
        group: str | None = None,
        asset_kwargs: dict[str, Any] | None = None,
        asset_extra: dict[str, Any] | None = None,
    ) -> Any:
        """The asset of a URI, or of a scheme and what the provider makes a URI of; None when there is neither."""
        from ostro.sdk.assets import Asset

        if uri or name:
            given: dict[str, Any] = {"uri": uri, "name": name, "group": group, "extra": asset_extra}
            return Asset(**{key: value for key, value in given.items() if value})
        factory = _factory(scheme) if scheme else None
        if factory is None:
            self.log.debug("no provider makes assets of the scheme %s", scheme)
            return None
        return factory(**(asset_kwargs or {}), extra=asset_extra or {})

    def add_input_asset(self, context: Any, **asset: Any) -> None:
        """The hook `context` read an asset; the keywords are those of `create_asset`."""
        self._add("inputs", context, self.create_asset(**asset))

    def add_output_asset(self, context: Any, **asset: Any) -> None:
        """The hook `context` wrote an asset; the keywords are those of `create_asset`."""
        self._add("outputs", context, self.create_asset(**asset))

    add_input_dataset = add_input_asset
    add_output_dataset = add_output_asset

    def add_extra(self, context: Any, key: str, value: Any) -> None:
        """The hook `context` did something worth telling."""
        if key and value is not None:
            self._count("extra", (key, repr(value), id(context)), [(key, value), context, 0])

    def _add(self, kind: str, context: Any, asset: Any) -> None:
        if asset is not None:
            self._count(kind, (asset.name, asset.uri, id(context)), [asset, context, 0])

    def _count(self, kind: str, key: Any, entry: list[Any]) -> None:
        known = self._found[kind]
        if key in known or len(known) < MOST_ASSETS:
            known.setdefault(key, entry)[2] += 1

    @property
    def collected_assets(self) -> HookLineage:
        """All that was reported."""

        def infos(kind: str) -> list[AssetLineageInfo]:
            return [AssetLineageInfo(asset, n, context) for asset, context, n in self._found[kind].values()]

        extra = [
            ExtraLineageInfo(key, value, n, context)
            for (key, value), context, n in self._found["extra"].values()
        ]
        return HookLineage(infos("inputs"), infos("outputs"), extra)

    collected_datasets = collected_assets

    @property
    def has_collected(self) -> bool:
        """Whether anything was reported."""
        return any(self._found.values())


class NoOpCollector(HookLineageCollector):
    """Keeps nothing, because nobody reads it."""

    def add_input_asset(self, *_: Any, **__: Any) -> None:
        """Nothing."""

    add_output_asset = add_input_dataset = add_output_dataset = add_extra = add_input_asset


class HookLineageReader(LoggingMixin):
    """Base of what plugins list as `hook_lineage_readers`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        self.lineage_collector = get_hook_lineage_collector()

    def retrieve_hook_lineage(self) -> HookLineage:
        """All that was reported in this process."""
        return self.lineage_collector.collected_assets


@cache
def get_hook_lineage_collector() -> HookLineageCollector:
    """The collector of this process."""
    from ostro.sdk import plugins

    read = plugins.installed is not None and any(True for _ in plugins.installed.of("hook_lineage_readers"))
    return HookLineageCollector() if read else NoOpCollector()


def _factory(scheme: str) -> Callable[..., Any] | None:
    """What a provider makes assets of a scheme with."""
    from ostro.sdk.around.modules import import_string
    from ostro.sdk.providers import ProvidersManager

    for info in ProvidersManager().providers.values():
        for entry in info.data.get("asset-uris") or ():
            if scheme in entry.get("schemes", ()) and entry.get("factory"):
                return import_string(entry["factory"])  # type: ignore[no-any-return]
    return None

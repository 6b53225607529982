"""What installed provider packages say of themselves: `ProvidersManager`.

Each provider package has an entry point `apache_airflow_provider` that gives a dict. It is read at the first question;
no module of a provider with operators or hooks is imported.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import entry_points
from typing import Any, NamedTuple

GROUP = "apache_airflow_provider"


class ProviderInfo(NamedTuple):
    """A provider package."""

    version: str
    #: What its entry point gives.
    data: dict[str, Any]
    package_or_source: str = "package"


class HookInfo(NamedTuple):
    """The hook for a type of connections."""

    hook_class_name: str
    connection_id_attribute_name: str
    package_name: str
    hook_name: str
    connection_type: str
    connection_testable: bool = False


class DialectInfo(NamedTuple):
    """A dialect of SQL."""

    name: str
    dialect_class_name: str
    provider_name: str


class ProvidersManager:
    """Reads what providers say of themselves. All instances share it."""

    _shared: dict[str, Any] = {}

    def __init__(self) -> None:
        self.__dict__ = self._shared

    @cached_property
    def providers(self) -> dict[str, ProviderInfo]:
        """Provider packages by distribution name."""
        found = {}
        for point in entry_points(group=GROUP):
            data = point.load()()
            name = data.get("package-name") or (point.dist.name if point.dist else point.name)
            found[name] = ProviderInfo(point.dist.version if point.dist else "", data)
        return dict(sorted(found.items()))

    @cached_property
    def hooks(self) -> dict[str, HookInfo | None]:
        """Hooks by type of connection; the class is told by name and attributes of its own are not read."""
        found: dict[str, HookInfo | None] = {}
        for package, entry in self._listed("connection-types"):
            kind = entry["connection-type"]
            if kind not in found:
                found[kind] = HookInfo(
                    hook_class_name=entry["hook-class-name"],
                    connection_id_attribute_name=f"{kind}_conn_id",
                    package_name=package,
                    hook_name=entry.get("hook-name", kind),
                    connection_type=kind,
                )
        return found

    @cached_property
    def dialects(self) -> dict[str, DialectInfo]:
        """Dialects of SQL by name."""
        return {
            entry["dialect-type"]: DialectInfo(entry["dialect-type"], entry["dialect-class-name"], package)
            for package, entry in self._listed("dialects")
        }

    @cached_property
    def taskflow_decorators(self) -> dict[str, str]:
        """Class paths of `@task.NAME` by name."""
        return {entry["name"]: entry["class-name"] for _, entry in self._listed("task-decorators")}

    @cached_property
    def extra_links_class_names(self) -> list[str]:
        """Class paths of operator links."""
        return sorted({name for _, name in self._listed("extra-links")})

    @cached_property
    def notification(self) -> list[str]:
        """Class paths of notifiers."""
        return sorted({name for _, name in self._listed("notifications")})

    @cached_property
    def secrets_backend_class_names(self) -> list[str]:
        """Class paths of secrets backends."""
        return sorted({name for _, name in self._listed("secrets-backends")})

    @cached_property
    def queue_class_names(self) -> list[str]:
        """Class paths of message queues, for MessageQueueTrigger."""
        return sorted({name for _, name in self._listed("queues")})

    @cached_property
    def asset_uris(self) -> list[dict[str, Any]]:
        """Schemes of asset URIs that providers know, each with the path of the function that normalizes them."""
        return [entry for name in ("asset-uris", "dataset-uris") for _, entry in self._listed(name)]

    @cached_property
    def filesystem_module_names(self) -> list[str]:
        """Modules with file systems for ObjectStoragePath."""
        return sorted({name for _, name in self._listed("filesystems")})

    @cached_property
    def plugins(self) -> list[Any]:
        """Plugins, as the packages list them."""
        return [entry for _, entry in self._listed("plugins")]

    @cached_property
    def secret_fields(self) -> dict[str, frozenset[str]]:
        """Fields of Extra that the providers' forms draw as passwords, by type of connection."""
        found: dict[str, frozenset[str]] = {}
        for _, entry in self._listed("connection-types"):
            fields = entry.get("conn-fields") or {}
            secret = {
                str(name)
                for name, field in fields.items()
                if (field.get("schema") or {}).get("format") == "password"
            }
            kind = str(entry.get("connection-type", ""))
            found.setdefault(kind, frozenset(secret | {f"extra__{kind}__{name}" for name in secret}))
        return found

    def _listed(self, key: str) -> Iterator[tuple[str, Any]]:
        for package, info in self.providers.items():
            for entry in info.data.get(key) or ():
                yield package, entry

    def __getattr__(self, name: str) -> Any:
        # `initialize_providers_hooks()` and its like: there is nothing to prepare.
        if name.startswith("initialize_providers_"):
            return lambda: None
        raise AttributeError(name)


#: The name of it in task processes.
ProvidersManagerTaskRuntime = ProvidersManager

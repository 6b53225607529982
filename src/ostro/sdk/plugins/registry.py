"""The plugins of this process: imported once, before the first DAG file, and what they bring.

A plugin that cannot be imported, or is not well formed, is an error with its source; the others and the DAG files go on.
Parts of a plugin that only Airflow's own web server could use (views, blueprints, menu links …) are listed, not used.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from ostro.sdk.around.plugins import AirflowPlugin
from ostro.sdk.plugins.listeners import Listeners
from ostro.sdk.plugins.sources import Entry, Found

#: Attributes of a plugin that screens list.
LISTED = (
    "macros",
    "listeners",
    "operators",
    "sensors",
    "hooks",
    "timetables",
    "priority_weight_strategies",
    "global_operator_extra_links",
    "operator_extra_links",
    "partition_mappers",
    "windows",
    "deadline_references",
    "hook_lineage_readers",
    "executors",
)
#: Attributes that nothing in Ostro uses.
UNUSED = (
    "flask_blueprints",
    "fastapi_apps",
    "fastapi_root_middlewares",
    "external_views",
    "react_apps",
    "menu_links",
    "admin_views",
    "appbuilder_views",
    "appbuilder_menu_items",
    "executors",
)


class Plugins:
    """All plugins, in the order in which they were found."""

    def __init__(self) -> None:
        self.plugins: list[Any] = []
        #: Why a source could not be used, by source.
        self.errors: dict[str, str] = {}
        self.listeners = Listeners()

    def add(self, kind: type[AirflowPlugin], source: str) -> None:
        """Take a plugin. One of a name that is there already is left out, as in Airflow."""
        try:
            kind.validate()
            if any(known.name == kind.name for known in self.plugins):
                return
            plugin = kind()
            plugin.source = source
            plugin.on_load()
            for listener in plugin.listeners:
                self.listeners.add(listener)
            _make_modules(plugin)
        except Exception as error:  # the boundary to code of plugins
            self.errors[source] = f"{type(error).__name__}: {error}"
            return
        self.plugins.append(plugin)

    def of(self, attribute: str) -> Iterator[Any]:
        """What all plugins have in a list."""
        for plugin in self.plugins:
            yield from getattr(plugin, attribute, None) or ()

    def find(self, attribute: str, path: str) -> Any:
        """The class of a list by its dotted path; None when no plugin has it."""
        for kind in self.of(attribute):
            if f"{kind.__module__}.{kind.__qualname__}" == path:
                return kind
        return None

    def links(self, operator_class: type) -> dict[str, Any]:
        """The links that plugins give to an operator, by name: those for all, and those for its class."""
        found = {link.name: link for link in self.of("global_operator_extra_links")}
        for link in self.of("operator_extra_links"):
            if any(issubclass(operator_class, kind) for kind in link.operators if isinstance(kind, type)):
                found[link.name] = link
        return found


def load(found: Found, folder: str | None) -> Plugins:
    """Import the plugins."""
    loaded = Plugins()
    for path in found.files:
        source = os.path.relpath(path, folder) if folder else path
        try:
            module = _import(path, folder or os.path.dirname(path))
        except Exception as error:  # the boundary to code of plugins
            loaded.errors[source] = _sentence(error, path)
            continue
        for kind in _defined(module):
            loaded.add(kind, source)
    for entry in found.entries:
        _add_entry(loaded, entry)
    return loaded


def _add_entry(loaded: Plugins, entry: Entry) -> None:
    module_name, _, attribute = entry.value.partition(":")
    try:
        value: Any = importlib.import_module(module_name)
        for part in attribute.split(".") if attribute else ():
            value = getattr(value, part)
    except Exception as error:  # the boundary to code of plugins
        loaded.errors[str(entry)] = _sentence(error, "")
        return
    for kind in _defined(value) if isinstance(value, ModuleType) else [value]:
        if inspect.isclass(kind) and issubclass(kind, AirflowPlugin):
            loaded.add(kind, str(entry))


def _defined(module: ModuleType) -> Iterable[type[AirflowPlugin]]:
    """The plugin classes of a module; also those that it imported, as in Airflow."""
    return [
        value
        for value in list(vars(module).values())
        if inspect.isclass(value) and issubclass(value, AirflowPlugin) and value is not AirflowPlugin
    ]


def _import(path: str, folder: str) -> ModuleType:
    """The module of a file, under the name by which DAG files import it where that is possible."""
    parts = os.path.splitext(os.path.relpath(path, folder))[0].split(os.sep)
    if parts[-1] == "__init__":
        parts.pop()
    name = ".".join(parts)
    if parts and all(part.isidentifier() for part in parts):
        known = sys.modules.get(name)
        if known is not None and getattr(known, "__file__", None) == path:
            return known
        if known is None and _origin(name) == path:
            return importlib.import_module(name)
    digest = hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()[:16]
    spec = importlib.util.spec_from_file_location(f"pluginfile_{digest}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported", path=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _origin(name: str) -> str | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return None if spec is None else spec.origin


def _sentence(error: Exception, path: str) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    line = next((frame.lineno for frame in reversed(frames) if frame.filename == path), None)
    where = f" (line {line})" if line is not None else ""
    return f"{type(error).__name__}: {error}{where}"


def _make_modules(plugin: Any) -> None:
    """`macros.my_plugin.x` of templates, and the modules `airflow.operators.my_plugin` … that 1.10 made."""
    from ostro.sdk import macros

    if plugin.macros:
        module = _module(f"airflow.macros.{plugin.name}", plugin.macros)
        setattr(macros, plugin.name, module)
    for kind in ("operators", "sensors", "hooks"):
        given = getattr(plugin, kind, None)
        if given:
            module = _module(f"airflow.{kind}.{plugin.name}", given)
            _hang_on_parent(f"airflow.{kind}", plugin.name, module)


def _module(name: str, objects: Iterable[Any]) -> ModuleType:
    module = ModuleType(name)
    for value in objects:
        setattr(module, value.__name__, value)
    sys.modules[name] = module
    return module


def _hang_on_parent(parent: str, name: str, module: ModuleType) -> None:
    try:
        setattr(importlib.import_module(parent), name, module)
    except ImportError:
        # A folder that 2.x removed: `import airflow.operators.x` still finds the module by its name.
        return

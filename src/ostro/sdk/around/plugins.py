"""Plugins and listeners as authors declare them: `airflow.plugins_manager`, `airflow.listeners`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class AirflowPluginException(Exception):
    """A plugin is not well formed."""


class AirflowPlugin:
    """Base of plugins: a name, and lists of what it brings."""

    name: str | None = None
    source: Any = None
    macros: ClassVar[list[Any]] = []
    admin_views: ClassVar[list[Any]] = []
    flask_blueprints: ClassVar[list[Any]] = []
    fastapi_apps: ClassVar[list[Any]] = []
    fastapi_root_middlewares: ClassVar[list[Any]] = []
    external_views: ClassVar[list[Any]] = []
    react_apps: ClassVar[list[Any]] = []
    menu_links: ClassVar[list[Any]] = []
    appbuilder_views: ClassVar[list[Any]] = []
    appbuilder_menu_items: ClassVar[list[Any]] = []
    global_operator_extra_links: ClassVar[list[Any]] = []
    operator_extra_links: ClassVar[list[Any]] = []
    timetables: ClassVar[list[Any]] = []
    partition_mappers: ClassVar[list[Any]] = []
    windows: ClassVar[list[Any]] = []
    deadline_references: ClassVar[list[Any]] = []
    listeners: ClassVar[list[Any]] = []
    hook_lineage_readers: ClassVar[list[Any]] = []
    priority_weight_strategies: ClassVar[list[Any]] = []
    operators: ClassVar[list[Any]] = []
    sensors: ClassVar[list[Any]] = []
    hooks: ClassVar[list[Any]] = []
    executors: ClassVar[list[Any]] = []
    ti_deps: ClassVar[list[Any]] = []

    @classmethod
    def validate(cls) -> None:
        """Raise AirflowPluginException for a plugin without a name."""
        if not cls.name:
            raise AirflowPluginException("Your plugin needs a name.")

    @classmethod
    def on_load(cls, *args: Any, **kwargs: Any) -> None:
        """Called when the plugin is loaded."""


class Marker:
    """`@hookimpl`: marks functions as implementations of hooks."""

    def __init__(self, project_name: str) -> None:
        self.project_name = project_name

    def __call__(self, function: Callable[..., Any] | None = None, **options: Any) -> Any:
        """The function itself, marked; a decorator when only options are given."""
        if function is None:
            return lambda func: self(func, **options)
        setattr(function, f"{self.project_name}_impl", options)
        return function


#: Of listeners (`airflow.listeners.hookimpl`).
hookimpl = Marker("airflow")
#: Of cluster policies (`airflow.policies.hookimpl`).
policy_hookimpl = Marker("airflow.policy")

"""`airflow.settings`: places, the default zone, and hooks that do nothing unless a deployment sets them."""

from __future__ import annotations

from typing import Any

from ostro.sdk.around.session import Session
from ostro.sdk.conf import conf, home
from ostro.sdk.timezone import TIMEZONE

__all__ = ["TIMEZONE", "Session", "conf"]

engine: Any = None
SQL_ALCHEMY_CONN: str | None = None
LAZY_LOAD_PLUGINS = True
LAZY_LOAD_PROVIDERS = True
STORE_DAG_CODE = True


def __getattr__(name: str) -> Any:
    if name == "AIRFLOW_HOME":
        return str(home())
    if name == "DAGS_FOLDER":
        return conf.get("core", "dags_folder")
    if name == "PLUGINS_FOLDER":
        return conf.get("core", "plugins_folder")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def initialize() -> None:
    """Everything is ready."""


def configure_orm(*args: Any, **kwargs: Any) -> None:
    """There is no database session to configure."""


def pod_mutation_hook(pod: Any) -> None:
    """Change a pod before it starts: a deployment may replace this."""


def task_policy(task: Any) -> None:
    """Change or refuse a task: a deployment may replace this."""


def dag_policy(dag: Any) -> None:
    """Change or refuse a DAG: a deployment may replace this."""


def task_instance_mutation_hook(task_instance: Any) -> None:
    """Change a task instance before it is queued: a deployment may replace this."""

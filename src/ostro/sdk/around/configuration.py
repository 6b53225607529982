"""`airflow.configuration`: the settings as functions of the module, as 1.10 and 2.x have them."""

from __future__ import annotations

from typing import Any

from ostro.sdk.conf import conf, home

_FUNCTIONS = frozenset(
    {"get", "getboolean", "getint", "getfloat", "getsection", "has_option", "getjson", "getlist", "set"}
)


def __getattr__(name: str) -> Any:
    if name == "AIRFLOW_HOME":
        return str(home())
    if name == "AIRFLOW_CONFIG":
        return str(home() / "ostro.cfg")
    if name in _FUNCTIONS:
        return getattr(conf, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def get_airflow_home() -> str:
    """Folder of Ostro's state."""
    return str(home())


def ensure_secrets_loaded(*args: Any, **kwargs: Any) -> list[Any]:
    """The custom secrets backends."""
    from ostro.sdk.secrets import backends

    return list(backends())

"""Where Variables and Connections come from: a backend of the installation, then the environment, then the engine.

The backend is the class of [workers] secrets_backend, else [secrets] backend, made with its `…_kwargs` (JSON).
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ostro.sdk.log import LoggingMixin

if TYPE_CHECKING:
    from ostro.sdk.connection import Connection


class BaseSecretsBackend(LoggingMixin):
    """Base of secrets backends: subclasses answer `get_conn_value` and `get_variable`, None for "not here"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()

    @staticmethod
    def build_path(path_prefix: str, secret_id: str, sep: str = "/") -> str:
        """Prefix and id in one path."""
        return f"{path_prefix}{sep}{secret_id}"

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        """URI or JSON of a connection."""
        raise AttributeError(f"{type(self).__name__} does not know connections")

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        """Text of a variable."""
        raise AttributeError(f"{type(self).__name__} does not know variables")

    def get_config(self, key: str) -> str | None:
        """Text of a setting."""
        return None

    def deserialize_connection(self, conn_id: str, value: str) -> Connection:
        """The connection of a URI or of JSON."""
        return _connection(conn_id, value)

    def get_connection(self, conn_id: str, team_name: str | None = None) -> Connection | None:
        """The connection, if this backend has it."""
        value = self.get_conn_value(conn_id)
        return self.deserialize_connection(conn_id, value) if value else None


class EnvironmentVariablesBackend(BaseSecretsBackend):
    """AIRFLOW_CONN_ID, AIRFLOW_VAR_KEY and the same with OSTRO_."""

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        return from_environment("CONN", conn_id)

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        return from_environment("VAR", key)


def from_environment(kind: str, name: str) -> str | None:
    """The text of OSTRO_{kind}_{NAME} or AIRFLOW_{kind}_{NAME}."""
    upper = name.upper()
    found = os.environ.get(f"OSTRO_{kind}_{upper}")
    return os.environ.get(f"AIRFLOW_{kind}_{upper}") if found is None else found


@lru_cache(maxsize=1)
def backend() -> Any:
    """The backend of the installation, None when there is none. Raises AirflowConfigException when it cannot be made."""
    from ostro.sdk.conf import conf

    for section, key in (("workers", "secrets_backend"), ("secrets", "backend")):
        cls = conf.getimport(section, key, fallback="")
        if cls is not None:
            return cls(**(conf.getjson(section, f"{key}_kwargs") or {}))
    return None


def find_variable(key: str) -> str | None:
    """The variable's text from the backend or the environment."""
    source = backend()
    if source is not None:
        found = source.get_variable(key=key)
        if found is not None:
            return str(found)
    return from_environment("VAR", key)


def find_connection(conn_id: str) -> Connection | None:
    """The connection from the backend or the environment."""
    source = backend()
    if source is not None:
        found = source.get_connection(conn_id=conn_id)
        if found is not None:
            connection: Connection = found
            return connection
    value = from_environment("CONN", conn_id)
    return _connection(conn_id, value) if value else None


def _connection(conn_id: str, value: str) -> Connection:
    from ostro.sdk.connection import Connection

    value = value.strip()
    if value.startswith("{"):
        return Connection.from_json(value, conn_id=conn_id)
    return Connection.from_uri(value, conn_id=conn_id)

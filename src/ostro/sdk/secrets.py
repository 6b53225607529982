"""Where Variables and Connections come from: backends of the installation, the environment, the engine.

Asked in this order: the class of [workers] secrets_backend, or where there is none that of [secrets] backend; the
environment; where both are set, the second class; the engine. Each is made with its `…_kwargs` (JSON) in the process that
asks. A backend that has nothing says None or raises NotImplementedError; any other error is an error of the caller, never
"not there": a password must not silently come from elsewhere because a token has expired.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ostro.sdk import asking
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.log import LoggingMixin
from ostro.sdk.masking import mask_secret

if TYPE_CHECKING:
    from ostro.sdk.connection import Connection


class BaseSecretsBackend(LoggingMixin):
    """Base of secrets backends: subclasses answer `get_conn_value` or `get_variable` or both, None for "not here"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()

    @staticmethod
    def build_path(path_prefix: str, secret_id: str, sep: str = "/") -> str:
        """Prefix and id in one path."""
        return f"{path_prefix}{sep}{secret_id}"

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        """URI or JSON of a connection; by `get_conn_uri`, the name of 2.x, where a subclass has only that."""
        old: Callable[..., str | None] | None = getattr(self, "get_conn_uri", None)
        if old is None:
            raise NotImplementedError(f"{type(self).__name__} does not know connections")
        return old(conn_id=conn_id)

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        """Text of a variable."""
        raise NotImplementedError(f"{type(self).__name__} does not know variables")

    def get_config(self, key: str) -> str | None:
        """Text of a setting."""
        return None

    def deserialize_connection(self, conn_id: str, value: str) -> Connection:
        """The connection of a URI or of JSON."""
        return _connection(conn_id, value)

    def get_connection(self, conn_id: str, team_name: str | None = None) -> Connection | None:
        """The connection, if this backend has it."""
        value = self.get_conn_value(conn_id=conn_id)
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


class SecretsBackendFailed(AirflowException):
    """A backend could not answer: no network, no permission, a wrong secret."""


@lru_cache(maxsize=1)
def backends() -> tuple[Any, ...]:
    """The backends of the installation, in their order. Raises AirflowConfigException when one cannot be made."""
    from ostro.sdk.conf import conf

    found = []
    for section, key in (("workers", "secrets_backend"), ("secrets", "backend")):
        cls = conf.getimport(section, key, fallback="")
        if cls is not None:
            kwargs = conf.getjson(section, f"{key}_kwargs") or {}
            mask_secret(kwargs, "")
            found.append(cls(**kwargs))
    return tuple(found)


def find_variable(key: str) -> str | None:
    """The variable's text from a backend or the environment. Raises SecretsBackendFailed."""

    def by(source: Any) -> str | None:
        value = source.get_variable(key=key)
        return None if value is None else str(value)

    found: str | None = _cached("variable", key, lambda: _first(by, f"Variable {key!r}"))
    return found


def find_connection(conn_id: str) -> Connection | None:
    """The connection from a backend or the environment. Raises SecretsBackendFailed."""
    if conn_id in _given:
        return _given[conn_id]

    def by(source: Any) -> Any:
        return source.get_connection(conn_id=conn_id)

    found: Connection | None = _cached("connection", conn_id, lambda: _first(by, f"Connection {conn_id!r}"))
    return found


_given: dict[str, Connection] = {}


def put_first(connection: Connection) -> None:
    """In this process the connection of this id is this one, whatever a backend has."""
    _given[connection.conn_id] = connection


def _first(by: Callable[[Any], Any], what: str) -> Any:
    for source in _sources():
        try:
            found = by(source)
        except NotImplementedError:
            continue
        except Exception as error:  # code of others at the plugin boundary: what it raises is of any kind
            if isinstance(source, EnvironmentVariablesBackend):
                raise
            raise SecretsBackendFailed(
                f"the secrets backend {type(source).__name__} could not be asked for {what}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if found is not None:
            return found
    return None


def _sources() -> Iterator[Any]:
    first, *rest = backends() or (None,)
    if first is not None:
        yield first
    yield EnvironmentVariablesBackend()
    yield from rest


# ---- cache ---------------------------------------------------------------------------------------------------------------

#: What backends said while DAG files are parsed: until when it holds (monotonic seconds), and what.
_cache: dict[tuple[str, str], tuple[float, Any]] = {}


def _cached(kind: str, name: str, find: Callable[[], Any]) -> Any:
    """The answer, remembered as [secrets] use_cache and cache_ttl_seconds say: only while a DAG file is parsed, as Airflow
    does. A task always sees what is there now.
    """
    if not backends() or not asking.observed() or not _use_cache():
        return find()
    now = time.monotonic()
    until, found = _cache.get((kind, name), (0.0, None))
    if until <= now:
        found = find()
        _cache[kind, name] = (now + _cache_seconds(), found)
    return found


def _use_cache() -> bool:
    from ostro.sdk.conf import conf

    return bool(conf.getboolean("secrets", "use_cache", fallback=False))


def _cache_seconds() -> float:
    from ostro.sdk.conf import conf

    return float(conf.getint("secrets", "cache_ttl_seconds", fallback=900))


def _connection(conn_id: str, value: str) -> Connection:
    from ostro.sdk.connection import Connection

    value = value.strip()
    if value.startswith("{"):
        return Connection.from_json(value, conn_id=conn_id)
    return Connection.from_uri(value, conn_id=conn_id)

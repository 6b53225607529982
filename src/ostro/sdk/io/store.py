"""File systems by protocol and connection: `attach`, `ObjectStore`, `get_fs` (`airflow.sdk.io`).

A provider that has a file system for the protocol makes it (the `filesystems` of its `get_provider_info`); for any
other protocol fsspec does, with options made of the connection.
"""

from __future__ import annotations

import importlib
import inspect
import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

import fsspec
import fsspec.registry
from fsspec import AbstractFileSystem

from ostro.errors import UserError

#: Protocols that mean files of this machine.
LOCAL = frozenset({"", "file", "local"})
#: Names of one thing.
SAME = {"s3a": "s3", "s3n": "s3", "gs": "gcs", "local": "file", "": "file"}


@lru_cache(maxsize=1)
def provider_filesystems() -> Mapping[str, Callable[..., AbstractFileSystem]]:
    """By scheme the function `get_fs` of the provider that knows it."""
    found: dict[str, Callable[..., AbstractFileSystem]] = {}
    for point in entry_points(group="apache_airflow_provider"):
        try:
            for path in point.load()().get("filesystems", ()):
                module = importlib.import_module(path)
                for scheme in module.schemes:
                    found.setdefault(scheme, module.get_fs)
        except ImportError as error:
            # A provider without the libraries it needs: fsspec may know the scheme all the same.
            logging.getLogger("airflow.io").debug("no file system of %s: %s", point.value, error)
    return found


def has_fs(scheme: str) -> bool:
    """Whether there is a file system for the scheme."""
    return scheme in LOCAL or scheme in provider_filesystems() or scheme in fsspec.available_protocols()


def get_fs(
    scheme: str, conn_id: str | None = None, storage_options: Mapping[str, Any] | None = None
) -> AbstractFileSystem:
    """The file system. Raises UserError when no package for the scheme is installed."""
    options = dict(storage_options or {})
    make = provider_filesystems().get(scheme)
    if make is not None:
        if len(inspect.signature(make).parameters) > 1:
            return make(conn_id, options)
        if options:
            raise AttributeError(
                f"Filesystem {scheme} does not support storage options, but options were passed"
            )
        return make(conn_id)
    if conn_id and scheme not in LOCAL:
        options = {**_options_of(conn_id, SAME.get(scheme, scheme)), **options}
    try:
        return fsspec.filesystem(scheme or "file", **options)
    except (ImportError, ValueError) as error:
        raise UserError(
            f"there is no file system for {scheme}://: {error}; install the package for it, or the provider"
        ) from error


def _options_of(conn_id: str, scheme: str) -> dict[str, Any]:
    """What fsspec's file system of a scheme takes of a connection; `storage_options` of its extra win."""
    from ostro.sdk.connection import Connection

    connection = Connection.get(conn_id)
    extra = dict(connection.extra_dejson)
    given = extra.pop("storage_options", None)
    options: dict[str, Any] = {}
    if scheme == "s3":
        options = {
            "key": connection.login,
            "secret": connection.password,
            "token": extra.get("aws_session_token"),
        }
        options["endpoint_url"] = extra.get("endpoint_url")
        if extra.get("region_name"):
            options["client_kwargs"] = {"region_name": extra["region_name"]}
    elif scheme == "gcs":
        options = {
            "token": extra.get("key_path") or extra.get("keyfile_dict"),
            "project": extra.get("project"),
        }
    elif scheme in ("abfs", "abfss", "az", "adl"):
        options = {
            "account_name": connection.login or connection.host,
            "account_key": connection.password,
            "connection_string": extra.get("connection_string"),
        }
    elif scheme in ("ftp", "sftp", "ssh", "smb", "hdfs", "webhdfs"):
        user = "user" if scheme in ("hdfs", "webhdfs") else "username"
        options = {"host": connection.host, user: connection.login, "password": connection.password}
        options["port"] = connection.port
    options = {key: value for key, value in options.items() if value not in (None, "")}
    return {**options, **(given if isinstance(given, dict) else {})}


class ObjectStore:
    """A protocol, a connection and the file system for both, made when it is first used."""

    __version__ = 1

    def __init__(
        self,
        protocol: str,
        conn_id: str | None = None,
        fs: AbstractFileSystem | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        self.protocol = protocol
        self.conn_id = conn_id
        self.storage_options = dict(storage_options or {})
        self._fs = fs

    @property
    def fs(self) -> AbstractFileSystem:
        """The file system. Raises UserError when there is none for the protocol."""
        if self._fs is None:
            self._fs = get_fs(self.protocol, self.conn_id, self.storage_options)
        return self._fs

    @property
    def fsid(self) -> str:
        """What tells one store from another."""
        try:
            return str(self.fs.fsid)
        except NotImplementedError:
            return f"{self.fs.protocol}-{self.conn_id or 'env'}"

    def serialize(self) -> dict[str, Any]:
        """The store as JSON."""
        kind = None if self._fs is None else f"{type(self._fs).__module__}.{type(self._fs).__qualname__}"
        return {
            "protocol": self.protocol,
            "conn_id": self.conn_id,
            "filesystem": kind,
            "storage_options": self.storage_options,
        }

    @classmethod
    def deserialize(cls, data: Mapping[str, Any], version: int = 1) -> ObjectStore:
        """The store of `serialize`. Raises ValueError for a version of a later release."""
        if version > cls.__version__:
            raise ValueError(f"Cannot deserialize version {version} for {cls.__name__}")
        return attach(data["protocol"], data.get("conn_id"), storage_options=data.get("storage_options"))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, ObjectStore)
            and (self.protocol, self.conn_id) == (other.protocol, other.conn_id)
            and self.storage_options == other.storage_options
        )

    def __hash__(self) -> int:
        return hash((self.protocol, self.conn_id))

    def __repr__(self) -> str:
        return f"ObjectStore({self.protocol!r}, conn_id={self.conn_id!r})"


_attached: dict[str, ObjectStore] = {}


def attach(
    protocol: str | None = None,
    conn_id: str | None = None,
    alias: str | None = None,
    encryption_type: str | None = "",
    fs: AbstractFileSystem | None = None,
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> ObjectStore:
    """The store of a protocol and a connection, one for each alias (by default their names together).

    A file system that is given replaces the one that a connection would give. Raises ValueError without protocol,
    and for one that nothing installed knows.
    """
    if alias is not None and protocol is None:
        known = _attached.get(alias)
        if known is None:
            raise ValueError(f"No registered store with alias: {alias}")
        return known
    if protocol is None:
        raise ValueError("No protocol specified and no alias provided")
    name = alias or (f"{protocol}-{conn_id}" if conn_id else protocol)
    known = _attached.get(name)
    if known is None or fs is not None or known.storage_options != dict(storage_options or {}):
        if fs is None and not has_fs(protocol):
            raise ValueError(f"No filesystem registered for protocol: {protocol}")
        known = _attached[name] = ObjectStore(protocol, conn_id, fs, storage_options)
    return known

"""Connections: address and credentials of an outside service, from the environment (AIRFLOW_CONN_ID) or the engine."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from ostro.protocol.task import GetConnection
from ostro.sdk import asking, secrets
from ostro.sdk.exceptions import AirflowException, AirflowNotFoundException
from ostro.sdk.masking import mask_secret, should_hide_value_for_key
from ostro.sdk.queries.model import Model

#: Schemes of a URI that are the type of another name.
_TYPES = {"postgresql": "postgres"}
_FIELDS = ("conn_type", "description", "host", "login", "password", "schema", "port", "extra")
#: Query key of a URI whose value is the whole `extra` as JSON.
EXTRA_KEY = "__extra__"


class Connection(metaclass=Model):
    """A connection. `extra` is text, mostly JSON; `extra_dejson` its value."""

    __columns__ = frozenset({"id", "conn_id", *_FIELDS})

    EXTRA_KEY = EXTRA_KEY

    def __init__(
        self,
        conn_id: str | None = None,
        conn_type: str | None = None,
        description: str | None = None,
        host: str | None = None,
        login: str | None = None,
        password: str | None = None,
        schema: str | None = None,
        port: int | str | None = None,
        extra: str | dict[str, Any] | None = None,
        uri: str | None = None,
        **_: Any,
    ) -> None:
        """Give the parts, or `uri`. Raises AirflowException when both are given."""
        if uri and (conn_type or host or login or password or schema or port):
            raise AirflowException("a Connection is made of a URI or of its parts, not of both")
        self.conn_id = conn_id or ""
        self.description = description
        self.extra: str | None = json.dumps(extra) if isinstance(extra, dict) else extra
        if uri:
            self._from_uri(uri, extra)
        else:
            self.conn_type = conn_type or ""
            self.host = host
            self.login = login
            self.password = password
            self.schema = schema
            self.port = int(port) if port not in (None, "") else None
        self._mask()

    def _mask(self) -> None:
        if self.password:
            mask_secret(self.password)
            mask_secret(quote(self.password))
        if self.extra:
            try:
                found = json.loads(self.extra)
            except ValueError:
                mask_secret(self.extra, "extra")
                return
            mask_secret(found, None if isinstance(self.extra, dict) else "extra")
            if isinstance(found, dict):
                self._mask_declared(found)

    def _mask_declared(self, extra: dict[str, Any]) -> None:
        """What only the provider's form says to be a secret. Providers are asked when a name leaves it open."""
        unsettled = {
            k: v for k, v in extra.items() if isinstance(v, str) and not should_hide_value_for_key(k)
        }
        if not unsettled or not self.conn_type:
            return
        from ostro.sdk.providers import ProvidersManager

        try:
            secret = ProvidersManager().secret_fields.get(self.conn_type, frozenset())
        except Exception:  # of a provider's code: nobody knows which of them is one
            secret = frozenset(unsettled)
        for name in secret & unsettled.keys():
            mask_secret(unsettled[name])

    def _from_uri(self, uri: str, extra: Any) -> None:
        scheme, _, rest = uri.partition("://")
        self.conn_type = _type_of(scheme)
        host_scheme = ""
        if "://" in rest.partition("?")[0]:
            # type://https://host: the host keeps its own scheme.
            host_scheme, _, rest = rest.partition("://")
            host_scheme = f"{host_scheme}://"
        parts = urlsplit(f"//{rest}")
        self.host = host_scheme + _host_of(parts.netloc) or None
        self.schema = unquote(parts.path[1:]) if parts.path else ""
        self.login = unquote(parts.username) if parts.username else parts.username
        self.password = unquote(parts.password) if parts.password else parts.password
        self.port = parts.port
        if parts.query and not extra:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            self.extra = query[EXTRA_KEY] if EXTRA_KEY in query else json.dumps(query)

    # ---- finding -------------------------------------------------------------------------------------------

    @classmethod
    def get(cls, conn_id: str) -> Connection:
        """The connection of an id. Raises AirflowNotFoundException when there is none."""
        asking.note_read("connection", conn_id)
        found = secrets.find_connection(conn_id)
        if found is None and asking.connected():
            data = asking.demand(GetConnection(seq=0, conn_id=conn_id))
            if data is not None:
                known = {key: data[key] for key in _FIELDS if data.get(key) is not None}
                found = cls(conn_id=conn_id, **known)
        if found is None:
            raise AirflowNotFoundException(f"The conn_id `{conn_id}` isn't defined")
        return found

    @classmethod
    async def async_get(cls, conn_id: str) -> Connection:
        """`get` for coroutines; the engine answers in well under a millisecond, so the loop is not left."""
        return cls.get(conn_id)

    @classmethod
    def get_connection_from_secrets(cls, conn_id: str) -> Connection:
        """`get` by the name of 2.x."""
        return cls.get(conn_id)

    # ---- forms ---------------------------------------------------------------------------------------------

    @classmethod
    def from_uri(cls, uri: str, conn_id: str | None = None) -> Connection:
        """The connection of a URI."""
        return cls(conn_id=conn_id, uri=uri)

    @classmethod
    def from_json(cls, value: str, conn_id: str | None = None) -> Connection:
        """The connection of a JSON object with the names of the parts; `extra` may be an object.

        Raises ValueError for anything else.
        """
        data = json.loads(value)
        if not isinstance(data, dict):
            raise ValueError("a Connection as JSON is an object")
        extra = data.pop("extra", None)
        data["extra"] = extra if extra is None or isinstance(extra, str) else json.dumps(extra)
        if data.get("conn_type"):
            data["conn_type"] = _type_of(data["conn_type"])
        data.pop("conn_id", None)
        unknown = set(data) - set(_FIELDS) - {"uri"}
        if unknown:
            raise ValueError(f"a Connection has no part {sorted(unknown)[0]!r}")
        return cls(conn_id=conn_id, **data)

    def get_uri(self) -> str:
        """The connection as a URI that `from_uri` understands."""
        if self.conn_type:
            uri = f"{self.conn_type.lower().replace('_', '-')}://"
        else:
            uri = "//"
        host = self.host or ""
        if "://" in host:
            scheme, _, host = host.partition("://")
            uri += f"{scheme}://"
        if self.login is not None:
            uri += quote(self.login, safe="")
        if self.password is not None:
            uri += f":{quote(self.password, safe='')}"
        if self.login is not None or self.password is not None:
            uri += "@"
        uri += quote(host, safe="")
        if self.port is not None:
            uri += f":{self.port}"
        if self.schema:
            uri += f"/{quote(self.schema, safe='')}"
        if self.extra:
            uri += ("?" if self.schema else "/?") + self._query()
        return uri

    def _query(self) -> str:
        extra = self.extra_dejson
        try:
            query = urlencode(extra)
        except TypeError:
            query = ""
        if query and extra == dict(parse_qsl(query, keep_blank_values=True)):
            return query
        return urlencode({EXTRA_KEY: self.extra or ""})

    def as_json(self) -> str:
        """The connection as a JSON object, without its id."""
        return json.dumps({key: value for key, value in self._parts().items() if value})

    def _parts(self) -> dict[str, Any]:
        parts: dict[str, Any] = {key: getattr(self, key) for key in _FIELDS if key != "extra"}
        parts["extra"] = self.extra_dejson
        return parts

    def to_dict(self, *, prune_empty: bool = False, validate: bool = True) -> dict[str, Any]:
        """Parts by name, with the id."""
        parts = {"conn_id": self.conn_id, **self._parts()}
        return {k: v for k, v in parts.items() if v not in (None, "", {})} if prune_empty else parts

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """`extra` as an object; empty when there is none or it is no JSON."""
        return self.get_extra_dejson()

    def get_extra_dejson(self, nested: bool = False) -> dict[str, Any]:
        """`extra` as an object; with `nested`, texts in it that are JSON are read too."""
        if not self.extra:
            return {}
        try:
            value = json.loads(self.extra)
        except ValueError:
            return {}
        if not isinstance(value, dict):
            return {}
        if nested:
            for key, item in value.items():
                if isinstance(item, str):
                    try:
                        value[key] = json.loads(item)
                    except ValueError:
                        continue
        mask_secret(value)
        return value

    # ---- accessors of 2.x ----------------------------------------------------------------------------------

    def get_password(self) -> str | None:
        return self.password

    def set_password(self, value: str | None) -> None:
        self.password = value
        self._mask()

    def get_extra(self) -> str | None:
        return self.extra

    def set_extra(self, value: str | None) -> None:
        self.extra = value
        self._mask()

    # ---- hooks ---------------------------------------------------------------------------------------------

    def get_hook(self, *, hook_params: dict[str, Any] | None = None) -> Any:
        """The hook of the provider that knows `conn_type`. Raises AirflowException when no installed provider does."""
        path = hook_classes().get(self.conn_type)
        if path is None:
            raise AirflowException(
                f"no installed provider has a hook for connections of type {self.conn_type!r}; install it"
            )
        module, _, name = path.rpartition(".")
        hook = getattr(import_module(module), name)
        return hook(**{hook.conn_name_attr: self.conn_id}, **(hook_params or {}))

    def test_connection(self) -> tuple[bool, str]:
        """Whether the service answers, as its hook finds out, and what it said."""
        try:
            hook = self.get_hook()
            test = getattr(hook, "test_connection", None)
            if test is None:
                return False, f"hook {type(hook).__name__} cannot test connections"
            ok, text = test()
        except Exception as error:  # provider code: any failure is the answer
            return False, str(error)
        return bool(ok), str(text)

    def __repr__(self) -> str:
        return self.conn_id or ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Connection) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.conn_id, self.conn_type, self.host))


def _type_of(scheme: str) -> str:
    name = scheme.replace("-", "_")
    return _TYPES.get(name, name)


def _host_of(netloc: str) -> str:
    """The host as written (urlsplit would lower it), unquoted."""
    host = netloc.rpartition("@")[2]
    if host.startswith("["):
        return unquote(host.partition("]")[0][1:])
    return unquote(host.partition(":")[0])


_hooks: dict[str, str] = {}
#: Hooks of the standard provider, which is part of Ostro.
_OWN_HOOKS = {
    "fs": "ostro.sdk.hooks.filesystem.FSHook",
    "package_index": "ostro.sdk.hooks.package_index.PackageIndexHook",
}


def hook_classes() -> dict[str, str]:
    """Class paths of hooks by connection type, as the installed providers tell."""
    if not _hooks:
        # Here, for those who ask: a megabyte of modules that every attempt would be forked with.
        from importlib.metadata import entry_points

        _hooks.update(_OWN_HOOKS)
        for point in entry_points(group="apache_airflow_provider"):
            info = point.load()()
            for entry in info.get("connection-types", ()):
                _hooks.setdefault(entry["connection-type"], entry["hook-class-name"])
    return _hooks

"""How the engine reaches the git repositories of DAG bundles: addresses and secrets, from settings and connections.

Fields of a connection are those of Airflow's git provider: host = address, login and password = name and token (HTTP), extra =
key_file, private_key, strict_host_key_checking, known_hosts_file, ssh_port … (SSH).
"""

from __future__ import annotations

import base64
import json
import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ostro import private
from ostro.errors import UserError
from ostro.loader.git import Access
from ostro.settings import Settings
from ostro.settings.addresses import login_of
from ostro.settings.bundles import BundleSetting
from ostro.store import Cipher, ConnectionRecord, Store, connections


def access_of(settings: Settings, database: Store, cipher: Cipher) -> Callable[[str], Access]:
    """Tells by the name of a bundle how to reach its repository, by what settings and connections say at that moment."""
    by_name = {one.name: one for one in settings.bundles}

    def access(name: str) -> Access:
        one = by_name[name]
        connection = None
        if one.git_conn_id is not None:
            connection = _connection(database, cipher, one.git_conn_id)
        url = one.repo_url or (connection.host if connection is not None else None)
        if not url:
            raise UserError(
                f"the connection {one.git_conn_id!r} has no host, which is the repository's address"
            )
        keys = settings.loader.bundle_storage_path / one.name
        return _access(url, one, connection, keys)

    return access


def _connection(database: Store, cipher: Cipher, conn_id: str) -> ConnectionRecord:
    for prefix in ("AIRFLOW_CONN_", "OSTRO_CONN_"):
        text = os.environ.get(prefix + conn_id.upper())
        if text:
            return _of_environment(conn_id, text)
    with database.read() as tx:
        found = connections.get(tx, conn_id, cipher)
    if found is None:
        raise UserError(f"there is no connection {conn_id!r}; make it with: ostro connections add {conn_id}")
    return found


def _of_environment(conn_id: str, text: str) -> ConnectionRecord:
    from ostro.sdk.connection import Connection

    given = (
        Connection.from_json(text, conn_id)
        if text.lstrip().startswith("{")
        else Connection(conn_id, uri=text)
    )
    return ConnectionRecord(
        conn_id=conn_id, host=given.host, login=given.login, password=given.password, extra=given.extra
    )


def _access(url: str, one: BundleSetting, connection: ConnectionRecord | None, keys: Path) -> Access:
    """The address as it may stand in a command line, and the secrets apart from it."""
    scheme = urlsplit(url).scheme
    if scheme in ("http", "https"):
        bare, name, password = login_of(url)
        if connection is not None and connection.password:
            name, password = connection.login or "user", connection.password
        return Access(url=bare, environment=_header(bare, name, password) if name or password else {})
    if scheme == "ssh":
        # ssh takes no password from an address; the name must stay.
        bare, name, _ = login_of(url)
        url = bare.replace("://", f"://{quote(name)}@", 1) if name else url
    command = None if connection is None else _ssh(_extra(connection), one, keys)
    return Access(url=url, environment={} if command is None else {"GIT_SSH_COMMAND": command})


def _header(url: str, name: str, password: str) -> dict[str, str]:
    """The login as git takes it from its environment, which only this account can read."""
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    parts = urlsplit(url)
    return {
        "GIT_CONFIG_COUNT": "1",
        # For this server alone: submodules may come from others.
        "GIT_CONFIG_KEY_0": f"http.{parts.scheme}://{parts.netloc}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {pair}",
    }


def _ssh(extra: Mapping[str, Any], one: BundleSetting, keys: Path) -> str | None:
    if extra.get("private_key_passphrase"):
        raise UserError(
            f"the key of connection {one.git_conn_id!r} has a passphrase; use one without, or an ssh-agent"
        )
    key = extra.get("key_file")
    if extra.get("private_key"):
        if key:
            raise UserError(
                f"the connection {one.git_conn_id!r} has both key_file and private_key; give one of them"
            )
        key = str(_write_key(keys, str(extra["private_key"])))
    options: list[str] = []
    if key:
        options += ["-i", str(key), "-o", "IdentitiesOnly=yes"]
    strict = extra.get("strict_host_key_checking", "no")
    options += ["-o", f"StrictHostKeyChecking={strict}"]
    if extra.get("known_hosts_file"):
        options += ["-o", f"UserKnownHostsFile={extra['known_hosts_file']}"]
    elif strict == "no":
        options += ["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    if extra.get("ssh_config_file"):
        options += ["-F", str(extra["ssh_config_file"])]
    if extra.get("host_proxy_cmd"):
        options += ["-o", f"ProxyCommand={extra['host_proxy_cmd']}"]
    if extra.get("ssh_port"):
        options += ["-p", str(extra["ssh_port"])]
    return shlex.join(["ssh", "-o", "BatchMode=yes", *options])


def _write_key(folder: Path, text: str) -> Path:
    """The key in a file that only we can read: ssh takes it from nowhere else."""
    private.make_folder(folder)
    path = folder / "key"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text if text.endswith("\n") else text + "\n")
    path.chmod(0o600)
    return path


def _extra(connection: ConnectionRecord) -> dict[str, Any]:
    try:
        found = json.loads(connection.extra or "{}")
    except ValueError:
        raise UserError(f"the extra of connection {connection.conn_id!r} is no JSON") from None
    return found if isinstance(found, dict) else {}

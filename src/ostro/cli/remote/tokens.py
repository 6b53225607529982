"""Where logins at servers are kept: `servers.json` of the home, its owner's alone."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from ostro.errors import BadRequest, UserError
from ostro.home import Home

#: Hosts to which a token may go without TLS.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def checked(url: str) -> str:
    """The address of a server, without what follows its host and path. Raises BadRequest for one that is not safe."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise BadRequest("the address of a server is like https://host:8080")
    if parts.username is not None:
        raise BadRequest("leave name and password out of the address of the server; run: ostro login URL")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise BadRequest(f"{host} must be asked by https: passwords and tokens would be legible on their way")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def token_of(url: str) -> str | None:
    """The token for a server: OSTRO_TOKEN, else that of the last `ostro login`."""
    return os.environ.get("OSTRO_TOKEN") or _read().get(url)


def is_given() -> bool:
    """Whether the environment gives the token."""
    return bool(os.environ.get("OSTRO_TOKEN"))


def keep(url: str, token: str | None) -> None:
    """Remember the token of a server, or forget it. Raises UserError when the file cannot be written."""
    found = _read()
    if token is None:
        found.pop(url, None)
    else:
        found[url] = token
    path = _path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes it 0600; nobody ever sees half of it.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".servers.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(found, file)
        os.replace(name, path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from None


def _read() -> dict[str, str]:
    path = _path()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise UserError(f"{path} cannot be read; delete it and run: ostro login URL") from None
    return found if isinstance(found, dict) else {}


def _path() -> Path:
    return Home.of(os.environ).path / "servers.json"

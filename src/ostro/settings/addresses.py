"""Addresses that carry a login (`https://user:token@host`): told without it to people, logs and other processes."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit, urlunsplit

#: The login of an address anywhere in a text. It ends at the last @ before the path, as urllib reads it.
_LOGIN = re.compile(r"""(?<=://)[^/?#\s"'<>]+@""")
#: What stands in its place. `git@`, the one name that ssh addresses have, is no secret.
HIDDEN = "***@"


def without_logins(text: str) -> str:
    """The text with `***` in place of the login of every address in it."""
    return _LOGIN.sub(lambda found: found[0] if found[0] == "git@" else HIDDEN, text)


def login_of(url: str) -> tuple[str, str, str]:
    """The address without its login, the name and the password of it; "" where there is none."""
    parts = urlsplit(url)
    login, at, place = parts.netloc.rpartition("@")
    if not at:
        return url, "", ""
    name, _, password = login.partition(":")
    return urlunsplit(parts._replace(netloc=place)), unquote(name), unquote(password)


def has_secret(url: str) -> bool:
    """Whether a password or token stands in the address. Of http a name alone is a token; ssh knows only names."""
    _, name, password = login_of(url)
    return bool(password or (name and url.startswith("http")))

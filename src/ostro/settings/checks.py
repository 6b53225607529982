"""Checks of single values that are more than a number or a word. Each raises ValueError with what is allowed."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DATABASES = "a URL that starts with postgresql:// or sqlite:/// (Ostro keeps its state in no other database)"


def database_url(text: str) -> str:
    """A URL without driver: sqlite:///path or postgresql://…"""
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise ValueError(_DATABASES)
    dialect = scheme.partition("+")[0]
    if dialect == "sqlite":
        path = rest.removeprefix("/")
        if not rest.startswith("/") or not path.startswith("/"):
            raise ValueError(
                "an absolute path after sqlite:/// (four slashes in all, as in sqlite:////srv/ostro.db)"
            )
        if os.path.basename(path) == "airflow.db":
            raise ValueError("a database of Ostro's own: airflow.db is the database of Airflow itself")
        return f"sqlite:///{path}"
    if dialect not in ("postgresql", "postgres"):
        raise ValueError(_DATABASES)
    return f"postgresql://{rest}"


def timezone(text: str) -> str:
    """Name of an IANA zone; `system` is that of the machine."""
    if text.lower() == "utc":
        return "UTC"
    if text.lower() == "system":
        return _system_zone()
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("the name of a time zone as Europe/Vienna, UTC, or system") from None
    return text


def pattern(text: str) -> str:
    """A regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from None
    return text


def http_url(text: str) -> str:
    """An address of a web page, without the slash at its end."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address that starts with http:// or https://")
    return text.rstrip("/")


def issuer_url(text: str) -> str:
    """Address of a provider: nobody on the way may read or change what it says."""
    if not text:
        return text
    parts = urlsplit(text)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and local)):
        raise ValueError("an address that begins with https:// (http:// only on this machine)")
    return text.rstrip("/")


def role_mapping(text: str) -> str:
    """group=Role, separated by commas."""
    for pair in text.split(",") if text else ():
        group, equals, role = pair.partition("=")
        if not (group.strip() and equals and role.strip()):
            raise ValueError("group=Role, separated by commas")
    return text


def fernet_keys(text: str) -> str:
    """Fernet keys, the first encrypts, the others only decrypt."""
    for key in text.split(","):
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", key.strip()):
            raise ValueError("Fernet keys (44 characters of base64 each), separated by commas")
    return text


def audit_keys(text: str) -> str:
    """Keys that are long enough to seal with."""
    if any(len(key.strip()) < 32 for key in text.split(",")):
        raise ValueError("at least 32 characters each, separated by commas")
    return text


def token_key(text: str) -> str:
    """A key that is long enough to sign with."""
    if len(text) < 32:
        raise ValueError("at least 32 characters")
    return text


def xcom_backend(text: str) -> str:
    """Path of a class; Airflow's own names mean the database."""
    return "" if text.endswith(".BaseXCom") else text


def log_level(text: str) -> str:
    """A level in capitals."""
    return text.upper()


def _system_zone() -> str:
    target = os.path.realpath("/etc/localtime")
    name = target.partition("/zoneinfo/")[2].removeprefix("posix/")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name

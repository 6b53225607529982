"""What must not be shown: values whose name speaks of a secret (Airflow's list of sensitive names)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

MASK = "***"
SENSITIVE = (
    "access_key", "access_token", "api_key", "apikey", "authorization", "connection_string", "passphrase", "passwd", "password", "private_key",
    "proxy", "proxies", "secret", "token", "keyfile_dict", "service_account",
)  # fmt: skip


def is_sensitive(name: str, also: Collection[str] = ()) -> bool:
    """Whether a name says that its value is a secret. `also`: words of this installation, in small letters."""
    lowered = name.strip().lower()
    return any(word in lowered for word in (*SENSITIVE, *also))


def mask(value: Any, also: Collection[str] = ()) -> Any:
    """A copy of a document with secret values replaced."""
    if isinstance(value, dict):
        return {
            k: MASK if is_sensitive(str(k), also) and v not in (None, "") else mask(v, also)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [mask(v, also) for v in value]
    return value


def mask_json(text: str, also: Collection[str] = ()) -> str:
    """Text; when it is a JSON object or list, with secret values in it replaced."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    masked = mask(found, also)
    return text if masked == found else msgspec.json.encode(masked).decode()


def unmask(new: Any, old: Any) -> Any:
    """What came back from a screen: where it still shows the mask, the old value stays."""
    if new == MASK:
        return old
    if isinstance(new, dict) and isinstance(old, dict):
        return {k: unmask(v, old.get(k)) if k in old else v for k, v in new.items()}
    return new

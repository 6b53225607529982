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


def shown(name: str, text: str, also: Collection[str] = ()) -> str:
    """The value of a name as people may see it: masked when the name says that it is a secret, else what is secret in it."""
    return MASK if is_sensitive(name, also) else mask_json(text, also)


def is_masked(text: str) -> bool:
    """Whether something in a text that came from a screen, or the whole of it, is the mask and not what is kept."""
    if MASK not in text:
        return False
    try:
        return text == MASK or _holds_mask(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return False


def unmask_json(new: str, old: str | None) -> str:
    """A text that came back from a screen: where it still shows the mask, what was kept stays."""
    if old is None or not is_masked(new):
        return new
    if new == MASK:
        return old
    try:
        before = msgspec.json.decode(old)
    except msgspec.DecodeError:
        return new
    after = _unmask(msgspec.json.decode(new), before)
    return old if after == before else msgspec.json.encode(after).decode()


def _holds_mask(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_mask(v) for v in value.values())
    if isinstance(value, list):
        return any(_holds_mask(v) for v in value)
    return bool(value == MASK)


def _unmask(new: Any, old: Any) -> Any:
    if new == MASK:
        return old
    if isinstance(new, dict) and isinstance(old, dict):
        return {k: _unmask(v, old[k]) if k in old else v for k, v in new.items()}
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [_unmask(n, o) for n, o in zip(new, old, strict=True)]
    return new

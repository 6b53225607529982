"""The key that seals the audit log, and what is remembered of the log beside it: two files among the keys."""

from __future__ import annotations

import os
import secrets

import msgspec

from ostro.errors import SettingInvalid
from ostro.settings import Settings
from ostro.store.audit_seals import Memory, Seals

#: File of the key, and of what is remembered.
KEY = "audit.key"
MEMORY = "audit.json"
KEY_BYTES = 32


def seals(settings: Settings) -> Seals:
    """The keys: those that were given, and that of this home, which is made when none was given."""
    given = [one.strip().encode() for one in (settings.secrets.audit_key or "").split(",") if one.strip()]
    path = settings.home.keys / KEY
    if not given or path.exists():
        settings.home.ensure()
        given.append(settings.home.key(KEY, lambda: secrets.token_bytes(KEY_BYTES)))
    return Seals(given, lambda: _recall(settings), lambda memory: _remember(settings, memory))


def forget_seen(settings: Settings) -> None:
    """The database was replaced by an older copy, on purpose."""
    memory = _recall(settings)
    if memory is not None:
        _remember(settings, Memory(memory.begun_after))


def forget_log(settings: Settings) -> None:
    """The log was deleted, on purpose: the next one begins with a key."""
    (settings.home.keys / MEMORY).unlink(missing_ok=True)


def _recall(settings: Settings) -> Memory | None:
    path = settings.home.keys / MEMORY
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise SettingInvalid(f"{path} cannot be read: {error}; put back the one of your backup") from error


def _remember(settings: Settings, memory: Memory) -> None:
    path = settings.home.keys / MEMORY
    fresh = path.with_name(f".{MEMORY}.{os.getpid()}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.json.encode(memory))
        fresh.replace(path)
    except OSError as error:
        raise SettingInvalid(f"{path} cannot be written: {error.strerror}") from error

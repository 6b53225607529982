"""Encryption of secrets at rest. Keys come from outside; the first encrypts, all decrypt (rotation)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from functools import cached_property
from secrets import token_bytes
from typing import TYPE_CHECKING

from ostro.errors import SettingInvalid, StoreError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class Cipher:
    """Text to bytes that only the holder of a key reads, and back.

    The library (7 MB) is loaded when the first secret is read or written: most engines never do.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: Fernet keys, newest first. Raises SettingInvalid when one is none."""
        self._keys = [key.strip() for key in keys]
        if not self._keys:
            raise SettingInvalid("there is no key to encrypt connections and variables with")
        if not all(_is_key(key) for key in self._keys):
            raise SettingInvalid("the encryption key is not a Fernet key: 32 bytes as URL-safe base64")

    @staticmethod
    def new_key() -> str:
        """A new random key."""
        return base64.urlsafe_b64encode(token_bytes(32)).decode()

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted with the newest key."""
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass"))

    def decrypt(self, data: bytes) -> str:
        """The text. Raises StoreError when no key fits."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(bytes(data)).decode("utf-8", "surrogatepass")
        except InvalidToken:
            raise StoreError(_LOST) from None

    def rotate(self, data: bytes) -> bytes:
        """The same secret, encrypted with the newest key. Raises StoreError when no key fits."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.rotate(bytes(data))
        except InvalidToken:
            raise StoreError(_LOST) from None

    @cached_property
    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])


_LOST = "a stored secret was encrypted with a key that is not there any more"


def _is_key(text: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text)) == 32
    except (binascii.Error, ValueError):
        return False

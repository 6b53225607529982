"""Keeps secrets out of logs and screens.

Values become secret by `mask_secret`, by being the password or a sensitive extra of a Connection, or a Variable whose
name sounds secret. They are replaced in every text before it leaves the process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

REPLACEMENT = "***"
#: Shorter values are not masked: they would make logs unreadable.
MIN_LENGTH = 5
#: Nesting to which structures are searched.
MAX_DEPTH = 5
#: A name that contains one of these holds a secret.
SENSITIVE_NAMES = frozenset(
    {
        "access_key",
        "access_token",
        "api_key",
        "apikey",
        "authorization",
        "connection_string",
        "keyfile_dict",
        "passphrase",
        "passwd",
        "password",
        "private_key",
        "secret",
        "service_account",
        "token",
    }
)


class SecretsMasker:
    """The secrets that this process has seen, and the replacing of them."""

    def __init__(self) -> None:
        self._variants: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._texts: set[str] = set()
        #: Called with each new secret: the reader of raw output in another process must know it too.
        self.on_secret: Callable[[str], None] | None = None

    def add(self, secret: Any, name: str | None = None) -> None:
        """Remember a secret. With a name, only when the name sounds secret; structures are searched."""
        if isinstance(secret, Mapping):
            for key, value in secret.items():
                if isinstance(value, str):
                    self.add(value, str(key))
                else:
                    self.add(value, name)
        elif isinstance(secret, str):
            if name is None or should_hide_value_for_key(name):
                self._add_text(secret)
        elif isinstance(secret, bytes):
            self.add(secret.decode(errors="ignore"), name)
        elif isinstance(secret, Iterable):
            for item in secret:
                self.add(item, name)

    def _add_text(self, secret: str) -> None:
        before = len(self._variants)
        texts = [secret]
        if "\n" in secret:
            # Printed line by line, each line comes alone; frame lines of keys are no secret.
            texts += [line for line in secret.splitlines() if not line.startswith("-----")]
        for text in texts:
            text = text.strip()
            if len(text) >= min_length() and text not in self._texts:
                self._texts.add(text)
                if self.on_secret is not None:
                    self.on_secret(text)
                self._variants |= {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
                self._variants |= {quote(text), quote(text, safe=""), quote_plus(text)}
        if len(self._variants) != before:
            # Longer ones first, so that a secret that contains another is replaced as a whole.
            ordered = sorted(self._variants, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, ordered)))

    def text(self, text: str) -> str:
        """The text with every known secret replaced."""
        return text if self._pattern is None else self._pattern.sub(REPLACEMENT, text)

    def redact(self, value: Any, name: str | None = None, max_depth: int = MAX_DEPTH) -> Any:
        """A copy of a structure without secrets: known ones, and all under names that sound secret."""
        return self._redact(value, name, 0, max_depth)

    def _redact(self, value: Any, name: str | None, depth: int, max_depth: int) -> Any:
        if value is None or value is True or value is False or type(value) is int or depth > max_depth:
            return value
        if name and should_hide_value_for_key(name):
            return self._hide_all(value, depth, max_depth)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (dict, Mapping)):
            return {k: self._redact(v, str(k), depth + 1, max_depth) for k, v in value.items()}
        if isinstance(value, (list, set, frozenset)):
            return type(value)(self._redact(v, None, depth + 1, max_depth) for v in value)
        if isinstance(value, tuple):
            return tuple(self._redact(v, None, depth + 1, max_depth) for v in value)
        return value

    def _hide_all(self, value: Any, depth: int, max_depth: int) -> Any:
        if depth > max_depth or isinstance(value, str):
            return REPLACEMENT if value else value
        if isinstance(value, Mapping):
            return {k: self._hide_all(v, depth + 1, max_depth) for k, v in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._hide_all(v, depth + 1, max_depth) for v in value]
        return value

    def reset(self) -> None:
        """Forget all secrets."""
        self._variants.clear()
        self._texts.clear()
        self._pattern = None


@lru_cache(maxsize=1)
def sensitive_names() -> frozenset[str]:
    """Airflow's list and [core] sensitive_var_conn_names."""
    from ostro.sdk.conf import conf

    if not conf.getboolean("core", "hide_sensitive_var_conn_fields", fallback=True):
        return frozenset()
    extra = conf.getlist("core", "sensitive_var_conn_names", fallback="") or []
    return SENSITIVE_NAMES | {name.lower() for name in extra}


@lru_cache(maxsize=1)
def min_length() -> int:
    """[logging] min_length_masked_secret."""
    from ostro.sdk.conf import conf

    return int(conf.getint("logging", "min_length_masked_secret", fallback=MIN_LENGTH))


@lru_cache(maxsize=512)
def should_hide_value_for_key(name: Any) -> bool:
    """Whether a value under this name is a secret."""
    if not isinstance(name, str):
        return False
    lowered = name.strip().lower()
    return any(word in lowered for word in sensitive_names())


masker = SecretsMasker()


def mask_secret(secret: Any, name: str | None = None) -> None:
    """Keep `secret` out of the task log and of screens from now on.

    With a `name`, only when the name sounds secret. Structures are searched; values under 5 characters are not masked.
    """
    if secret:
        masker.add(secret, name)


def redact(value: Any, name: str | None = None, max_depth: int | None = None) -> Any:
    """A copy of `value` with secrets replaced by ***."""
    return masker.redact(value, name, MAX_DEPTH if max_depth is None else max_depth)

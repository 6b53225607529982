"""Which lines of a log are wanted: by level, by source, by text.

A file of gigabytes is searched as bytes: `finder` matches in the file around what a wanted line contains, so that only the
lines it touches are decoded and judged by `wants`. It may match too much, never too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
import regex

from ostro.errors import BadRequest

#: Longest text that is searched, in characters.
MAX_TEXT = 1_000
#: Seconds that a regular expression may take for one line.
PATIENCE = 0.5

#: Level of lines that do not say one.
PLAIN = "info"
#: Part of lines that do not say one: the task itself. Others are "trigger" and "callback" (`ostro.runtime.logs`).
TASK = "task"

_CODES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: Runs of characters that stand in JSON as they are.
_LITERAL = re.compile(r"[ !#-\[\]-~]+")
#: How a colour code begins, in JSON and in plain text.
_CODE_STARTS = (b"\\u001b", b"\\u001B", b"\x1b")
#: Parts of a regular expression that ask what stands before or behind, and characters that JSON or UTF-8 writes otherwise.
_LOOKS_AROUND = re.compile(r"\^|\$|\\[^.bwdsWDS+*?()\[\]{}|/-]|\(\?|[^\x20-\x7e]|\"")


class Sieve(msgspec.Struct, frozen=True):
    """What is wanted; everything when nothing is said."""

    levels: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    text: str = ""
    is_case_sensitive: bool = False
    #: Made of `text` when it is a regular expression.
    pattern: Any = None

    @property
    def wants_all(self) -> bool:
        return not (self.levels or self.sources or self.parts or self.text)

    def finder(self) -> Any:
        """A pattern for bytes that touches every wanted line without escapes; None = any line may be wanted."""
        if self.text and self.pattern is not None:
            # What looks at its surroundings would see the quotes of JSON there.
            return None if _LOOKS_AROUND.search(self.text) else self._bytes(self.text.encode())
        if self.text:
            literal = self._literal()
            if literal is not None:
                return self._bytes(regex.escape(literal))
        if self.levels and PLAIN not in self.levels:
            return _one_of(b"level", self.levels)
        if self.sources:
            return _one_of(b"logger", self.sources)
        if self.parts and TASK not in self.parts:
            return _one_of(b"said_by", self.parts)
        return None

    def escapes(self, block: bytes) -> list[bytes]:
        """What stands in lines of the block whose bytes are not the text that people see."""
        if self.pattern is not None:
            return [b"\\"] if b"\\" in block else []
        # A word may have a colour code inside.
        return [code for code in _CODE_STARTS if code[:1] in block and code in block] if self.text else []

    def _bytes(self, pattern: bytes) -> Any:
        return regex.compile(pattern, regex.MULTILINE | (0 if self.is_case_sensitive else regex.IGNORECASE))

    def _literal(self) -> bytes | None:
        """The longest part of the text that stands in the file as it is."""
        text = max(_LITERAL.findall(self.text), key=len, default="")
        if not text and self.text.isprintable() and self.text.lower() == self.text.upper():
            # Writing without capitals, such as Korean, is kept as it is.
            text = max(re.split(r"[\"\\]", self.text), key=len)
        return text.encode() or None

    def wants(self, line: dict[str, Any]) -> bool:
        """Whether a decoded line is wanted. Raises BadRequest when the regular expression takes too long."""
        if self.levels and line["level"] not in self.levels:
            return False
        if self.sources and line.get("logger", "") not in self.sources:
            return False
        if self.parts and line.get("said_by", TASK) not in self.parts:
            return False
        if not self.text:
            return True
        text = shown(line)
        if self.pattern is not None:
            try:
                return self.pattern.search(text, timeout=PATIENCE, concurrent=True) is not None
            except TimeoutError:
                raise too_slow() from None
        return self.text in text if self.is_case_sensitive else self.text.lower() in text.lower()


def sieve(
    *,
    levels: Iterable[str] = (),
    sources: Iterable[str] = (),
    parts: Iterable[str] = (),
    text: str | None = None,
    is_case_sensitive: bool = False,
    is_pattern: bool = False,
) -> Sieve:
    """A sieve as somebody asks for it. Raises BadRequest for a text that is too long or no regular expression."""
    text = text or ""
    if len(text) > MAX_TEXT:
        raise BadRequest(f"The text to search for is longer than {MAX_TEXT} characters")
    pattern = None
    if text and is_pattern:
        try:
            pattern = regex.compile(text, regex.MULTILINE | (0 if is_case_sensitive else regex.IGNORECASE))
        except regex.error as error:
            raise BadRequest(f"This is no regular expression: {error}") from None
    return Sieve(frozenset(levels), frozenset(sources), frozenset(parts), text, is_case_sensitive, pattern)


def too_slow() -> BadRequest:
    return BadRequest("This regular expression takes too long on this log; write it without nested repeats")


def _one_of(key: bytes, values: frozenset[str]) -> Any:
    texts = b"|".join(regex.escape(msgspec.json.encode(value)) for value in sorted(values))
    return regex.compile(b'"' + key + b'":(?:' + texts + b")")


def shown(line: dict[str, Any]) -> str:
    """The text of a line as people see it: its event and its traceback, without colour codes."""
    text: str = line["event"]
    trace = line.get("exception")
    if isinstance(trace, str):
        text = f"{text}\n{trace}"
    return _CODES.sub("", text) if "\x1b" in text else text

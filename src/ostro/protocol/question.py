"""What all messages have in common."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all messages; the class name is the tag."""


class Question(Message, frozen=True, kw_only=True):
    """Base of what a process asks. `attempt_id` is empty for parse and callback processes."""

    seq: int
    attempt_id: str = ""


__all__ = ["Message", "Question"]

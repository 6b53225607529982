"""Regular expressions that users write."""

from __future__ import annotations

import re

from ostro.errors import BadRequest


def compiled(pattern: str) -> re.Pattern[str]:
    """The expression. Raises BadRequest."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise BadRequest(f"{pattern!r} is no regular expression: {error}") from None

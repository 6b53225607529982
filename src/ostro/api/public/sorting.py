"""Filter, order and page of short lists that are read as a whole (pools, variables, connections)."""

from __future__ import annotations

import re
from typing import TypeVar

from pydantic import BaseModel

from ostro.api.public.query import Query
from ostro.errors import BadRequest

M = TypeVar("M", bound=BaseModel)


def chosen(found: list[M], query: Query, *, key: str, pattern: str, default: str) -> tuple[list[M], int]:
    """The page of `found` that the query asks for, and how many match. `key`: field that `pattern` filters."""
    text, prefix = query.text(f"{pattern}_pattern"), query.text(f"{pattern}_prefix_pattern")
    if text and text != "~":
        tests = [_like(part) for part in text.split("|") if part]
        found = [m for m in found if any(test.search(str(getattr(m, key))) for test in tests)]
    if prefix:
        starts = tuple(part for part in prefix.split("|") if part)
        found = [m for m in found if str(getattr(m, key)).startswith(starts)]
    page = query.page(default)
    for name in reversed(page.order_by):
        field = name.removeprefix("-")
        if not found or field not in type(found[0]).model_fields:
            if found:
                raise BadRequest(
                    f"Ordering with {field!r} is disallowed or the attribute does not exist on the model"
                )
            continue
        found = sorted(
            found,
            key=lambda m: (getattr(m, field) is None, _comparable(getattr(m, field))),
            reverse=name.startswith("-"),
        )
    return found[page.offset : page.offset + page.limit], len(found)


def _like(part: str) -> re.Pattern[str]:
    """SQL's % and _ as in the lists that the database filters."""
    text = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in part)
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def _comparable(value: object) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, "" if value is None else str(value))

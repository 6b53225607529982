"""Stretches of time of one length, as a number from a beginning: for counts over time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ostro.store.types import Moment


def bucket(at: sa.ColumnElement[Any], since: datetime, seconds: int) -> sa.ColumnElement[int]:
    """Which stretch of `seconds` after `since` the moment lies in, 0 is the first. For moments not before `since`."""
    return _Bucket(at, sa.literal(since, Moment()), sa.literal_column(str(int(seconds))))


class _Bucket(FunctionElement[int]):
    """(at - since) / seconds, rounded down."""

    inherit_cache = True
    name = "time_bucket"
    type = sa.Integer()


@compiles(_Bucket, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    at, since, seconds = (compiler.process(c, **kw) for c in element.clauses)
    return f"(({at} - {since}) / ({seconds} * 1000000))"


@compiles(_Bucket, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    at, since, seconds = (compiler.process(c, **kw) for c in element.clauses)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM ({at} - {since})) / {seconds}) AS INTEGER)"

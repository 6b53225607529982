"""`XCom.get_many` and `XCom.clear` of 2.x."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from ostro.protocol.task import FindXComs
from ostro.sdk import asking, xcom
from ostro.sdk.dagrun import texts
from ostro.sdk.queries.models import XComRecord
from ostro.sdk.queries.query import Query


def get_many(
    run_id: str | None = None,
    *,
    key: str | None = None,
    task_ids: str | Iterable[str] | None = None,
    dag_ids: str | Iterable[str] | None = None,
    map_indexes: int | Iterable[int] | None = None,
    include_prior_dates: bool = False,
    limit: int | None = None,
    execution_date: dt.datetime | None = None,
    session: Any = None,
) -> Query:
    """The XComs of a run that fit, as a query: `.first()`, `.all()`, iteration. The newest run comes first."""
    query = Query(xcom.BaseXCom)
    for name, given in (("key", key), ("task_id", task_ids), ("dag_id", dag_ids)):
        wanted = texts(given)
        if wanted is not None:
            query = query.filter(getattr(xcom.BaseXCom, name).in_(wanted))
    if map_indexes is not None:
        indexes = [map_indexes] if isinstance(map_indexes, int) else list(map_indexes)
        query = query.filter(xcom.BaseXCom.map_index.in_(indexes))
    if run_id is None and execution_date is not None:
        date: Any = xcom.BaseXCom.logical_date
        query = query.filter(date <= execution_date if include_prior_dates else date == execution_date)
    elif run_id is not None and not include_prior_dates:
        query = query.filter(xcom.BaseXCom.run_id == run_id)
    return query.limit(limit)


def clear(dag_id: str, task_id: str, run_id: str, map_index: int | None) -> None:
    """Delete all XComs of a task instance, of all its map indexes without one."""
    question = FindXComs(seq=0, dag_id=dag_id, run_ids=[run_id], task_ids=[task_id], values=False)
    for data in asking.demand(question) or []:
        row = XComRecord(data)
        if map_index is None or row.map_index == map_index:
            xcom.backend().delete(row.key, map_index=row.map_index, **row.where)

"""Questions about what the engine keeps of the past: tries, deeds, assets. Only queries of task code ask them."""

from __future__ import annotations

from datetime import datetime

from ostro.protocol.question import Question


class FindTries(Question, frozen=True, kw_only=True):
    """Value(data=[{dag_id, run_id, logical_date, task_id, map_index, try_number, max_tries, state, start_date, end_date,
    queued_at, hostname, pid, operator, pool, queue}, …]): tries of instances, the newest first.

    An empty dag_id means any. `since` and `until` bound the end, both included.
    """

    dag_id: str = ""
    run_ids: list[str] | None = None
    task_ids: list[str] | None = None
    #: True: only those that failed, whether another try followed or not.
    failed: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 10000


class FindLog(Question, frozen=True, kw_only=True):
    """Value(data=[{id, event, at, owner, dag_id, run_id, task_id, map_index, try_number, logical_date, extra}, …]): the
    audit log, the newest first. `since` and `until` are included."""

    dag_ids: list[str] | None = None
    events: list[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 10000


class FindAssets(Question, frozen=True, kw_only=True):
    """Value(data=[{id, name, uri, group, extra, created_at, updated_at, is_active}, …]) by id."""

    names: list[str] | None = None
    uris: list[str] | None = None
    limit: int = 10000


__all__ = ["FindAssets", "FindLog", "FindTries"]

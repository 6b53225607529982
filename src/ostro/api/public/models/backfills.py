"""Backfills."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from ostro.api.render import Answer, Body

#: The largest number that the database keeps.
_MOST = 2**31 - 1


class BackfillPostBody(Body):
    dag_id: str
    #: Without a zone: UTC.
    from_date: datetime
    to_date: datetime
    run_backwards: bool = False
    dag_run_conf: dict[str, Any] | None = Field(default_factory=dict)
    reprocess_behavior: Literal["none", "failed", "completed"] = "none"
    max_active_runs: int = Field(default=10, ge=1, le=_MOST)
    run_on_latest_version: bool | None = None


class BackfillResponse(Answer):
    id: int
    dag_id: str
    from_date: datetime
    to_date: datetime
    dag_run_conf: dict[str, Any] | None
    is_paused: bool
    reprocess_behavior: str
    max_active_runs: int
    created_at: datetime
    completed_at: datetime | None
    updated_at: datetime
    dag_display_name: str


class BackfillCollectionResponse(Answer):
    backfills: list[BackfillResponse]
    total_entries: int


class DryRunBackfillResponse(Answer):
    logical_date: datetime | None
    partition_key: str | None
    partition_date: datetime | None


class DryRunBackfillCollectionResponse(Answer):
    backfills: list[DryRunBackfillResponse]
    total_entries: int

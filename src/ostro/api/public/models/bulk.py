"""Bulk requests: one body for all kinds of things, by the model of their entities."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

from ostro.api.public.models.instances import PatchTaskInstanceBody
from ostro.api.render import Answer, Body

E = TypeVar("E", bound=BaseModel)

OnExistence = Literal["fail", "skip", "overwrite"]
OnNonExistence = Literal["fail", "skip"]


class BulkCreateAction(Body, Generic[E]):
    action: Literal["create"]
    entities: list[E]
    action_on_existence: OnExistence = "fail"


class BulkUpdateAction(Body, Generic[E]):
    action: Literal["update"]
    entities: list[E]
    #: Only these fields of the entities count.
    update_mask: list[str] | None = None
    action_on_non_existence: OnNonExistence = "fail"


class BulkDeleteAction(Body, Generic[E]):
    action: Literal["delete"]
    #: Names, or whole entities.
    entities: list[str | E]
    action_on_non_existence: OnNonExistence = "fail"


class BulkBody(Body, Generic[E]):
    actions: list[BulkCreateAction[E] | BulkUpdateAction[E] | BulkDeleteAction[E]]


class BulkActionResponse(Answer):
    success: list[str] = []
    errors: list[dict[str, Any]] = []


class BulkResponse(Answer):
    create: BulkActionResponse | None = None
    update: BulkActionResponse | None = None
    delete: BulkActionResponse | None = None


class BulkDAGRunBody(Body):
    dag_run_id: str
    #: The DAG, where the path says "~".
    dag_id: str | None = None
    state: Literal["queued", "success", "failed"] | None = None
    note: str | None = Field(default=None, max_length=1000)


class BulkDAGRunClearBody(Body):
    #: Which runs: these, or those of a partition key, or of a span of partition dates.
    dag_runs: list[BulkDAGRunBody] = []
    partition_key: str | None = None
    partition_date_start: datetime | None = None
    partition_date_end: datetime | None = None
    dry_run: bool = True
    only_failed: bool = False
    only_new: bool = False
    run_on_latest_version: bool | None = None
    note: str | None = Field(default=None, max_length=1000)


class BulkTaskInstanceBody(PatchTaskInstanceBody):
    task_id: str
    #: None: all instances of the task.
    map_index: int | None = None
    #: DAG and run, where the path says "~".
    dag_id: str | None = None
    dag_run_id: str | None = None

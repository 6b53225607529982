"""State that tasks and assets keep."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime

from ostro.api.render import Answer, Body


class TaskStateStoreResponse(Answer):
    key: str
    value: Any
    updated_at: datetime
    expires_at: datetime | None


class TaskStateStoreCollectionResponse(Answer):
    task_state_store: list[TaskStateStoreResponse]
    total_entries: int


class TaskStateStoreBody(Body):
    value: Any
    expires_at: AwareDatetime | Literal["default"] | None = "default"


class TaskStateStorePatchBody(Body):
    value: Any


class AssetStateStoreLastUpdatedBy(Answer):
    kind: str
    dag_id: str | None
    run_id: str | None
    task_id: str | None
    map_index: int | None


class AssetStateStoreResponse(Answer):
    key: str
    value: Any
    updated_at: datetime
    last_updated_by: AssetStateStoreLastUpdatedBy | None


class AssetStateStoreCollectionResponse(Answer):
    asset_state_store: list[AssetStateStoreResponse]
    total_entries: int


class AssetStateStoreBody(Body):
    value: Any

"""Questions that tasks ask people, and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from ostro.api.public.models.instances import TaskInstanceHistoryResponse, TaskInstanceResponse
from ostro.api.render import Answer, Body


class HITLUser(Answer):
    id: str
    name: str


class _Detail(Answer):
    options: list[str]
    subject: str
    body: str | None = None
    defaults: list[str] | None = None
    multiple: bool = False
    params: dict[str, Any] = {}
    assigned_users: list[HITLUser] = []
    created_at: datetime
    responded_by_user: HITLUser | None = None
    responded_at: datetime | None = None
    chosen_options: list[str] | None = None
    params_input: dict[str, Any] = {}
    response_received: bool = False


class HITLDetail(_Detail):
    task_instance: TaskInstanceResponse


class HITLDetailHistory(_Detail):
    task_instance: TaskInstanceHistoryResponse


class HITLDetailCollection(Answer):
    hitl_details: list[HITLDetail]
    total_entries: int


class HITLDetailResponse(Answer):
    responded_by: HITLUser
    responded_at: datetime
    chosen_options: list[str]
    params_input: dict[str, Any] = {}


class UpdateHITLDetailPayload(Body):
    chosen_options: list[str] = Field(min_length=1)
    params_input: dict[str, Any] = {}

"""Questions that tasks ask people, and their answers: one row per try that asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import tables as t
from ostro.store.dialects import insert_into


class NewQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What a task asks."""

    ti: int
    try_number: int
    subject: str
    options: list[str]
    body: str | None = None
    defaults: list[str] | None = None
    multiple: bool = False
    #: Fields of the form by name: {"value", "description", "schema", "source"}.
    params: dict[str, Any] = {}
    #: Who may answer: [{"id", "name"}, …]; empty = everybody who may act on the task.
    assigned_users: list[dict[str, str]] = []


class Question(NewQuestion, frozen=True, kw_only=True):
    """A question with its answer, if there is one."""

    id: int
    created_at: datetime
    responded_at: datetime | None = None
    #: None in an answered question: nobody answered in time, and the defaults hold.
    responded_by_id: str | None = None
    responded_by_name: str | None = None
    chosen_options: list[str] | None = None
    params_input: dict[str, Any] | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""

    chosen_options: list[str]
    params_input: dict[str, Any] = {}
    user_id: str | None = None
    user_name: str | None = None
    at: datetime


_SELECT = sa.select(*(t.hitl_detail.c[name] for name in Question.__struct_fields__))


def put(tx: Connection, question: NewQuestion, now: datetime) -> None:
    """Write the question of a try; an earlier one of the same try is replaced, with its answer."""
    answer = ("responded_at", "responded_by_id", "responded_by_name", "chosen_options", "params_input")
    values = {**msgspec.structs.asdict(question), "created_at": now, **dict.fromkeys(answer)}
    statement = insert_into(tx, t.hitl_detail).values(**values)
    tx.execute(statement.on_conflict_do_update(index_elements=["ti", "try_number"], set_=values))


def find(tx: Connection, ti: int, try_number: int) -> Question | None:
    """The question of a try."""
    h = t.hitl_detail.c
    row = tx.execute(_SELECT.where(h.ti == ti, h.try_number == try_number)).one_or_none()
    return None if row is None else _question(row)


def by_id(tx: Connection, ids: Sequence[int]) -> dict[int, Question]:
    """The questions with these ids."""
    rows = tx.execute(_SELECT.where(t.hitl_detail.c.id.in_(list(ids))))
    return {row.id: _question(row) for row in rows}


def answer(tx: Connection, question: int, response: Response) -> bool:
    """Write an answer; False when there is one already: the first one holds."""
    h = t.hitl_detail
    done = tx.execute(
        sa.update(h)
        .where(h.c.id == question, h.c.responded_at.is_(None))
        .values(
            responded_at=response.at,
            responded_by_id=response.user_id,
            responded_by_name=response.user_name,
            chosen_options=response.chosen_options,
            params_input=response.params_input,
        )
    )
    return done.rowcount == 1


def _question(row: Any) -> Question:
    values = row._asdict()
    values["params"] = values["params"] or {}
    values["assigned_users"] = values["assigned_users"] or []
    return Question(**values)

"""Questions to people as lists of the REST API show them: those of present tries."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection

from ostro.store import hitl
from ostro.store import tables as t
from ostro.store.views.filters import Columns, Condition, OneOf, Page
from ostro.store.views.paging import Join, Listing, read_page

_h, _i, _r = t.hitl_detail.c, t.task_instance.c, t.dag_run.c

#: What lists may be filtered and sorted by; names of the API.
COLUMNS: Columns = {
    "ti_id": _h.ti,
    "id": _h.id,
    "dag_id": _r.dag_id,
    "run_id": _r.run_id,
    "run_after": _r.run_after,
    "task_id": _i.task_id,
    "map_index": _i.map_index,
    "rendered_map_index": _i.rendered_map_index,
    "task_instance_operator": _i.operator,
    "task_instance_state": _i.state,
    "state": _i.state,
    "subject": _h.subject,
    "body": _h.body,
    "created_at": _h.created_at,
    "responded_at": _h.responded_at,
    "responded_by_user_id": _h.responded_by_id,
    "responded_by_user_name": _h.responded_by_name,
    "response_received": sa.case((_h.responded_at.is_(None), 0), else_=1),
    "is_current": sa.case((_h.try_number == _i.try_number, 1), else_=0),
}

_LISTING = Listing(
    t.hitl_detail, (Join(t.task_instance, _i.id == _h.ti), Join(t.dag_run, _r.id == _i.run)), COLUMNS
)
_CURRENT = OneOf("is_current", (1,))


def list_questions(
    tx: Connection, conditions: Iterable[Condition], page: Page
) -> tuple[list[hitl.Question], int]:
    """A page of questions and the number of all that match."""
    return read_page(tx, _LISTING, [*conditions, _CURRENT], page, hitl.by_id)

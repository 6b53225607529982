"""Pages of the installation: forms of connections, who waits for a pool, triggers, the audit log."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.query import Query
from ostro.api.render import data
from ostro.api.routing import guarded
from ostro.api.specs import Specs
from ostro.api.waiting import Look, Waiting
from ostro.errors import BadRequest, NotFound
from ostro.rules.permissions import Resource
from ostro.store import event_log, pools
from ostro.store.views import rest_instances, ui_installation
from ostro.store.views.filters import Condition, Matches, Within

router = guarded("/ui", described=False)

#: Waiting instances that are looked at to say what they wait for.
LOOKED_AT = 50
#: DAGs that are named where something is used.
NAMED = 50
#: Rows of the audit log that one answer verifies.
VERIFIED_AT_ONCE = 20_000


class WaitingOne(Struct, frozen=True, kw_only=True):
    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    since: datetime | None
    #: The reasons as sentences, and each by itself, for sentences in other languages.
    reason: str
    waiting: list[Waiting]


# ---- connections ---------------------------------------------------------------------------------------------------


@router.get("/connections/hook_meta", response_model=None)
@needs("read", Resource.CONNECTIONS)
def get_hook_meta(deps: Given) -> Response:
    """What the form of each type of connections shows, and whether connections may be tried here."""
    types = [] if deps.list_connection_types is None else deps.list_connection_types()
    can_test = deps.config.can_test_connections and deps.try_connection is not None
    shows_test = not deps.config.hides_connection_tests
    return data({"connection_types": types, "can_test": can_test, "shows_test": shows_test})


@router.get("/where_used", response_model=None)
@needs("read", Resource.DAG_CODE, each=True)
def get_where_used(request: Request, deps: Given, person: Someone) -> Response:
    """DAGs whose file names a connection, variable or pool: `name`, in quotes."""
    name = Query(request, deps.config).text("name")
    if not name:
        raise BadRequest("say what to look for: ?name=")
    with deps.store.read() as tx:
        found, total = ui_installation.dags_that_name(
            tx, name, person.readable(Resource.DAG_CODE), limit=NAMED
        )
    return data({"dags": found, "total_entries": total})


# ---- pools ---------------------------------------------------------------------------------------------------------


@router.get("/pools/waiting", response_model=None)
@needs("read", Resource.POOLS)
@needs("read", Resource.TASK_INSTANCES, each=True)
def get_waiting(request: Request, deps: Given, person: Someone) -> Response:
    """What the first of those that wait in a pool (`pool`) wait for."""
    pool = Query(request, deps.config).text("pool") or pools.DEFAULT_POOL
    specs: Specs = request.app.state.specs
    now = deps.clock.now()
    with deps.store.read() as tx:
        if pool not in pools.sizes(tx):
            raise NotFound(f"The Pool with name: `{pool}` was not found")
        ids, total = ui_installation.waiting_for_pool(
            tx, pool, person.readable(Resource.TASK_INSTANCES), limit=LOOKED_AT
        )
        rows = rest_instances.get_instances(tx, ids)
        look = Look(tx, specs, now)
        reasons = [(row, look.why(row)) for row in rows]
    counts = Counter(found[0].name if found else "next" for _, found in reasons)
    return data(
        {
            "total_entries": total,
            "looked_at": len(rows),
            "reasons": [{"name": name, "count": count} for name, count in counts.most_common()],
            "instances": [
                WaitingOne(
                    dag_id=row.dag_id,
                    run_id=row.run_id,
                    task_id=row.task_id,
                    map_index=row.map_index,
                    since=row.scheduled_at,
                    reason="; ".join(one.reason for one in found),
                    waiting=found,
                )
                for row, found in reasons
            ],
        }
    )


# ---- triggers ------------------------------------------------------------------------------------------------------


@router.get("/triggers", response_model=None)
@needs("read", Resource.TASK_INSTANCES, each=True)
def get_triggers(request: Request, deps: Given, person: Someone) -> Response:
    """What deferred instances wait for. Without the arguments of the triggers, which may hold secrets."""
    page = Query(request, deps.config).page()
    with deps.store.read() as tx:
        rows, total, classes = ui_installation.list_triggers(
            tx, person.readable(Resource.TASK_INSTANCES), limit=page.limit, offset=page.offset
        )
    return data({"triggers": rows, "total_entries": total, "classes": classes})


# ---- the audit log ---------------------------------------------------------------------------------------------------


@router.get("/audit", response_model=None)
@needs("read", Resource.AUDIT_LOGS, each=True)
def get_audit(request: Request, deps: Given, person: Someone) -> Response:
    """Who did what, the newest first: from where, with what result, and its place in the chain."""
    query = Query(request, deps.config)
    conditions: list[Condition] = query.one_of("owner", "event", "dag_id", "result")
    conditions += person.conditions(Resource.AUDIT_LOGS)
    text = query.text("search")
    if text:
        # `|` separates alternatives in patterns; here it is a letter that no name has.
        conditions.append(Matches("any", text.replace("|", " ")))
    after, before = query.moment("after"), query.moment("before")
    if after is not None or before is not None:
        conditions.append(Within(column="when", gte=after, lt=before))
    with deps.store.read() as tx:
        rows, more = ui_installation.list_deeds(tx, conditions, query.page())
        events = ui_installation.words_of_deeds(tx)
    return data({"entries": [_deed(row) for row in rows], "has_more": more, "events": events})


def _deed(row: ui_installation.Deed) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


@router.get("/audit/verify", response_model=None)
@needs("read", Resource.AUDIT_LOGS)
def verify_audit(request: Request, deps: Given) -> Response:
    """Whether the chain of deeds holds: nothing in it was changed, removed or put between.

    A piece of it: `more` says that there are more, to be asked for `after` the `link` with the `digest` of this answer.
    """
    query = Query(request, deps.config)
    link, digest = query.integer("after", minimum=0), query.text("digest") or ""
    with deps.store.read() as tx:
        found = event_log.verify(tx, after=None if link is None else (link, digest), most=VERIFIED_AT_ONCE)
    broken = found.broken
    return data(
        {
            "entries": found.rows,
            "unkeyed": found.unkeyed,
            "link": found.link,
            "digest": found.digest,
            "first": found.first,
            "last": found.last,
            "more": found.more,
            "broken": None if broken is None else {"link": broken.link, "why": broken.why},
        }
    )

"""Processes of the installation as Airflow's jobs, and the request to parse a DAG file now."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from ostro import commands
from ostro.api.acting import acting
from ostro.api.auth.guard import Someone
from ostro.api.auth.needs import needs
from ostro.api.deps import Given
from ostro.api.public.models.admin import JobCollectionResponse, JobResponse
from ostro.api.public.query import Query
from ostro.api.public.sorting import chosen
from ostro.api.render import answer, data, gives
from ostro.api.routing import guarded
from ostro.errors import NotFound
from ostro.rules.permissions import Resource
from ostro.store import engines
from ostro.store.clock import db_now
from ostro.store.engines import EngineRecord

router = guarded("/api/v2")

#: Kind of a process to Airflow's word for it.
TYPES = {
    "scheduler": "SchedulerJob",
    "triggerer": "TriggererJob",
    "dag_processor": "DagProcessorJob",
    "worker": "WorkerJob",
}


@router.get("/jobs", response_model=None, tags=["Job"])
@gives(JobCollectionResponse)
@needs("read", Resource.JOBS)
def get_jobs(request: Request, deps: Given) -> Response:
    """Engines and other long-running processes, those that have ended, too."""
    query = Query(request, deps.config)
    wanted = {
        "state": query.text("job_state"),
        "job_type": query.text("job_type"),
        "hostname": query.text("hostname"),
        "executor_class": query.text("executor_class"),
    }
    alive = query.boolean("is_alive")
    ranges = {
        name: {bound: query.moment(f"{name}_{bound}") for bound in ("gte", "gt", "lte", "lt")}
        for name in ("start_date", "end_date")
    }
    with deps.store.read() as tx:
        now = db_now(tx)
        records = engines.list_all(tx)
    found = [
        job
        for record in records
        for job in [_present(record)]
        if alive in (None, _is_alive(record, now, deps.config.heartbeat_limit))
        and all(value in (None, getattr(job, name)) for name, value in wanted.items())
        and all(_within(getattr(job, name), bounds) for name, bounds in ranges.items())
    ]
    rows, total = chosen(found, query, key="hostname", pattern="hostname", default="id")
    return answer(JobCollectionResponse(jobs=rows, total_entries=total))


def _present(record: EngineRecord) -> JobResponse:
    info = record.info if isinstance(record.info, dict) else {}
    return JobResponse(
        # Jobs have numbers in Airflow; a process here has a name. The number is made of it, so it stays the same.
        id=zlib.crc32(record.id.encode()) & 0x7FFFFFFF,
        dag_id=None,
        state="running" if record.stopped_at is None else "success",
        job_type=TYPES.get(record.kind, record.kind),
        start_date=record.started_at,
        end_date=record.stopped_at,
        latest_heartbeat=record.heartbeat_at,
        executor_class=info.get("executor"),
        hostname=record.hostname,
        unixname=info.get("user"),
    )


def _is_alive(record: EngineRecord, now: datetime, limit: int) -> bool:
    return record.stopped_at is None and (now - record.heartbeat_at).total_seconds() <= limit


def _within(value: datetime | None, bounds: dict[str, datetime | None]) -> bool:
    if all(bound is None for bound in bounds.values()):
        return True
    if value is None:
        return False
    gte, gt, lte, lt = (bounds[name] for name in ("gte", "gt", "lte", "lt"))
    return (
        (gte is None or value >= gte)
        and (gt is None or value > gt)
        and (lte is None or value <= lte)
        and (lt is None or value < lt)
    )


@router.put("/parseDagFile/{file_token}", status_code=201, response_model=None, tags=["DAG Parsing"])
@needs("edit", Resource.DAGS, each=True)
def reparse_dag_file(file_token: str, request: Request, person: Someone) -> Response:
    """Have a DAG file parsed now, though nothing is known to have changed. `file_token`: from a DAG."""
    try:
        bundle, path = json.loads(base64.urlsafe_b64decode(file_token))
    except (ValueError, TypeError):
        raise NotFound(f"File not found: the token {file_token!r} is none that a DAG has") from None
    with acting(request, person) as act:
        dags = commands.parse_file_in(act.tx, bundle=str(bundle), path=str(path))
        for dag_id in dags:
            person.must("edit", Resource.DAGS, dag_id)
        act.dags += ["", *dags]
        act.note("reparse_dag_file", extra={"bundle": bundle, "path": path})
    return data(None, 201)

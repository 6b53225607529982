"""`ostro jobs`: is anything alive? What drains engines is in `ostro.cli.jobs_drain`."""

from __future__ import annotations

import socket
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli import jobs_drain
from ostro.cli.context import Context
from ostro.cli.output import VerboseOption
from ostro.cli.remote import facts
from ostro.errors import BadRequest, UserError

if TYPE_CHECKING:
    from ostro.store import EngineRecord

app = typer.Typer(no_args_is_help=True)

#: Seconds without a sign of life after which a process counts as dead.
HEARTBEAT_LIMIT = 30


class JobType(StrEnum):
    """Airflow's words for processes. The engine is scheduler, triggerer and DAG processor in one."""

    SCHEDULER = "SchedulerJob"
    TRIGGERER = "TriggererJob"
    DAG_PROCESSOR = "DagProcessorJob"
    LOCAL = "LocalTaskJob"


@app.callback()
def group() -> None:
    """Processes of the installation."""


jobs_drain.add_to(app)


@app.command("check")
def check(
    job_type: Annotated[JobType | None, typer.Option("--job-type", help="Only of this kind.")] = None,
    hostname: Annotated[str | None, typer.Option("--hostname", help="Only on this machine.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Only on this machine, where I am.")] = False,
    limit: Annotated[int, typer.Option("--limit", help="Look at so many; 0 = all.", min=0)] = 1,
    allow_multiple: Annotated[
        bool, typer.Option("--allow-multiple", help="Several may live; --limit must allow it.")
    ] = False,
    verbose: VerboseOption = False,
) -> None:
    """Exit status 0 when an engine lives, for health checks of containers."""
    if hostname is not None and local:
        raise BadRequest("--hostname and --local exclude each other")
    if allow_multiple and limit == 1:
        raise BadRequest("--allow-multiple needs a --limit other than 1")
    where = socket.gethostname() if local else hostname
    found = [host for host in _hosts(Context()) if where in (None, host) and job_type is not JobType.LOCAL]
    found = found[: limit or None]
    if not found:
        raise UserError("no alive jobs found")
    if len(found) > 1 and not allow_multiple:
        raise UserError(f"found {len(found)} alive jobs; more than one needs --allow-multiple")
    print("Found one alive job." if len(found) == 1 else f"Found {len(found)} alive jobs.")


def _hosts(context: Context) -> list[str]:
    """The machines of the engines that live, one for each engine."""
    if context.remote is not None:
        alive = facts.jobs(context.remote, is_alive=True)
        return [job["hostname"] for job in alive if job["job_type"] == JobType.SCHEDULER]
    return [record.hostname for record in living(context)]


def living(context: Context) -> list[EngineRecord]:
    """Engines that gave a sign of life lately, in the database's time."""
    from ostro.store import engines

    with context.store.read() as tx:
        records = engines.list_all(tx)
        alive = engines.alive(tx, [record.id for record in records], seconds=HEARTBEAT_LIMIT)
    return [record for record in records if record.id in alive]


def listed(context: Context) -> list[dict[str, Any]]:
    """All processes that ever registered, as `dags list-jobs` shows them, the most alive first."""
    from ostro.store import engines

    if context.remote is not None:
        return facts.jobs(context.remote)
    with context.store.read() as tx:
        records = engines.list_all(tx)
    return [
        {
            "dag_id": None,
            "state": "running" if record.stopped_at is None else "success",
            "job_type": JobType.SCHEDULER.value,
            "start_date": record.started_at,
            "end_date": record.stopped_at,
            "latest_heartbeat": record.heartbeat_at,
            "hostname": record.hostname,
        }
        for record in records
    ]

"""`ostro dags …` about runs: trigger, list-runs, state, next-execution."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.dates import moment
from ostro.cli.output import Output, OutputOption, VerboseOption, show, text
from ostro.cli.remote import rows
from ostro.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from ostro.cli.remote.client import Client
    from ostro.store import ScheduleRow

#: Runs listed at most.
ALL = 1_000_000
#: Columns of a run that was made, and of a list of runs.
TRIGGERED = (
    "conf", "dag_id", "dag_run_id", "data_interval_start", "data_interval_end", "end_date", "logical_date", "run_after",
    "run_type", "start_date", "state", "triggering_user_name",
)  # fmt: skip
LISTED = ("dag_id", "run_id", "state", "run_after", "logical_date", "start_date", "end_date")


def add_to(app: typer.Typer) -> None:
    """Put the commands into the group."""
    app.command("trigger")(trigger)
    app.command("list-runs")(list_runs)
    app.command("state")(state)
    app.command("next-execution")(next_execution)


def conf_of(given: str | None) -> dict[str, Any]:
    """The conf that a user wrote as JSON. Raises BadRequest."""
    if not given:
        return {}
    try:
        found = json.loads(given)
    except ValueError as error:
        raise BadRequest(f"--conf is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadRequest("--conf must be a JSON object, like '{\"key\": 1}'")
    return found


def trigger(
    dag_id: str,
    run_id: Annotated[str | None, typer.Option("--run-id", "-r", help="Id of the run.")] = None,
    conf: Annotated[str | None, typer.Option("--conf", "-c", help="JSON object for the run's conf.")] = None,
    logical_date: Annotated[
        str | None, typer.Option("--logical-date", "-l", "--exec-date", "-e", help="Logical date.")
    ] = None,
    no_replace_microseconds: Annotated[bool, typer.Option("--no-replace-microseconds", hidden=True)] = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Make a run of a DAG."""
    from ostro import commands
    from ostro.store import specs

    context = Context()
    zone = context.settings.core.default_timezone
    date = None if logical_date is None else moment(logical_date, zone)
    if context.remote is not None:
        made = rows.trigger(context.remote, dag_id, run_id=run_id, logical_date=date, conf=conf_of(conf))
        show([made], output, TRIGGERED)
        _warn_paused(dag_id, bool(rows.dag(context.remote, dag_id)["is_paused"]))
        return
    said = commands.ask_manual(
        context.store, context.clock, context.ask_timetable, dag_id=dag_id, logical_date=date
    )
    with context.acting() as act:
        run = commands.trigger_run_in(
            act.tx,
            act.clock,
            dag_id=dag_id,
            run_id=run_id,
            own_run_id=None if said is None else said.run_id,
            logical_date=date if said is None else said.logical_date,
            data_interval=None if said is None else said.data_interval,
            conf=conf_of(conf),
            triggered_by="cli",
            triggering_user=context.user,
            run_id_pattern=context.settings.scheduler.allowed_run_id_pattern,
        )
        act.runs.append(run.id)
        act.dags.append(dag_id)
        paused = (specs.dag_summary(act.tx, dag_id) or {}).get("is_paused", False)
        act.note("trigger_dag_run", dag_id=dag_id, run_id=run.run_id, logical_date=run.logical_date)
    row = {
        "conf": run.conf,
        "dag_id": run.dag_id,
        "dag_run_id": run.run_id,
        "data_interval_start": run.data_interval_start,
        "data_interval_end": run.data_interval_end,
        "end_date": run.end_date,
        "logical_date": run.logical_date,
        "run_after": run.run_after,
        "run_type": run.run_type,
        "start_date": run.start_date,
        "state": run.state,
        "triggering_user_name": run.triggering_user,
    }
    show([row], output, TRIGGERED)
    _warn_paused(dag_id, paused)


def _warn_paused(dag_id: str, paused: bool) -> None:
    if paused:
        print(f"The DAG is paused: the run waits until: ostro dags unpause {dag_id}", file=sys.stderr)


def list_runs(
    dag_id: Annotated[str | None, typer.Argument()] = None,
    dag_id_option: Annotated[str | None, typer.Option("--dag-id", "-d", hidden=True)] = None,
    state: Annotated[str | None, typer.Option(help="Only runs in this state.")] = None,
    no_backfill: Annotated[bool, typer.Option("--no-backfill", help="Without runs of backfills.")] = False,
    start_date: Annotated[
        str | None, typer.Option("--start-date", "-s", help="Logical date from here.")
    ] = None,
    end_date: Annotated[str | None, typer.Option("--end-date", "-e", help="Logical date until here.")] = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List the runs of a DAG, newest first."""
    from ostro.states import RunState, RunType
    from ostro.store.views import rest_dags, rest_runs
    from ostro.store.views.filters import Condition, OneOf, Page, Within

    name = dag_id or dag_id_option
    if name is None:
        raise BadRequest("say which DAG: ostro dags list-runs DAG_ID")
    context = Context()
    zone = context.settings.core.default_timezone
    conditions: list[Condition] = [OneOf("dag_id", (name,))]
    if state is not None:
        if state.lower() not in set(RunState):
            raise BadRequest(f"{state!r} is no state of a run; there are {', '.join(RunState)}")
        conditions.append(OneOf("state", (state.lower(),)))
    if no_backfill:
        conditions.append(OneOf("run_type", tuple(t.value for t in RunType if t is not RunType.BACKFILL)))
    if start_date or end_date:
        conditions.append(
            Within(
                column="logical_date",
                gte=moment(start_date, zone) if start_date else None,
                lte=moment(end_date, zone) if end_date else None,
            )
        )
    if context.remote is not None:
        filters = {
            "state": None if state is None else state.lower(),
            "logical_date_gte": moment(start_date, zone).isoformat() if start_date else None,
            "logical_date_lte": moment(end_date, zone).isoformat() if end_date else None,
        }
        rows.dag(context.remote, name)
        answered = rows.runs(context.remote, name, **filters)
        if no_backfill:
            answered = [row for row in answered if row["run_type"] != RunType.BACKFILL]
        blank = {"start_date": "", "end_date": ""}
        show([{**row, **{k: row[k] or v for k, v in blank.items()}} for row in answered], output, LISTED)
        return
    with context.store.read() as tx:
        if rest_dags.get_dag(tx, name) is None:
            raise NotFound(f"there is no DAG {name!r}")
        page = Page(limit=ALL, order_by=("-run_after", "-id"))
        found, _ = rest_runs.list_runs(tx, conditions, page, total=False)
    show(
        [
            {
                "dag_id": row.dag_id,
                "run_id": row.run_id,
                "state": row.state,
                "run_after": row.run_after,
                "logical_date": row.logical_date,
                "start_date": row.start_date or "",
                "end_date": row.end_date or "",
            }
            for row in found
        ],
        output,
        LISTED,
    )


def state(dag_id: str, logical_date_or_run_id: str, verbose: VerboseOption = False) -> None:
    """Print the state of a run, and its conf when it has one; None when there is no such run."""
    from ostro.cli.dags import known

    context = Context()
    known(context, dag_id)
    try:
        state, conf = _state_of(context, dag_id, logical_date_or_run_id)
    except NotFound:
        # As Airflow: scripts ask whether there is a run at all.
        state, conf = "None", None
    print(f"{state}, {json.dumps(conf)}" if conf else state)


def _state_of(context: Context, dag_id: str, date_or_run_id: str) -> tuple[str, Any]:
    if context.remote is not None:
        found = rows.run(context.remote, dag_id, date_or_run_id, context.moment(date_or_run_id))
        return str(found["state"]), found["conf"]
    run = context.run_of(dag_id, date_or_run_id)
    return run.state, run.conf


def next_execution(
    dag_id: str,
    num_executions: Annotated[int, typer.Option("--num-executions", "-n", min=1, help="How many runs.")] = 1,
    table: Annotated[bool, typer.Option("--table", help="All facts of each run as a table.")] = False,
    field: Annotated[str, typer.Option("--field", help="Which date to print.")] = "logical_date",
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Print when the DAG runs next."""
    from ostro.errors import UserError

    context = Context()
    coming = (
        _coming(context, dag_id, num_executions)
        if context.remote is None
        else _coming_there(context.remote, dag_id, num_executions)
    )
    if not coming:
        raise UserError(f"DAG {dag_id!r} has no next run: it runs by hand only, or its end date has passed")
    if table:
        show(coming, output)
        return
    if field not in coming[0]:
        raise BadRequest(f"there is no field {field!r}; there are {', '.join(coming[0])}")
    for row in coming:
        print(text(row[field]))


def _coming(context: Context, dag_id: str, count: int) -> list[dict[str, Any]]:
    """The next runs as the timetable gives them, the one that is due first."""
    from ostro.store import specs
    from ostro.timetable import decode, is_custom, last_run, next_due

    with context.store.read() as tx:
        found = specs.load_schedules(tx, [dag_id])
    if not found:
        raise NotFound(f"there is no DAG {dag_id!r}")
    row = found[0]
    if is_custom(row.timetable):
        return _stored(row, count)
    last = last_run(
        run_after=row.last_run_after,
        start=row.last_interval_start,
        end=row.last_interval_end,
        partition_date=row.last_partition_date,
        partition_key=row.last_partition_key,
    )
    timetable = decode(row.timetable)
    now: datetime = context.clock.now()
    coming: list[dict[str, Any]] = []
    while len(coming) < count:
        info = next_due(
            timetable, start=row.start_date, end=row.end_date, catchup=row.catchup, last=last, now=now
        )
        if info is None:
            break
        last = info
        interval = info.data_interval
        coming.append(
            {
                "logical_date": info.logical_date,
                "run_after": info.run_after,
                "data_interval_start": None if interval is None else interval.start,
                "data_interval_end": None if interval is None else interval.end,
            }
        )
        # The one after it as it will be asked for: when that one has been made.
        now = max(now, info.run_after + timedelta(microseconds=1))
    if coming and row.is_paused:
        typer.echo(f"DAG {dag_id} is paused: nothing of this happens before it is unpaused.", err=True)
    return coming


def _coming_there(client: Client, dag_id: str, count: int) -> list[dict[str, Any]]:
    """The next run as the engine of a server elsewhere has planned it."""
    row = rows.dag(client, dag_id)
    if count > 1:
        raise BadRequest("over the network only the next run is known, without -n")
    if row["next_dagrun_run_after"] is None:
        return []
    if row["is_paused"]:
        typer.echo(f"DAG {dag_id} is paused: nothing of this happens before it is unpaused.", err=True)
    return [
        {
            "logical_date": row["next_dagrun"],
            "run_after": row["next_dagrun_run_after"],
            "data_interval_start": row["next_dagrun_data_interval_start"],
            "data_interval_end": row["next_dagrun_data_interval_end"],
        }
    ]


def _stored(row: ScheduleRow, count: int) -> list[dict[str, Any]]:
    """The next run of a timetable that is a class of the DAG's author, as the engine heard it."""
    if count > 1:
        raise BadRequest(
            f"the timetable of DAG {row.dag_id!r} is a class of its author; only its next run is known, without -n"
        )
    if row.next_run_after is None:
        return []
    return [
        {
            "logical_date": row.next_logical_date,
            "run_after": row.next_run_after,
            "data_interval_start": row.next_interval_start,
            "data_interval_end": row.next_interval_end,
        }
    ]

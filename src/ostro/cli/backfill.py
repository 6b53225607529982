"""`ostro backfill`: make up for the runs of a time that has passed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ostro.cli.backfill_order import UnpauseOption, order, tell_early_dates, warn_of_early_dates
from ostro.cli.backfill_progress import follow
from ostro.cli.context import Context
from ostro.cli.dags_runs import conf_of
from ostro.cli.dates import moment
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.cli.remote import backfills as remote
from ostro.cli.remote import rows
from ostro.errors import BadRequest

if TYPE_CHECKING:
    from ostro.cli.remote.client import Client
    from ostro.store import NewBackfill

app = typer.Typer(no_args_is_help=True)

_BEHAVIORS = ("none", "completed", "failed")
Id = Annotated[int, typer.Argument(help="Number of the backfill, as `ostro backfill list` shows it.")]


@app.command("create")
def create(
    dag_id: Annotated[str, typer.Option("--dag-id", help="The DAG.")],
    from_date: Annotated[str, typer.Option("--from-date", help="Earliest logical date.")],
    to_date: Annotated[str, typer.Option("--to-date", help="Latest logical date, inclusive.")],
    dag_run_conf: Annotated[
        str | None, typer.Option("--dag-run-conf", help="JSON object for the conf of the runs.")
    ] = None,
    run_backwards: Annotated[
        bool, typer.Option("--run-backwards", help="Begin with the latest date.")
    ] = False,
    max_active_runs: Annotated[
        int, typer.Option("--max-active-runs", min=1, help="Most runs of it at a time.")
    ] = 10,
    reprocess_behavior: Annotated[
        str,
        typer.Option(
            "--reprocess-behavior", help="Runs that exist: none, failed or completed ones run again."
        ),
    ] = "none",
    run_on_latest_version: Annotated[
        bool | None,
        typer.Option(
            "--run-on-latest-version/--no-run-on-latest-version",
            help="Runs that exist go on with the newest version of the DAG (the default).",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would run.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show how it goes until it is over.")] = False,
    unpause: UnpauseOption = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Order a backfill; the engine carries it out."""
    from ostro.store import NewBackfill

    if reprocess_behavior not in _BEHAVIORS:
        raise BadRequest(f"--reprocess-behavior is one of {', '.join(_BEHAVIORS)}")
    context = Context()
    zone = context.settings.core.default_timezone
    new = NewBackfill(
        dag_id=dag_id,
        from_date=moment(from_date, zone),
        to_date=moment(to_date, zone),
        conf=conf_of(dag_run_conf),
        run_backwards=run_backwards,
        reprocess_behavior=reprocess_behavior,
        max_active_runs=max_active_runs,
        run_on_latest_version=run_on_latest_version,
        triggering_user=context.user,
    )
    if dry_run:
        _preview(context, new, output)
        return
    if context.remote is not None:
        made_id = _order_there(context.remote, new, unpause=unpause, wait=wait)
    else:
        made_id = order(context, new, unpause=unpause, wait=wait).id
    print(f"Backfill {made_id} of {dag_id} is ordered; see: ostro backfill list", file=sys.stderr)
    if wait:
        raise typer.Exit(follow(context, made_id))


def _order_there(client: Client, new: NewBackfill, *, unpause: bool, wait: bool) -> int:
    """Order it at a server elsewhere; returns its number."""
    if wait:
        raise BadRequest(
            "over the network nobody waits for a backfill: leave --wait out, and look by: dags list-runs"
        )
    if unpause:
        rows.set_paused(client, new.dag_id, False)
    made = int(remote.create(client, new)["id"])
    tell_early_dates(new, rows.details(client, new.dag_id)["start_date"])
    if rows.dag(client, new.dag_id)["is_paused"]:
        print(f"The DAG is paused: the runs wait until: ostro dags unpause {new.dag_id}", file=sys.stderr)
    return made


def _preview(context: Context, new: NewBackfill, output: Output) -> None:
    from ostro import commands

    columns = ["logical_date", "partition_key"]
    if context.remote is not None:
        found = [{name: row[name] or "" for name in columns} for row in remote.preview(context.remote, new)]
        if found:
            tell_early_dates(new, rows.details(context.remote, new.dag_id)["start_date"])
    else:
        infos = commands.ask_between(context.store, context.clock, context.ask_timetable, new)
        with context.store.read() as tx:
            previewed = commands.preview_backfill_in(tx, context.clock, new, infos)
            if previewed:
                warn_of_early_dates(tx, new)
        columns += ["data_interval_start", "data_interval_end"]
        found = [
            {
                "logical_date": info.logical_date or "",
                "partition_key": info.partition_key or "",
                "data_interval_start": "" if info.data_interval is None else info.data_interval.start,
                "data_interval_end": "" if info.data_interval is None else info.data_interval.end,
            }
            for info in previewed
        ]
    show(found, output, columns)
    print(f"{len(found)} run(s); nothing was made.", file=sys.stderr)


@app.command("list")
def list_(
    dag_id: Annotated[str | None, typer.Option("--dag-id", help="Only of this DAG.")] = None,
    active: Annotated[bool, typer.Option("--active", help="Only those that are not over.")] = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List backfills, newest first."""
    from ostro.store import backfills
    from ostro.store.views import rest_backfills
    from ostro.store.views.filters import Condition, OneOf, Page

    context = Context()
    columns = ("id", "dag_id", "from_date", "to_date", "is_paused", "completed_at", "runs")
    if context.remote is not None:
        if dag_id is None:
            raise BadRequest("over the network backfills are listed by DAG: give --dag-id")
        there = [
            {**row, "completed_at": row["completed_at"] or ""}
            for row in remote.listed(context.remote, dag_id)
            if not (active and row["completed_at"])
        ]
        show(there, output, columns[:-1])
        return
    conditions: list[Condition] = [] if dag_id is None else [OneOf("dag_id", (dag_id,))]
    with context.store.read() as tx:
        found, _ = rest_backfills.list_backfills(
            tx, conditions, Page(limit=1000, order_by=("-id",)), active=True if active else None
        )
        states = backfills.count_states(tx, [r.id for r in found])
    show(
        [
            {
                "id": row.id,
                "dag_id": row.dag_id,
                "from_date": row.from_date,
                "to_date": row.to_date,
                "is_paused": row.is_paused,
                "completed_at": row.completed_at or "",
                "runs": ", ".join(f"{n} {s}" for s, n in sorted(states.get(row.id, {}).items())),
            }
            for row in found
        ],
        output,
        columns,
    )


@app.command("show")
def show_(
    backfill_id: Id,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Show the dates of a backfill in their order, with their runs."""
    from ostro.errors import NotFound
    from ostro.store import backfills

    with Context().store.read() as tx:
        if backfills.get(tx, backfill_id) is None:
            raise NotFound(f"there is no backfill {backfill_id}")
        dates = backfills.dates_of(tx, backfill_id)
    show(
        [
            {
                "order": date.sort_ordinal,
                "logical_date": date.logical_date or date.partition_key or "",
                "run_id": date.run_id or "",
                "state": date.state or "",
                "left_out_because": date.exception_reason or "",
            }
            for date in dates
        ],
        output,
        ("order", "logical_date", "run_id", "state", "left_out_because"),
    )


@app.command("pause")
def pause(backfill_id: Id, verbose: VerboseOption = False) -> None:
    """Start no further run of a backfill."""
    _set_paused(backfill_id, paused=True)


@app.command("unpause")
def unpause(backfill_id: Id, verbose: VerboseOption = False) -> None:
    """Start the runs of a backfill again."""
    _set_paused(backfill_id, paused=False)


@app.command("cancel")
def cancel(backfill_id: Id, verbose: VerboseOption = False) -> None:
    """End a backfill: runs that wait fail, those that run go on."""
    from ostro import commands

    context = Context()
    if context.remote is not None:
        dag_id = remote.change(context.remote, backfill_id, "cancel")["dag_id"]
        print(f"Backfill {backfill_id} of {dag_id} is cancelled.")
        return
    with context.acting() as act:
        done, failed = commands.cancel_backfill_in(act.tx, act.clock, backfill_id)
        act.runs += [run.id for run in failed]
        act.dags.append(done.dag_id)
        act.note("cancel_backfill", dag_id=done.dag_id, extra={"backfill_id": backfill_id})
    print(f"Backfill {backfill_id} of {done.dag_id} is cancelled; {len(failed)} waiting run(s) failed.")


def _set_paused(backfill_id: int, *, paused: bool) -> None:
    from ostro import commands

    context = Context()
    if context.remote is not None:
        dag_id = remote.change(context.remote, backfill_id, "pause" if paused else "unpause")["dag_id"]
    else:
        with context.acting() as act:
            done = commands.pause_backfill_in(act.tx, act.clock, backfill_id, paused=paused)
            dag_id = done.dag_id
            act.dags.append(dag_id)
            event = "pause_backfill" if paused else "unpause_backfill"
            act.note(event, dag_id=dag_id, extra={"backfill_id": backfill_id})
    print(f"Backfill {backfill_id} of {dag_id} is {'paused' if paused else 'unpaused'}.")

"""`ostro partitions`."""

from __future__ import annotations

from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.dates import moment
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.errors import BadRequest

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """Partitions of runs."""


@app.command("clear")
def clear(
    dag_id: Annotated[str, typer.Option("--dag-id", "-d", help="The DAG.")],
    run_id: Annotated[str | None, typer.Option("--run-id", "-r", help="Of this run.")] = None,
    partition_key: Annotated[
        str | None, typer.Option("--partition-key", "-k", help="Of the runs with this key.")
    ] = None,
    start_date: Annotated[
        str | None, typer.Option("--start-date", "-s", help="Partition date from here, inclusive.")
    ] = None,
    end_date: Annotated[
        str | None, typer.Option("--end-date", "-e", help="Partition date until here, inclusive.")
    ] = None,
    date: Annotated[str | None, typer.Option("--date", help="Both at once: FROM~UNTIL.")] = None,
    clear_task_instances: Annotated[
        bool, typer.Option("--clear-task-instances", help="Run the tasks of these runs again, too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the runs.")] = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Take partition key and date off runs."""
    from ostro import commands

    context = Context()
    zone = context.settings.core.default_timezone
    if date is not None:
        if start_date is not None or end_date is not None:
            raise BadRequest("--date stands for --start-date and --end-date; give one or the others")
        start_date, tilde, end_date = date.partition("~")
        if not tilde:
            raise BadRequest("--date is a span such as 2026-01-01~2026-01-31")
    with context.acting() as act:
        done = commands.clear_partitions_in(
            act.tx,
            act.clock,
            dag_id=dag_id,
            run_id=run_id,
            partition_key=partition_key,
            date_start=moment(start_date, zone) if start_date else None,
            date_end=moment(end_date, zone) if end_date else None,
            clear_task_instances=clear_task_instances,
            dry_run=dry_run,
        )
        if not dry_run:
            act.runs += [run.id for run in done.runs]
            act.dags.append(dag_id)
            act.note("clear_partitions", dag_id=dag_id, extra={"runs": len(done.runs)})
    show(
        [
            {
                "run_id": run.run_id,
                "partition_key": run.partition_key,
                "partition_date": run.partition_date,
                "state": run.state,
            }
            for run in done.runs
        ],
        output,
    )

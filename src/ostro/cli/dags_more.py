"""`ostro dags clear`, `report`, `list-jobs` and `show-dependencies`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ostro.cli import jobs
from ostro.cli.context import Context
from ostro.cli.dates import moment
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.cli.remote import facts
from ostro.errors import BadRequest

Bundle = Annotated[list[str] | None, typer.Option("--bundle-name", "-B", help="Only of this bundle.")]
#: Assets read at once.
ALL = 1_000_000


def add_to(app: typer.Typer) -> None:
    """Put the commands into the group."""
    app.command("clear")(clear)
    app.command("report")(report)
    app.command("list-jobs")(list_jobs)
    app.command("show-dependencies")(show_dependencies)


def clear(
    dag_id: str,
    run_id: Annotated[str | None, typer.Option("--run-id", "-r", help="This run.")] = None,
    partition_key: Annotated[
        str | None, typer.Option("--partition-key", help="The runs with this partition key.")
    ] = None,
    partition_date_start: Annotated[
        str | None, typer.Option("--partition-date-start", help="Partition date from here, inclusive.")
    ] = None,
    partition_date_end: Annotated[
        str | None, typer.Option("--partition-date-end", help="Partition date until here, inclusive.")
    ] = None,
    only_failed: Annotated[bool, typer.Option("--only-failed", "-f", help="Only failed tasks.")] = False,
    only_running: Annotated[bool, typer.Option("--only-running", help="Only running tasks.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Clear runs, so that their tasks run again: one by its id, or those of a partition key or of partition dates."""
    from ostro.cli.tasks import clear_instances
    from ostro.commands.clear_partitions import runs_of_partitions

    context = Context()
    zone = context.settings.core.default_timezone
    if context.remote is not None:
        if run_id is None:
            raise BadRequest("over the network runs are cleared by their --run-id")
        runs = [run_id]
    else:
        with context.store.read() as tx:
            found = runs_of_partitions(
                tx,
                dag_id,
                run_id=run_id,
                partition_key=partition_key,
                date_start=moment(partition_date_start, zone) if partition_date_start else None,
                date_end=moment(partition_date_end, zone) if partition_date_end else None,
            )
        runs = [run.run_id for run in found]
    if not runs:
        print(f"{dag_id}: nothing to clear")
    for one in runs:
        clear_instances(
            context,
            dag_id,
            None,
            yes=yes,
            run_id=one,
            only_failed=only_failed,
            only_running=only_running,
        )


def report(
    bundle_name: Bundle = None, output: OutputOption = Output.TABLE, verbose: VerboseOption = False
) -> None:
    """Parse every DAG file now and show how long each took."""
    from ostro.assembly.foreground import parse_folder
    from ostro.spec import decode

    rows: list[dict[str, Any]] = []
    for file, parsed in parse_folder(Context().settings):
        if bundle_name and file.bundle not in bundle_name:
            continue
        specs = [decode(dag.spec) for dag in parsed.dags]
        rows.append(
            {
                "bundle_name": file.bundle,
                "file": file.path,
                "duration": round(parsed.duration, 4),
                "dag_num": len(specs),
                "task_num": sum(len(spec.tasks) for spec in specs),
                "dags": ", ".join(sorted(spec.dag_id for spec in specs)),
            }
        )
    columns = ("bundle_name", "file", "duration", "dag_num", "task_num", "dags")
    show(sorted(rows, key=lambda row: -row["duration"]), output, columns)


def list_jobs(
    dag_id: Annotated[str | None, typer.Option("--dag-id", "-d", help="Jobs of this DAG.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="So many at most.", min=1)] = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List the engines that ever ran here. One engine serves all DAGs: none is a job of one DAG alone."""
    found = [
        row
        for row in jobs.listed(Context())
        if dag_id in (None, row["dag_id"]) and state in (None, row["state"])
    ]
    columns = ("dag_id", "state", "job_type", "start_date", "end_date", "hostname")
    show(found[:limit], output, columns)


def show_dependencies(
    save: Annotated[
        Path | None, typer.Option("--save", "-s", help="Write to this file (.dot) instead.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Print which DAGs make the assets that others listen to, in the DOT language of Graphviz."""
    from ostro.cli.graph import dot_of_assets, write_dot

    write_dot(dot_of_assets(_assets(Context())), save)


def _assets(context: Context) -> list[tuple[str, list[str], list[str]]]:
    """Assets with the DAGs that make them and the DAGs that they start."""
    from ostro.store.views import rest_assets
    from ostro.store.views.filters import Page

    if context.remote is not None:
        there = facts.assets(context.remote)
        return [
            (
                a["name"],
                [ref["dag_id"] for ref in a["producing_tasks"]],
                [ref["dag_id"] for ref in a["scheduled_dags"]],
            )
            for a in there
        ]
    with context.store.read() as tx:
        assets, _ = rest_assets.list_assets(tx, (), Page(limit=ALL, order_by=("name",)))
    return [
        (a.name, [ref.dag_id for ref in a.producing], [ref.dag_id for ref in a.scheduled]) for a in assets
    ]

"""`ostro dags test`."""

from __future__ import annotations

from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.dags_runs import conf_of
from ostro.cli.dates import moment
from ostro.cli.output import VerboseOption


def add_to(app: typer.Typer) -> None:
    """Put the command into the group."""
    app.command("test")(try_out)


def try_out(
    dag_id: str,
    logical_date: Annotated[str | None, typer.Argument(help="Logical date of the run.")] = None,
    conf: Annotated[str | None, typer.Option("--conf", "-c", help="JSON object for the run's conf.")] = None,
    dags: Annotated[
        str | None, typer.Option("--dags", "--subdir", "-S", help="Folder with the DAG files.")
    ] = None,
    bundle_name: Annotated[list[str] | None, typer.Option("--bundle-name", "-B", hidden=True)] = None,
    verbose: VerboseOption = False,
) -> None:
    """Run a DAG once in this terminal, with live progress; nothing of it is kept."""
    from ostro.assembly import foreground

    context = Context({"core.dags_folder": dags})
    zone = context.settings.core.default_timezone
    status = foreground.run_dag(
        context.settings,
        dag_id,
        logical_date=None if logical_date is None else moment(logical_date, zone),
        conf=conf_of(conf),
    )
    raise typer.Exit(status)

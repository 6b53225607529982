"""`ostro dags test`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.dags_runs import conf_of
from ostro.cli.dates import moment
from ostro.cli.output import VerboseOption
from ostro.cli.patterns import compiled
from ostro.errors import NotFound

if TYPE_CHECKING:
    from ostro.spec import DagSpec


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
    dagfile_path: Annotated[
        Path | None, typer.Option("--dagfile-path", "-f", help="The file that holds the DAG.")
    ] = None,
    mark_success_pattern: Annotated[
        str | None,
        typer.Option("--mark-success-pattern", help="Tasks whose id matches succeed without being run."),
    ] = None,
    show_dagrun: Annotated[
        bool, typer.Option("--show-dagrun", help="Then print the graph with the states, in the DOT language.")
    ] = False,
    save_dagrun: Annotated[
        Path | None, typer.Option("--save-dagrun", help="Then write that graph to this file (.dot).")
    ] = None,
    bundle_name: Annotated[list[str] | None, typer.Option("--bundle-name", "-B", hidden=True)] = None,
    verbose: VerboseOption = False,
) -> None:
    """Run a DAG once in this terminal, with live progress; nothing of it is kept."""
    from ostro.assembly import foreground
    from ostro.cli.graph import check_dot, dot, write_dot

    if dagfile_path is not None:
        if not dagfile_path.is_file():
            raise NotFound(f"there is no file {dagfile_path}")
        dags = str(dagfile_path.absolute().parent)
    if save_dagrun is not None:
        # Before the run, which may take long.
        check_dot(save_dagrun)

    def look(spec: DagSpec, states: Mapping[str, str]) -> None:
        drawn = dot(spec, states)
        if show_dagrun:
            write_dot(drawn, None)
        if save_dagrun is not None:
            write_dot(drawn, save_dagrun)

    context = Context({"core.dags_folder": dags})
    zone = context.settings.core.default_timezone
    status = foreground.run_dag(
        context.settings,
        dag_id,
        logical_date=None if logical_date is None else moment(logical_date, zone),
        conf=conf_of(conf),
        path=dagfile_path,
        taken_as_done=None if mark_success_pattern is None else compiled(mark_success_pattern),
        look=look if show_dagrun or save_dagrun is not None else None,
    )
    raise typer.Exit(status)

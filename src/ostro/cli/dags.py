"""`ostro dags`: list, look, trigger, pause, delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli import dags_backfill, dags_more, dags_runs, dags_test
from ostro.cli.context import Context
from ostro.cli.output import Output, OutputOption, VerboseOption, show, show_one
from ostro.cli.patterns import compiled
from ostro.cli.remote import facts, rows
from ostro.cli.remote import tasks as tasks_there
from ostro.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from ostro.store.views.rest_dags import DagRow

app = typer.Typer(no_args_is_help=True)
dags_runs.add_to(app)
dags_backfill.add_to(app)
dags_test.add_to(app)
dags_more.add_to(app)

COLUMNS = ("dag_id", "fileloc", "owners", "is_paused", "bundle_name", "bundle_version")
#: What is told of one DAG, in this order.
DETAILS = (
    "dag_id", "dag_display_name", "fileloc", "relative_fileloc", "owners", "is_paused", "is_stale", "bundle_name",
    "bundle_version", "description", "tags", "timetable_summary", "max_active_runs", "max_active_tasks", "catchup",
    "has_import_errors", "last_parsed_time", "next_dagrun", "next_dagrun_data_interval_start",
    "next_dagrun_data_interval_end", "next_dagrun_run_after", "start_date", "end_date", "timezone", "doc_md", "params",
    "tasks",
)  # fmt: skip
#: DAGs read at once.
ALL = 1_000_000


def rows_of(context: Context) -> list[DagRow]:
    """All DAGs that a file holds."""
    from ostro.store.views import rest_dags
    from ostro.store.views.filters import Page

    with context.store.read() as tx:
        found, _ = rest_dags.list_dags(tx, [], rest_dags.DagFilter(), Page(limit=ALL, order_by=("dag_id",)))
    return found


def row_of(context: Context, dag_id: str) -> DagRow:
    """One DAG. Raises NotFound."""
    from ostro.store.views import rest_dags

    with context.store.read() as tx:
        row = rest_dags.get_dag(tx, dag_id)
    if row is None:
        raise NotFound(f"there is no DAG {dag_id!r}")
    return row


@app.command("list")
def list_dags(
    columns: Annotated[str | None, typer.Option(help="Which columns, separated by commas.")] = None,
    local: Annotated[
        bool, typer.Option("--local", "-l", help="Parse the DAG folder instead of asking the database.")
    ] = False,
    bundle_name: Annotated[list[str] | None, typer.Option("--bundle-name", "-B", hidden=True)] = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List all DAGs."""
    context = Context()
    if local and context.remote is not None:
        raise BadRequest("--local parses the folder of this machine: leave --server out")
    names = [c.strip() for c in columns.split(",")] if columns else list(COLUMNS)
    if local:
        found = _local(context)
    else:
        found = [row for row in listed(context) if not bundle_name or row["bundle_name"] in bundle_name]
    known = set(found[0]) if found else set(names)
    wrong = [name for name in names if name not in known]
    if wrong:
        raise BadRequest(f"there is no column {wrong[0]!r}; there are {', '.join(sorted(known))}")
    show(found, output, names)


def listed(context: Context) -> list[dict[str, Any]]:
    """All DAGs that a file holds, as rows."""
    if context.remote is not None:
        return rows.dags(context.remote)
    return [_fields(row) for row in rows_of(context)]


def _fields(row: DagRow) -> dict[str, Any]:
    return {
        "dag_id": row.dag_id,
        "dag_display_name": row.display_name,
        "fileloc": row.fileloc,
        "relative_fileloc": row.path,
        "owners": row.owners,
        "is_paused": row.is_paused,
        "is_stale": row.is_stale,
        "bundle_name": row.bundle,
        "bundle_version": row.bundle_version,
        "description": row.description,
        "tags": row.tags or [],
        "timetable_summary": row.timetable_summary,
        "max_active_runs": row.max_active_runs,
        "max_active_tasks": row.max_active_tasks,
        "catchup": row.catchup,
        "has_import_errors": row.has_import_errors,
        "last_parsed_time": row.parsed_at,
        "next_dagrun": row.next_logical_date,
        "next_dagrun_data_interval_start": row.next_interval_start,
        "next_dagrun_data_interval_end": row.next_interval_end,
        "next_dagrun_run_after": row.next_run_after,
        "start_date": row.start_date,
        "end_date": row.end_date,
    }


def _local(context: Context) -> list[dict[str, Any]]:
    from ostro.assembly.foreground import parse_folder
    from ostro.spec import decode

    found = []
    for file, parsed in parse_folder(context.settings):
        for dag in parsed.dags:
            spec = decode(dag.spec)
            found.append(
                {
                    "dag_id": spec.dag_id,
                    "fileloc": f"{file.folder}/{file.path}",
                    "owners": spec.owners,
                    "is_paused": None,
                    "bundle_name": file.bundle,
                    "bundle_version": None,
                }
            )
    return sorted(found, key=lambda row: str(row["dag_id"]))


@app.command("details")
def details(dag_id: str, output: OutputOption = Output.TABLE, verbose: VerboseOption = False) -> None:
    """Show everything about one DAG."""
    show_one(_details(Context(), dag_id), output)


def _details(context: Context, dag_id: str) -> dict[str, Any]:
    from ostro.api.public.present import params
    from ostro.spec import decode
    from ostro.store import specs

    if context.remote is not None:
        there = rows.details(context.remote, dag_id)
        there["tasks"] = [task["task_id"] for task in tasks_there.tasks(context.remote, dag_id)]
        return {name: there.get(name) for name in DETAILS}
    row = row_of(context, dag_id)
    record = _fields(row)
    if row.version_id is not None:
        with context.store.read() as tx:
            spec = decode(specs.load_spec(tx, row.version_id))
        record |= {
            "timezone": spec.timezone,
            "doc_md": spec.doc_md,
            "params": params(spec),
            "tasks": sorted(task.task_id for task in spec.tasks),
        }
    return {name: record.get(name) for name in DETAILS}


@app.command("show")
def show_graph(
    dag_id: str,
    save: Annotated[
        Path | None, typer.Option("--save", "-s", help="Write to this file (.dot) instead.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Print the graph of a DAG in the DOT language of Graphviz."""
    from ostro.cli.graph import dot, write_dot
    from ostro.spec import decode
    from ostro.store import specs

    context = Context()
    row = row_of(context, dag_id)
    if row.version_id is None:
        raise NotFound(f"DAG {dag_id!r} has no version yet")
    with context.store.read() as tx:
        drawn = dot(decode(specs.load_spec(tx, row.version_id)))
    write_dot(drawn, save)


# ---- pause, unpause, delete ----------------------------------------------------------------------------------------

AsRegex = Annotated[bool, typer.Option("--treat-dag-id-as-regex", help="All DAGs whose id matches.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command("pause")
def pause(
    dag_id: str,
    treat_dag_id_as_regex: AsRegex = False,
    yes: Yes = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Pause a DAG: it makes no runs, its runs start no tasks."""
    _set_paused(Context(), dag_id, True, as_regex=treat_dag_id_as_regex, yes=yes, output=output)


@app.command("unpause")
def unpause(
    dag_id: str,
    treat_dag_id_as_regex: AsRegex = False,
    yes: Yes = False,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Let a paused DAG go on."""
    _set_paused(Context(), dag_id, False, as_regex=treat_dag_id_as_regex, yes=yes, output=output)


def _set_paused(
    context: Context, dag_id: str, paused: bool, *, as_regex: bool, yes: bool, output: Output
) -> None:
    from ostro import commands

    chosen = _matching(context, dag_id) if as_regex else [known(context, dag_id)]
    if not chosen:
        raise NotFound(f"no DAG matches {dag_id!r}")
    if as_regex and not yes:
        word = "pause" if paused else "unpause"
        typer.confirm(f"Do you want to {word} {', '.join(chosen)}?", abort=True)
    if context.remote is not None:
        for name in chosen:
            rows.set_paused(context.remote, name, paused)
    else:
        with context.acting() as act:
            act.dags += commands.pause_dags_in(act.tx, dag_ids=chosen, paused=paused)
            for name in act.dags:
                act.note("patch_dag", dag_id=name, extra={"is_paused": paused})
    show([{"dag_id": name, "is_paused": paused} for name in chosen], output)


def _matching(context: Context, pattern: str) -> list[str]:
    test = compiled(pattern)
    return [row["dag_id"] for row in listed(context) if test.search(row["dag_id"])]


def known(context: Context, dag_id: str) -> str:
    """The id of a DAG that is there. Raises NotFound."""
    if context.remote is not None:
        return str(rows.dag(context.remote, dag_id)["dag_id"])
    return row_of(context, dag_id).dag_id


@app.command("delete")
def delete(dag_id: str, yes: Yes = False, verbose: VerboseOption = False) -> None:
    """Delete a DAG with its runs and history; it comes back when its file is still there."""
    from ostro import commands

    context = Context()
    known(context, dag_id)
    if not yes:
        typer.confirm(f"This deletes all history of {dag_id}. Go on?", abort=True)
    if context.remote is not None:
        rows.delete_dag(context.remote, dag_id)
    else:
        with context.acting() as act:
            act.runs += commands.delete_dag_in(act.tx, dag_id=dag_id)
            act.dags.append(dag_id)
            act.note("delete_dag", dag_id=dag_id)
    print(f"DAG {dag_id} deleted")


@app.command("list-import-errors")
def list_import_errors(
    local: Annotated[
        bool, typer.Option("--local", "-l", help="Parse the DAG folder instead of asking the database.")
    ] = False,
    bundle_name: Annotated[list[str] | None, typer.Option("--bundle-name", "-B", hidden=True)] = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List DAG files that cannot be used, and why (--verbose: with tracebacks); exit status 1 when there are any."""
    from ostro.store.views import rest_import_errors
    from ostro.store.views.rest_import_errors import told

    context = Context()
    found: list[dict[str, Any]] = []
    if local and context.remote is not None:
        raise BadRequest("--local parses the folder of this machine: leave --server out")
    if local:
        from ostro.assembly.foreground import parse_folder

        for file, parsed in parse_folder(context.settings):
            found += [
                {
                    "bundle_name": file.bundle,
                    "filepath": f"{file.folder}/{file.path}",
                    "error": told(e.text, e.path or file.path, e.line, e.dag_id),
                    "traceback": e.traceback,
                }
                for e in parsed.errors
            ]
    elif context.remote is not None:
        found = facts.import_errors(context.remote)
    else:
        from ostro.store.views.filters import Page

        with context.store.read() as tx:
            broken, _ = rest_import_errors.list_import_errors(tx, [], Page(limit=ALL, order_by=("filename",)))
        found = [
            {"bundle_name": r.bundle, "filepath": r.filename, "error": r.sentence, "traceback": r.traceback}
            for r in broken
        ]
    columns = ("bundle_name", "filepath", "error")
    show(
        found, output, (*columns, "traceback") if verbose or output in (Output.JSON, Output.YAML) else columns
    )
    if found:
        raise typer.Exit(1)


@app.command("reserialize")
def reserialize(
    bundle_name: Annotated[list[str] | None, typer.Option("--bundle-name", "-B", hidden=True)] = None,
    verbose: VerboseOption = False,
) -> None:
    """Parse every DAG file now and save what it holds."""
    from ostro.assembly.foreground import parse_folder
    from ostro.store import specs

    context = Context()
    store = context.store
    dags, errors = [], 0
    for file, parsed in parse_folder(context.settings):
        with store.begin() as tx:
            saved = specs.save_parsed(
                tx,
                file,
                parsed,
                now=context.clock.now(),
                paused=context.settings.core.dags_are_paused_at_creation,
            )
        dags += [dag.dag_id for dag in parsed.dags]
        errors += len(parsed.errors) + len(saved.conflicts)
    context.wake([], dags)
    print(f"{len(dags)} DAGs saved, {errors} errors")

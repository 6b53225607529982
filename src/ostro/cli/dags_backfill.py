"""`ostro dags backfill`: the words of 2.x for `ostro backfill create --wait`."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

from ostro.cli.backfill_order import UnpauseOption, order, warn_of_early_dates
from ostro.cli.backfill_progress import follow
from ostro.cli.context import Context
from ostro.cli.dags_runs import conf_of
from ostro.cli.dates import moment
from ostro.cli.output import VerboseOption
from ostro.errors import BadRequest

#: Options of 2.x that have no meaning here, and why.
_GONE = {
    "local": "tasks run where the engine runs them",
    "donot_pickle": "nothing is pickled",
    "mark_success": "use: ostro tasks … or the page to mark runs",
    "ignore_dependencies": "a backfill runs whole DAG runs",
    "task_regex": "a backfill runs whole DAG runs; use: ostro tasks clear -t REGEX",
}


def add_to(app: typer.Typer) -> None:
    """Put the command into the group."""
    app.command("backfill")(backfill)


def backfill(
    dag_id: str,
    start_date: Annotated[
        str | None, typer.Option("--start-date", "-s", help="Earliest logical date.")
    ] = None,
    end_date: Annotated[str | None, typer.Option("--end-date", "-e", help="Latest logical date.")] = None,
    conf: Annotated[str | None, typer.Option("--conf", "-c", help="JSON object for the runs' conf.")] = None,
    run_backwards: Annotated[
        bool, typer.Option("--run-backwards", "-B", help="Begin with the latest date.")
    ] = False,
    reset_dagruns: Annotated[
        bool, typer.Option("--reset-dagruns", help="Runs that exist run again, too.")
    ] = False,
    rerun_failed_tasks: Annotated[
        bool, typer.Option("--rerun-failed-tasks", help="Failed runs that exist run again, too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would run.")] = False,
    unpause: UnpauseOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", hidden=True)] = False,
    task_regex: Annotated[str | None, typer.Option("--task-regex", "-t", hidden=True)] = None,
    mark_success: Annotated[bool, typer.Option("--mark-success", "-m", hidden=True)] = False,
    ignore_dependencies: Annotated[bool, typer.Option("--ignore-dependencies", "-i", hidden=True)] = False,
    ignore_first: Annotated[bool, typer.Option("--ignore-first-depends-on-past", "-I", hidden=True)] = False,
    local: Annotated[bool, typer.Option("--local", "-l", hidden=True)] = False,
    donot_pickle: Annotated[bool, typer.Option("--donot-pickle", "-x", hidden=True)] = False,
    continue_on_failures: Annotated[bool, typer.Option("--continue-on-failures", hidden=True)] = False,
    disable_retry: Annotated[bool, typer.Option("--disable-retry", hidden=True)] = False,
    pool: Annotated[str | None, typer.Option("--pool", hidden=True)] = None,
    subdir: Annotated[str | None, typer.Option("--subdir", "-S", hidden=True)] = None,
    delay_on_limit: Annotated[float, typer.Option("--delay-on-limit", hidden=True)] = 1.0,
    verbose: VerboseOption = False,
) -> None:
    """Make up for the runs between two dates, and wait for them (`ostro backfill create --wait`)."""
    from ostro import commands
    from ostro.store import NewBackfill

    given = {
        "task_regex": task_regex,
        "mark_success": mark_success,
        "ignore_dependencies": ignore_dependencies,
    }
    for name, value in given.items():
        if value:
            raise BadRequest(f"--{name.replace('_', '-')} is not supported: {_GONE[name]}")
    for name, chosen in {"local": local, "donot_pickle": donot_pickle}.items():
        if chosen:
            print(f"--{name.replace('_', '-')} does nothing here: {_GONE[name]}", file=sys.stderr)
    if disable_retry or pool is not None:
        raise BadRequest(
            "--disable-retry and --pool are not supported: retries and pools are those of the DAG"
        )
    context = Context()
    first, last = _dates(context, start_date, end_date)
    new = NewBackfill(
        dag_id=dag_id,
        from_date=first,
        to_date=last,
        conf=conf_of(conf),
        run_backwards=run_backwards,
        reprocess_behavior="completed" if reset_dagruns else "failed" if rerun_failed_tasks else "none",
        max_active_runs=_limit(context, dag_id),
        triggering_user=context.user,
    )
    if dry_run:
        infos = commands.ask_between(context.store, context.clock, context.ask_timetable, new)
        with context.store.read() as tx:
            warn_of_early_dates(tx, new)
            for info in commands.preview_backfill_in(tx, context.clock, new, infos):
                print(info.logical_date or info.partition_key)
        return
    made = order(context, new, unpause=unpause, wait=True)
    raise typer.Exit(follow(context, made.id))


def _dates(context: Context, start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """Both bounds; one alone stands for both, as in 2.x."""
    zone = context.settings.core.default_timezone
    if start is None and end is None:
        raise BadRequest("Provide a start_date and/or end_date")
    first, last = start or end, end or start
    assert first is not None and last is not None
    return moment(first, zone), moment(last, zone)


def _limit(context: Context, dag_id: str) -> int:
    """2.x has no limit of the backfill's own: the DAG's holds."""
    from ostro.store import specs

    with context.store.read() as tx:
        rows = specs.load_schedules(tx, [dag_id])
    # 0 = without limit.
    return max(1, rows[0].max_active_runs or 1_000_000) if rows else 10

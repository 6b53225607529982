"""`ostro db`: migrate, check, clean, archives."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.dates import moment
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.errors import BadRequest, NotAllowed, NotFound, StoreError

app = typer.Typer(no_args_is_help=True)

#: Accepted as by Airflow: it is always so.
MigrationFiles = Annotated[bool, typer.Option("--use-migration-files", "-m", hidden=True)]


@app.command("migrate")
def migrate(use_migration_files: MigrationFiles = False, verbose: VerboseOption = False) -> None:
    """Bring the tables to this version of Ostro; makes the database when there is none."""
    from ostro.assembly import parts

    context = Context()
    context.settings.home.ensure()
    store = parts.make_store(context.settings)
    done = store.migrate()
    print(f"The tables of {store.url} are {'migrated' if done else 'of this version already'}.")


@app.command("check")
def check(
    retry: Annotated[int, typer.Option(help="Tries after the first.", min=0)] = 0,
    retry_delay: Annotated[float, typer.Option(help="Seconds between two tries.", min=0)] = 1.0,
    verbose: VerboseOption = False,
) -> None:
    """Say whether the database answers and its tables are of this version."""
    from ostro.assembly import parts

    store = parts.make_store(Context().settings)
    for left in range(retry, -1, -1):
        try:
            store.check()
            break
        except StoreError:
            if left == 0:
                raise
            time.sleep(retry_delay)
    print("Connection successful.")


@app.command("check-migrations")
def check_migrations(
    migration_wait_timeout: Annotated[
        float, typer.Option("--migration-wait-timeout", "-t", help="Seconds to wait for the tables.", min=0)
    ] = 60.0,
    verbose: VerboseOption = False,
) -> None:
    """Wait until the tables are of this version; exit status 1 when they are not within the time."""
    check(retry=int(migration_wait_timeout), retry_delay=1.0)


@app.command("reset")
def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    skip_init: Annotated[
        bool, typer.Option("--skip-init", "-s", help="Delete the tables only, make no new ones.")
    ] = False,
    use_migration_files: MigrationFiles = False,
    verbose: VerboseOption = False,
) -> None:
    """Delete all tables with everything in them, and make them anew. Refused while an engine works on them."""
    from ostro.assembly import audit_key, parts
    from ostro.cli.jobs import living
    from ostro.store import resetting

    context = Context()
    context.settings.home.ensure()
    store = parts.make_store(context.settings)
    if resetting.has_tables(store):
        if not yes:
            typer.confirm(
                f"This deletes everything in {store.url}: runs, history, Connections. Go on?", abort=True
            )
        # Tables of another version tell nothing of engines; those of this one refuse to work on them.
        alive = living(context) if store.is_current() else []
        if alive:
            raise NotAllowed(f"an engine works on {store.url} (on {alive[0].hostname}); stop it first")
        resetting.drop(store)
        audit_key.forget_log(context.settings)
    if not skip_init:
        store.migrate()
    print(f"The tables of {store.url} are {'deleted' if skip_init else 'made anew'}.")


@app.command("shell")
def shell(verbose: VerboseOption = False) -> None:
    """Open the database in its own program: sqlite3 or psql."""
    from ostro.assembly import parts
    from ostro.store import programs

    store = parts.make_store(Context().settings)
    command, more = programs.client(store)
    if shutil.which(command[0]) is None:
        raise NotFound(f"the program {command[0]} is not installed; install it to open {store.url}")
    store.dispose()
    raise typer.Exit(subprocess.run(command, env={**os.environ, **more}, check=False).returncode)


@app.command("clean")
def clean(
    clean_before_timestamp: Annotated[
        str, typer.Option("--clean-before-timestamp", help="Rows older than this moment go.")
    ],
    tables: Annotated[
        str | None, typer.Option("--tables", "-t", help="Which, separated by commas; all by default.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    skip_archive: Annotated[
        bool,
        typer.Option("--skip-archive", help="Delete for ever; else rows are copied to archive tables first."),
    ] = False,
    dag_ids: Annotated[
        str | None, typer.Option("--dag-ids", help="Only what belongs to these DAGs, separated by commas.")
    ] = None,
    exclude_dag_ids: Annotated[
        str | None, typer.Option("--exclude-dag-ids", help="Only what belongs to other DAGs than these.")
    ] = None,
    error_on_cleanup_failure: Annotated[
        bool, typer.Option("--error-on-cleanup-failure", hidden=True)
    ] = False,
    batch_size: Annotated[int | None, typer.Option(help="Rows deleted in one transaction.", min=1)] = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Delete old history. The engine may go on while it runs; live runs are never touched.

    What is deleted is kept in archive tables, for `db export-archived` and `db drop-archived`, unless --skip-archive.
    """
    from ostro.store import clean as cleaning
    from ostro.store.archives import Archive

    context = Context()
    before = moment(clean_before_timestamp, context.settings.core.default_timezone)
    names = _names(tables)
    chosen = cleaning.OfDags(tuple(_names(dag_ids) or ()), tuple(_names(exclude_dag_ids) or ()))
    dags = chosen if chosen.ids or chosen.but else None
    with context.store.read() as tx:
        counts = cleaning.count_old(tx, before, names, dags=dags)
    show([{"table": name, "rows": count} for name, count in counts.items()], output)
    if dry_run or not any(counts.values()):
        return
    if not yes:
        words = "for ever" if skip_archive else "and keep copies in archive tables"
        typer.confirm(f"Delete these rows, older than {before.isoformat()}, {words}?", abort=True)
    archive = None if skip_archive else Archive(context.clock.now())
    deleted = dict.fromkeys(counts, 0)
    with context.acting() as act:
        # First the line in the log, then the deed: it is many transactions and may be broken off.
        what = {"dag_ids": chosen.ids, "exclude_dag_ids": chosen.but, "archived": not skip_archive}
        act.note("db_clean", extra={"before": before.isoformat(), "tables": names, **what})
    batch = batch_size or cleaning.BATCH
    for name, number in cleaning.prune(context.store, before, names, batch=batch, dags=dags, archive=archive):
        deleted[name] += number
    print(", ".join(f"{name}: {number}" for name, number in deleted.items()) + " deleted")


class ExportFormat(StrEnum):
    """How archives are written."""

    CSV = "csv"


Tables = Annotated[
    str | None,
    typer.Option("--tables", "-t", help="Archives of these tables, separated by commas; all by default."),
]


@app.command("export-archived")
def export_archived(
    output_path: Annotated[Path, typer.Option("--output-path", help="Folder for the files; it must exist.")],
    export_format: Annotated[
        ExportFormat, typer.Option("--export-format", help="What to write.")
    ] = ExportFormat.CSV,
    tables: Tables = None,
    drop_archives: Annotated[
        bool, typer.Option("--drop-archives", help="Delete the archives once they are written.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Write what `db clean` has kept to files, one for each archive table. What is encrypted stays so."""
    from ostro.store import archives

    context = Context()
    found = _archives(context, tables)
    if not output_path.is_dir():
        raise BadRequest(f"{output_path} is no folder; make it first")
    if found and drop_archives and not yes:
        typer.confirm(f"After the export this deletes {', '.join(found)} for ever. Go on?", abort=True)
    for name in found:
        try:
            with context.store.read() as tx:
                rows = archives.export(tx, name, output_path)
        except OSError as error:
            raise BadRequest(f"{output_path}/{name}.csv cannot be written: {error.strerror}") from None
        print(f"{rows} rows of {name} written to {output_path}/{name}.csv")
    if drop_archives:
        _drop(context, found)
    print(f"{len(found)} archive tables exported{' and deleted' if drop_archives else ''}")


@app.command("drop-archived")
def drop_archived(
    tables: Tables = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Delete what `db clean` has kept, for ever."""
    context = Context()
    found = _archives(context, tables)
    if found and not yes:
        typer.confirm(f"This deletes {', '.join(found)} for ever. Go on?", abort=True)
    _drop(context, found)
    print(f"{len(found)} archive tables deleted")


def _archives(context: Context, tables: str | None) -> list[str]:
    from ostro.store import archives

    with context.store.read() as tx:
        return archives.names(tx, _names(tables))


def _drop(context: Context, names: list[str]) -> None:
    from ostro.store import archives

    if names:
        with context.acting() as act:
            archives.drop(act.tx, names)
            act.note("db_drop_archived", extra={"tables": names})


def _names(given: str | None) -> list[str] | None:
    """Names with commas between; None when there are none."""
    found = [name.strip() for name in (given or "").split(",") if name.strip()]
    return found or None

"""`ostro db`: migrate, check, clean."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from typing import Annotated

import typer

from ostro.cli.context import Context
from ostro.cli.dates import moment
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.errors import NotAllowed, NotFound, StoreError

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
    from ostro.assembly import parts
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
    skip_archive: Annotated[bool, typer.Option("--skip-archive", hidden=True)] = False,
    error_on_cleanup_failure: Annotated[
        bool, typer.Option("--error-on-cleanup-failure", hidden=True)
    ] = False,
    batch_size: Annotated[int | None, typer.Option(help="Rows deleted in one transaction.", min=1)] = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Delete old history. The engine may go on while it runs; live runs are never touched."""
    from ostro.store import clean as cleaning

    context = Context()
    before = moment(clean_before_timestamp, context.settings.core.default_timezone)
    names = [name.strip() for name in tables.split(",") if name.strip()] if tables else None
    with context.store.read() as tx:
        counts = cleaning.count_old(tx, before, names)
    show([{"table": name, "rows": count} for name, count in counts.items()], output)
    if dry_run or not any(counts.values()):
        return
    if not yes:
        typer.confirm(f"Delete these rows, older than {before.isoformat()}, for ever?", abort=True)
    deleted = dict.fromkeys(counts, 0)
    with context.acting() as act:
        # First the line in the log, then the deed: it is many transactions and may be broken off.
        act.note("db_clean", extra={"before": before.isoformat(), "tables": names})
    for name, number in cleaning.prune(context.store, before, names, batch=batch_size or cleaning.BATCH):
        deleted[name] += number
    print(", ".join(f"{name}: {number}" for name, number in deleted.items()) + " deleted")

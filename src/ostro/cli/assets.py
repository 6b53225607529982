"""`ostro assets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ostro.cli.context import Context
from ostro.cli.output import Output, OutputOption, VerboseOption, show, show_one
from ostro.cli.remote import facts
from ostro.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from ostro.store.views.rest_assets import AssetRow

app = typer.Typer(no_args_is_help=True)

#: What is told of a run that was made.
MADE = ("dag_id", "dag_run_id", "run_type", "run_after", "logical_date", "state")
#: Listed at most.
ALL = 1_000_000

AliasOption = Annotated[bool, typer.Option("--alias", help="Aliases instead of assets.")]
NameOption = Annotated[str, typer.Option("--name", help="Name of the asset.")]
UriOption = Annotated[str, typer.Option("--uri", help="URI of the asset.")]


@app.command("list")
def list_assets(
    alias: AliasOption = False,
    columns: Annotated[
        str | None, typer.Option("--columns", help="Which columns, with commas between.")
    ] = None,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List the assets that DAG files name, or the aliases."""
    from ostro.store.views import rest_assets
    from ostro.store.views.filters import Page

    page = Page(limit=ALL, order_by=("name",))
    context = Context()
    names = ("name", "group") if alias else ("name", "uri", "group", "extra")
    if context.remote is not None:
        found: list[Any] = facts.aliases(context.remote) if alias else facts.assets(context.remote)
        rows = [{name: a[name] for name in names} for a in found]
    else:
        with context.store.read() as tx:
            found = list((rest_assets.list_aliases if alias else rest_assets.list_assets)(tx, (), page)[0])
        rows = [{name: getattr(a, name) for name in names} for a in found]
    show(rows, output, columns.split(",") if columns else None)


@app.command("details")
def details(
    alias: AliasOption = False,
    name: NameOption = "",
    uri: UriOption = "",
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Show one asset or alias."""
    from ostro.store.views import rest_assets
    from ostro.store.views.filters import OneOf, Page

    context = Context()
    if alias:
        if not name:
            raise BadRequest("say which alias: ostro assets details --alias --name NAME")
        if context.remote is not None:
            rows = [row for row in facts.aliases(context.remote) if row["name"] == name]
        else:
            with context.store.read() as tx:
                found, _ = rest_assets.list_aliases(tx, [OneOf("name", (name,))], Page(limit=1))
            rows = [{"id": a.id, "name": a.name, "group": a.group} for a in found]
        if not rows:
            raise NotFound(f"there is no asset alias {name!r}")
        show_one(rows[0], output)
        return
    if context.remote is not None:
        there = facts.asset(context.remote, name, uri)
        tasks = {
            key: [f"{ref['dag_id']}.{ref['task_id']}" for ref in there[key]]
            for key in ("producing_tasks", "consuming_tasks")
        }
        show_one(
            {
                **{key: there[key] for key in ("id", "name", "uri", "group", "extra")},
                "scheduled_dags": [ref["dag_id"] for ref in there["scheduled_dags"]],
                **tasks,
                "aliases": [a["name"] for a in there["aliases"]],
                "last_asset_event": there["last"],
            },
            output,
        )
        return
    row = _asset(context, name, uri)
    show_one(
        {
            "id": row.id,
            "name": row.name,
            "uri": row.uri,
            "group": row.group,
            "extra": row.extra,
            "scheduled_dags": [r.dag_id for r in row.scheduled],
            "producing_tasks": [f"{r.dag_id}.{r.task_id}" for r in row.producing],
            "consuming_tasks": [f"{r.dag_id}.{r.task_id}" for r in row.consuming],
            "aliases": [a.name for a in row.aliases],
            "last_asset_event": None if row.last_event is None else row.last_event[1],
        },
        output,
    )


@app.command("materialize")
def materialize(
    name: NameOption = "",
    uri: UriOption = "",
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """Run the DAG that makes an asset."""
    from ostro import commands
    from ostro.states import RunType

    context = Context()
    if context.remote is not None:
        asset_id = facts.asset(context.remote, name, uri)["id"]
        show([facts.materialize(context.remote, asset_id)], output, MADE)
        return
    row = _asset(context, name, uri)
    kind = RunType.ASSET_MATERIALIZATION
    with context.store.read() as tx:
        dag_id = commands.producer_of(tx, row.id)
    said = commands.ask_manual(
        context.store, context.clock, context.ask_timetable, dag_id=dag_id, run_type=kind
    )
    with context.acting() as act:
        run = commands.trigger_run_in(
            act.tx,
            act.clock,
            dag_id=dag_id,
            run_type=kind,
            own_run_id=None if said is None else said.run_id,
            logical_date=None if said is None else said.logical_date,
            data_interval=None if said is None else said.data_interval,
            triggered_by="cli",
            triggering_user=context.user,
        )
        act.runs.append(run.id)
        act.dags.append(dag_id)
        act.note("materialize_asset", dag_id=dag_id, run_id=run.run_id, extra={"asset_id": row.id})
    show(
        [
            {
                "dag_id": run.dag_id,
                "dag_run_id": run.run_id,
                "run_type": run.run_type,
                "run_after": run.run_after,
                "logical_date": run.logical_date,
                "state": run.state,
            }
        ],
        output,
        MADE,
    )


def _asset(context: Context, name: str, uri: str) -> AssetRow:
    """The asset that a user means. Raises BadRequest, NotFound."""
    from ostro.store import assets
    from ostro.store.views import rest_assets

    if not name and not uri:
        raise BadRequest("say which asset: --name NAME or --uri URI")
    with context.store.read() as tx:
        found = assets.find(tx, name=name, uri=uri)
        rows = [] if found is None else rest_assets.load_assets(tx, [found])
    if not rows:
        words = [f"{word} {value!r}" for word, value in (("name", name), ("uri", uri)) if value]
        raise NotFound(f"there is no asset with {' and '.join(words)}")
    return rows[0]

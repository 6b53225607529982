"""`ostro tasks`: list, state, logs, test, clear, render."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from ostro.cli import tasks_logs
from ostro.cli.context import Context
from ostro.cli.dags_runs import conf_of
from ostro.cli.dates import moment
from ostro.cli.output import Output, OutputOption, VerboseOption, show
from ostro.cli.patterns import compiled
from ostro.cli.remote import rows
from ostro.cli.remote import tasks as remote
from ostro.errors import NotFound

if TYPE_CHECKING:
    from ostro.spec import Topology
    from ostro.store.views.rest_instances import InstanceRow

app = typer.Typer(no_args_is_help=True)
app.command("logs")(tasks_logs.command)

MapIndex = Annotated[int, typer.Option("--map-index", help="Which mapped instance.")]
Bundle = Annotated[list[str] | None, typer.Option("--bundle-name", "-B", hidden=True)]
#: Instances listed at most.
ALL = 1_000_000


def _topology(context: Context, dag_id: str) -> Topology:
    from ostro.spec import Topology, decode
    from ostro.store import specs

    with context.store.read() as tx:
        version = specs.current_version(tx, dag_id)
        if version is None:
            raise NotFound(f"there is no DAG {dag_id!r}")
        return Topology(decode(specs.load_spec(tx, version)))


def instance_of(
    context: Context, dag_id: str, task_id: str, date_or_run_id: str, map_index: int
) -> InstanceRow:
    """The task instance that a user means. Raises NotFound."""
    from ostro.store.views import rest_instances

    run = context.run_of(dag_id, date_or_run_id)
    with context.store.read() as tx:
        row = rest_instances.get_instance(tx, dag_id, run.run_id, task_id, map_index)
        mapped = row is None and rest_instances.has_mapped(tx, dag_id, run.run_id, task_id)
    if row is None:
        if mapped:
            which = f"no instance {map_index} of task {task_id!r}" if map_index >= 0 else "many instances"
            raise NotFound(f"run {run.run_id!r} has {which}: {task_id!r} is mapped, give its --map-index")
        known = sorted(task.task_id for task in _topology(context, dag_id).tasks)
        raise NotFound(f"run {run.run_id!r} has no task {task_id!r}; DAG {dag_id!r} has {', '.join(known)}")
    return row


@app.command("list")
def list_tasks(
    dag_id: str,
    tree: Annotated[bool, typer.Option("--tree", "-t", help="As a tree, downstream indented.")] = False,
    bundle_name: Bundle = None,
    verbose: VerboseOption = False,
) -> None:
    """List the tasks of a DAG."""
    tasks = _tasks_of(Context(), dag_id)
    if not tree:
        print("\n".join(sorted(tasks)))
        return
    shown: set[str] = set()

    def branch(task_id: str, depth: int) -> None:
        operator, children = tasks[task_id]
        again = " …" if task_id in shown and children else ""
        print(f"{'    ' * depth}<Task({operator}): {task_id}>{again}")
        if task_id not in shown:
            shown.add(task_id)
            for child in children:
                branch(child, depth + 1)

    below = {child for _, children in tasks.values() for child in children}
    for task_id in sorted(tasks.keys() - below):
        branch(task_id, 0)


def _tasks_of(context: Context, dag_id: str) -> dict[str, tuple[str, list[str]]]:
    """Tasks of a DAG: their operators, and the tasks that come right after them."""
    if context.remote is not None:
        rows.dag(context.remote, dag_id)
        found = remote.tasks(context.remote, dag_id)
        return {t["task_id"]: (t["operator_name"], sorted(t["downstream_task_ids"])) for t in found}
    topology = _topology(context, dag_id)
    ids = [task.task_id for task in topology.tasks]
    return {
        task.task_id: (task.operator, sorted(ids[child] for child in topology.downstream[index]))
        for index, task in enumerate(topology.tasks)
    }


@app.command("state")
def state(
    dag_id: str,
    task_id: str,
    logical_date_or_run_id: str,
    map_index: MapIndex = -1,
    bundle_name: Bundle = None,
    verbose: VerboseOption = False,
) -> None:
    """Print the state of one task instance."""
    context = Context()
    if context.remote is not None:
        run_id = run_there(context, dag_id, logical_date_or_run_id)
        print(remote.instance(context.remote, dag_id, run_id, task_id, map_index)["state"])
        return
    print(instance_of(context, dag_id, task_id, logical_date_or_run_id, map_index).state)


def run_there(context: Context, dag_id: str, date_or_run_id: str) -> str:
    """The id of the run that a user means, at the server elsewhere. Raises NotFound."""
    assert context.remote is not None
    found = rows.run(context.remote, dag_id, date_or_run_id, context.moment(date_or_run_id))
    return str(found["dag_run_id"])


@app.command("states-for-dag-run")
def states_for_dag_run(
    dag_id: str,
    logical_date_or_run_id: str,
    output: OutputOption = Output.TABLE,
    verbose: VerboseOption = False,
) -> None:
    """List the states of all task instances of a run."""
    from ostro.store.views import rest_instances
    from ostro.store.views.filters import OneOf, Page

    context = Context()
    if context.remote is not None:
        run_id = run_there(context, dag_id, logical_date_or_run_id)
        _show_states(remote.instances(context.remote, dag_id, run_id), output)
        return
    run = context.run_of(dag_id, logical_date_or_run_id)
    conditions = [OneOf("dag_id", (dag_id,)), OneOf("run_id", (run.run_id,))]
    with context.store.read() as tx:
        found, _ = rest_instances.list_instances(
            tx, conditions, Page(limit=ALL, order_by=("start_date", "id")), total=False
        )
    _show_states([msgspec.structs.asdict(row) for row in found], output)


def _show_states(found: list[dict[str, Any]], output: Output) -> None:
    columns = ["dag_id", "logical_date", "task_id", "state", "start_date", "end_date"]
    if any(row["map_index"] >= 0 for row in found):
        columns.append("map_index")
    show([{**row, **{k: row[k] or "" for k in ("start_date", "end_date")}} for row in found], output, columns)


@app.command("failed-deps")
def failed_deps(
    dag_id: str,
    task_id: str,
    logical_date_or_run_id: str,
    map_index: MapIndex = -1,
    bundle_name: Bundle = None,
    verbose: VerboseOption = False,
) -> None:
    """Say why a task instance does not run now."""
    from ostro.api.specs import Specs
    from ostro.api.waiting import why_waiting

    context = Context()
    if context.remote is not None:
        run_id = run_there(context, dag_id, logical_date_or_run_id)
        told = [
            (r["name"], r["reason"])
            for r in remote.reasons(context.remote, dag_id, run_id, task_id, map_index)
        ]
    else:
        row = instance_of(context, dag_id, task_id, logical_date_or_run_id, map_index)
        with context.store.read() as tx:
            found = why_waiting(tx, Specs(context.store), row, context.clock.now())
        told = [(reason.name, reason.reason) for reason in found]
    if not told:
        print("Task instance dependencies are all met.")
    for name, reason in told:
        print(f"{name}: {reason}")


@app.command("render")
def render(
    dag_id: str,
    task_id: str,
    logical_date_or_run_id: str,
    map_index: MapIndex = -1,
    bundle_name: Bundle = None,
    verbose: VerboseOption = False,
) -> None:
    """Print the template fields of a task instance as its last try rendered them."""
    from ostro.store.views import rest_instances

    context = Context()
    fields: dict[str, Any] | None
    if context.remote is not None:
        run_id = run_there(context, dag_id, logical_date_or_run_id)
        fields = (
            remote.instance(context.remote, dag_id, run_id, task_id, map_index)["rendered_fields"] or None
        )
    else:
        row = instance_of(context, dag_id, task_id, logical_date_or_run_id, map_index)
        with context.store.read() as tx:
            fields = rest_instances.rendered_of(tx, [row.id]).get(row.id)
    if fields is None:
        raise NotFound(
            f"task {task_id!r} has not rendered anything in this run yet; to try it: ostro tasks test {dag_id} {task_id}"
        )
    for name, value in fields.items():
        print(f"# ----------------------------------------------------------\n# property: {name}")
        print("# ----------------------------------------------------------")
        print(value if isinstance(value, str) else json.dumps(value, indent=2), end="\n\n")


@app.command("test")
def try_out(
    dag_id: str,
    task_id: str,
    logical_date: Annotated[str | None, typer.Argument(help="Logical date of the run.")] = None,
    map_index: MapIndex = -1,
    task_params: Annotated[
        str | None, typer.Option("--task-params", "-t", help="JSON object for the run's conf.")
    ] = None,
    env_vars: Annotated[
        str | None, typer.Option("--env-vars", help="JSON object of environment variables.")
    ] = None,
    dags: Annotated[
        str | None, typer.Option("--dags", "--subdir", "-S", help="Folder with the DAG files.")
    ] = None,
    bundle_name: Bundle = None,
    verbose: VerboseOption = False,
) -> None:
    """Run one task in this terminal, without what comes before it; nothing of it is kept."""
    from ostro.assembly import foreground

    if env_vars:
        os.environ.update({key: str(value) for key, value in conf_of(env_vars).items()})
    context = Context({"core.dags_folder": dags})
    zone = context.settings.core.default_timezone
    status = foreground.run_one_task(
        context.settings,
        dag_id,
        task_id,
        logical_date=None if logical_date is None else moment(logical_date, zone),
        map_index=map_index,
        conf=conf_of(task_params),
    )
    raise typer.Exit(status)


@app.command("clear")
def clear(
    dag_id: str,
    task_regex: Annotated[
        str | None, typer.Option("--task-regex", "-t", help="Only tasks whose id matches.")
    ] = None,
    start_date: Annotated[
        str | None, typer.Option("--start-date", "-s", help="Logical date from here.")
    ] = None,
    end_date: Annotated[str | None, typer.Option("--end-date", "-e", help="Logical date until here.")] = None,
    run_id: Annotated[str | None, typer.Option("--run-id", "-r", help="Only this run.")] = None,
    upstream: Annotated[bool, typer.Option("--upstream", "-u", help="With what comes before.")] = False,
    downstream: Annotated[bool, typer.Option("--downstream", "-d", help="With what comes after.")] = False,
    only_failed: Annotated[bool, typer.Option("--only-failed", "-f", help="Only failed ones.")] = False,
    only_running: Annotated[bool, typer.Option("--only-running", help="Only running ones.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dag_regex: Annotated[bool, typer.Option("--dag-regex", help="All DAGs whose id matches.")] = False,
    bundle_name: Bundle = None,
    verbose: VerboseOption = False,
) -> None:
    """Clear task instances, so that they run again."""
    context = Context()
    zone = context.settings.core.default_timezone
    for name in _dags(context, dag_id) if dag_regex else [dag_id]:
        clear_instances(
            context,
            name,
            task_regex,
            yes=yes,
            run_id=run_id,
            start_date=None if start_date is None else moment(start_date, zone),
            end_date=None if end_date is None else moment(end_date, zone),
            upstream=upstream,
            downstream=downstream,
            only_failed=only_failed,
            only_running=only_running,
        )


def clear_instances(context: Context, dag_id: str, task_regex: str | None, *, yes: bool, **what: Any) -> None:
    """Clear what `what` says (as `commands.clear_tasks_in` takes it), after the user has seen it and said yes."""
    tasks = None if task_regex is None else _tasks(_tasks_of(context, dag_id), task_regex)
    found = _to_clear(context, dag_id, tasks, what)
    if not found:
        print(f"{dag_id}: nothing to clear")
        return
    if not yes:
        print(f"You are about to clear these {len(found)} task instances of {dag_id}:")
        for there, task_id, map_index, run_id, state in found:
            # Markers lead into other DAGs.
            other = "" if there == dag_id else f"{there}."
            index = f"[{map_index}]" if map_index >= 0 else ""
            print(f"  {other}{task_id}{index} of {run_id}: {state}")
        typer.confirm("Go on?", abort=True)
    print(f"{dag_id}: {_clear(context, dag_id, tasks, what)} task instances cleared")


def _to_clear(
    context: Context, dag_id: str, tasks: list[str] | None, what: dict[str, Any]
) -> list[tuple[str, str, int, str, str]]:
    """What would be cleared: DAG, task, map index, run, state."""
    from ostro import commands

    if context.remote is not None:
        there = remote.clear(context.remote, dag_id, tasks=tasks, dry_run=True, **what)
        names = ("dag_id", "task_id", "map_index", "dag_run_id", "state")
        return [tuple(row[name] for name in names) for row in there]
    with context.store.read() as tx:
        found = commands.clear_tasks_in(tx, context.clock, dag_id=dag_id, tasks=tasks, dry_run=True, **what)
    runs = {run.id: run for run in found.runs}
    return [
        (runs[one.run].dag_id, one.task_id, one.map_index, runs[one.run].run_id, one.state)
        for one in found.instances
    ]


def _clear(context: Context, dag_id: str, tasks: list[str] | None, what: dict[str, Any]) -> int:
    """Clear; returns how many."""
    from ostro import commands

    if context.remote is not None:
        return len(remote.clear(context.remote, dag_id, tasks=tasks, dry_run=False, **what))
    with context.acting() as act:
        done = commands.clear_tasks_in(act.tx, act.clock, dag_id=dag_id, tasks=tasks, **what)
        act.runs += [run.id for run in done.runs]
        act.dags.append(dag_id)
        act.note("clear_task_instances", dag_id=dag_id, run_id=what.get("run_id"), extra={"tasks": tasks})
    return len(done.instances)


def _tasks(known: Iterable[str], pattern: str) -> list[str]:
    found = [task_id for task_id in known if compiled(pattern).search(task_id)]
    if not found:
        raise NotFound(f"no task of the DAG matches {pattern!r}")
    return found


def _dags(context: Context, pattern: str) -> list[str]:
    from ostro.cli.dags import listed

    found = [row["dag_id"] for row in listed(context) if compiled(pattern).search(row["dag_id"])]
    if not found:
        raise NotFound(f"no DAG matches {pattern!r}")
    return found

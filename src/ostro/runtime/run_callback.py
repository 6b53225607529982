"""Callbacks for something that already happened: of a DAG run, or of a task whose process died.

The order is a row of the engine's outbox; it is confirmed when the functions ran, whether or not they raised.
"""

from __future__ import annotations

from typing import Any

from ostro.errors import Superseded
from ostro.protocol import task as p
from ostro.runtime import callbacks
from ostro.runtime.channel import Channel
from ostro.runtime.context import ContextMaker
from ostro.runtime.imported import Imported
from ostro.runtime.logs import TaskLog
from ostro.sdk import asking
from ostro.sdk.context import Context, pop_context, push_context
from ostro.sdk.dagrun import DagRun
from ostro.sdk.enums import TaskInstanceState
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.taskinstance import TaskInstance


def run_callback(order: p.CallbackOrder, loaded: Any, channel: Channel, log: TaskLog) -> None:
    """Run the callbacks of an order and confirm it."""
    asking.use(channel)
    log.install()
    try:
        file = Imported(loaded, order.file.dialect)
        with file.active():
            failure = _run(order, file, log)
        channel.ask(p.CallbacksRan(seq=0, callback_ids=[order.callback_id], error=failure))
    except Superseded as gone:
        log.write("warning", f"callback ended: {gone}")
    finally:
        log.flush()


def _run(order: p.CallbackOrder, file: Imported, log: TaskLog) -> str | None:
    dag = file.dag(order.run.dag_id)
    if dag is None:
        return _missing(log, f"the file {order.file.path} has no DAG {order.run.dag_id!r} any more")
    run = DagRun(order.run, dag)
    task = dag.get_task(order.task_id) if order.task_id and dag.has_task(order.task_id) else None
    level, _, word = order.kind.partition("_")
    if level == "task" and task is None:
        return _missing(log, f"DAG {dag.dag_id!r} has no task {order.task_id!r} any more")
    ti = None if task is None else _instance(order, task, run, file.dialect)
    maker = ContextMaker(dag=dag, task=task, run=run, ti=ti)
    context = maker.make(dialect=file.dialect, strict=file.strict)
    context["reason"] = order.reason
    if order.error is not None:
        context["exception"] = AirflowException(order.error)
    if order.kind == "sla_miss":
        return callbacks.run(_sla(dag), context, log, "sla_miss")
    owner = dag if level == "dag" else task
    functions = getattr(owner, f"on_{word}_callback", None)
    return _call(functions, context, log, f"on_{word}")


def _call(functions: Any, context: Context, log: TaskLog, name: str) -> str | None:
    push_context(context)
    try:
        return callbacks.run(functions, context, log, name)
    finally:
        pop_context()


def _sla(dag: Any) -> list[Any]:
    """`sla_miss_callback(dag, task_list, blocking_task_list, slas, blocking_tis)` of 2.x, as functions of a context."""
    given = dag.sla_miss_callback
    found = [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    return [lambda context, f=f: f(dag, context["reason"], "", [], []) for f in found]


def _missing(log: TaskLog, text: str) -> str:
    log.write("error", text)
    return text


def _instance(order: p.CallbackOrder, task: Any, run: DagRun, dialect: int) -> TaskInstance:
    state = order.state if order.state not in (None, "none") else None
    return TaskInstance(
        task,
        run_id=order.run.run_id,
        map_index=order.map_index,
        dag_id=order.run.dag_id,
        dag_run=run,
        state=None if state is None else TaskInstanceState(state),
        try_number=order.try_number,
        max_tries=order.max_tries,
        start_date=order.start_date,
        end_date=order.end_date,
        operator=task.task_type,
        dialect=dialect,
    )

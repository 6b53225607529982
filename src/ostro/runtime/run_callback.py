"""Callbacks for something that already happened: the end of a run, of a task whose process died, a missed deadline.

The order is a row of the engine's outbox; it is confirmed when the functions ran, whether or not they raised.
"""

from __future__ import annotations

from typing import Any

from ostro.errors import Superseded
from ostro.protocol import task as p
from ostro.runtime import callbacks
from ostro.runtime.channel import Channel, EngineGone
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
        try:
            with file.active(), callbacks.time_limit(order.timeout):
                failure = _run(order, file, log)
        except callbacks.TookTooLong as late:
            failure = callbacks.hung(late, log)
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
    context = _context(order, dag, run, task, file, log)
    push_context(context)
    try:
        if order.kind == "deadline":
            from ostro.runtime.run_deadline import call_back

            return call_back(order, context, log)
        if order.kind == "deadline_reference":
            from ostro.runtime.run_deadline import tell_reference

            return tell_reference(order, dag, log)
        if order.kind == "sla_miss":
            from ostro.runtime.run_deadline import sla_missed

            return sla_missed(order, dag, context, log)
        if level == "dag":
            log.write("info", f"Callbacks of the run: on_{word}, {order.reason}")
            functions = callbacks.as_list(getattr(dag, f"on_{word}_callback", None))
            return callbacks.run(functions, context, log, f"on_{word}")
        log.write("info", f"Callbacks of the task: on_{word}")
        return callbacks.after_task(context["task"], context, _STATES[word], log, seconds=0)
    finally:
        pop_context()


_STATES = {word: state for state, word in callbacks.WORDS.items()}


def _context(
    order: p.CallbackOrder, dag: Any, run: DagRun, task: Any, file: Imported, log: TaskLog
) -> Context:
    """What the functions get: the context of the task concerned, of a DAG's callback that of its last relevant one."""
    ti = None if task is None else _instance(order, task, run, file.dialect)
    maker = ContextMaker(dag=dag, task=task, run=run, ti=ti)
    context = maker.make(dialect=file.dialect, strict=file.strict)
    if ti is not None and task.is_mapped and order.map_index >= 0:
        try:
            maker.task = ti.task = context["task"] = task.unmap(context)
        except (Superseded, EngineGone):
            raise
        except Exception as error:  # the boundary to user code, whose arguments may be gone with what failed
            log.write("warning", f"the arguments of this mapped task cannot be had again: {error}")
    context["reason"] = order.reason
    if order.error is not None:
        context["exception"] = AirflowException(order.error)
    if order.kind in ("dag_success", "dag_failure") and order.details:
        return Context({name: context[name] for name in order.details["context"]})
    return context


def _missing(log: TaskLog, text: str) -> str:
    log.write("error", text)
    return text


def _instance(order: p.CallbackOrder, task: Any, run: DagRun, dialect: int) -> TaskInstance:
    state = order.state if order.state not in (None, "none") else None
    return TaskInstance(
        task,
        run_id=order.run.run_id,
        map_index=order.map_index,
        is_mapped=task.is_mapped,
        dag_id=order.run.dag_id,
        dag_run=run,
        state=None if state is None else TaskInstanceState(state),
        try_number=order.try_number,
        max_tries=order.max_tries,
        start_date=order.start_date,
        end_date=order.end_date,
        operator=task.task_type,
        base_url=order.base_url,
        dialect=dialect,
    )

"""Callbacks of missed deadlines (3.1) and of missed SLAs (2.x)."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from ostro.errors import Superseded
from ostro.protocol import task as p
from ostro.runtime import callbacks
from ostro.runtime.channel import EngineGone
from ostro.runtime.logs import TaskLog
from ostro.sdk import asking
from ostro.sdk.context import Context
from ostro.sdk.timezone import coerce_datetime

# ---- deadlines ---------------------------------------------------------------------------------------------------


class Readable(dict[str, Any]):
    """A JSON object whose keys can be read as attributes too, for templates and functions alike."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def call_back(order: p.CallbackOrder, context: Context, log: TaskLog) -> str | None:
    """Call the function of a deadline with its arguments, and with `context` when it takes one.

    The context has `dag_run` and `deadline` in the shapes of Airflow's REST API besides the usual names.
    """
    details = order.details or {}
    callback = details.get("callback") or {}
    path = str(callback.get("path", ""))
    log.write("info", f"Deadline {details.get('name') or details.get('reference')} was missed: calls {path}")
    context["deadline"] = Readable(id=str(details.get("id")), deadline_time=details.get("deadline_time"))
    context["dag_run"] = _run_shape(order)
    try:
        from ostro.sdk import serde
        from ostro.sdk.around.modules import import_string

        function = import_string(path)
        _call(function, serde.deserialize(callback.get("kwargs") or {}) or {}, context)
    except (Superseded, EngineGone):
        raise
    except (Exception, SystemExit) as error:  # the boundary to user code
        log.flush()
        log.exception(error, f"the callback {path} raised")
        return f"{type(error).__name__}: {error}"
    return None


def _call(function: Any, kwargs: dict[str, Any], context: Context) -> Any:
    takes_context = _takes_context(function)
    answer = function(**kwargs, context=context) if takes_context else function(**kwargs)
    if isinstance(function, type):
        # A notifier: the class is called with its arguments, its object does the work.
        if hasattr(answer, "context") and not getattr(answer, "context", None):
            answer.context = context
        if _has_own(answer, "async_notify") or not callable(answer):
            return asyncio.run(_waited(answer))
        return answer(context)
    return asyncio.run(_waited(answer)) if inspect.isawaitable(answer) else answer


async def _waited(answer: Any) -> Any:
    return await answer


def _has_own(thing: Any, method: str) -> bool:
    """Whether the class of a notifier wrote this method itself."""
    from ostro.sdk.notifier import BaseNotifier

    own = getattr(type(thing), method, None)
    return own is not None and own is not getattr(BaseNotifier, method, None)


def _takes_context(function: Any) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(p.name == "context" or p.kind is p.VAR_KEYWORD for p in parameters)


def _run_shape(order: p.CallbackOrder) -> Readable:
    run = order.run
    moments = {
        name: None if value is None else value.isoformat()
        for name in (
            "logical_date",
            "queued_at",
            "start_date",
            "end_date",
            "data_interval_start",
            "data_interval_end",
            "run_after",
        )
        for value in (getattr(run, name),)
    }
    return Readable(
        dag_run_id=run.run_id,
        run_id=run.run_id,
        dag_id=run.dag_id,
        run_type=run.run_type,
        state=run.state,
        triggered_by=run.triggered_by,
        triggering_user_name=run.triggering_user,
        conf=run.conf,
        note=run.note,
        partition_key=run.partition_key,
        **moments,
    )


def tell_reference(order: p.CallbackOrder, dag: Any, log: TaskLog) -> str | None:
    """Ask a reference of the author's own from when its deadline counts, and tell the engine."""
    number = int((order.details or {}).get("number", 0))
    given = dag.deadline if isinstance(dag.deadline, (list, tuple)) else [dag.deadline]
    run = order.run
    try:
        from ostro.sdk.around.session import create_session

        reference = given[number].reference
        with create_session() as session:
            base = reference._evaluate_with(
                session=session,
                dag_id=run.dag_id,
                run_id=run.run_id,
                logical_date=run.logical_date,
                queued_at=run.queued_at,
                run_after=run.run_after,
                start_date=run.start_date,
            )
        if base is not None:
            moment = coerce_datetime(base)
            asking.demand(
                p.PutDeadline(seq=0, dag_id=run.dag_id, run_id=run.run_id, number=number, base_at=moment)
            )
    except (Superseded, EngineGone):
        raise
    except (Exception, SystemExit) as error:  # the boundary to user code
        log.flush()
        log.exception(error, f"the reference of deadline {number} raised; the run has no such deadline")
        return f"{type(error).__name__}: {error}"
    return None


# ---- SLAs of 2.x -------------------------------------------------------------------------------------------------


def sla_missed(order: p.CallbackOrder, dag: Any, context: Context, log: TaskLog) -> str | None:
    """`sla_miss_callback(dag, task_list, blocking_task_list, slas, blocking_tis)`, then mail to the tasks' addresses."""
    from ostro.runtime import alert_mail
    from ostro.sdk.sla import SlaMiss
    from ostro.sdk.taskinstance import TaskInstance

    details = order.details or {}
    date = order.run.logical_date
    day = "" if date is None else date.isoformat()
    slas = [
        SlaMiss(
            task_id=task_id, dag_id=dag.dag_id, execution_date=date, timestamp=context["dag_run"].end_date
        )
        for task_id in details.get("tasks", ())
    ]
    blocking = [
        TaskInstance(
            dag.get_task(entry["task_id"]) if dag.has_task(entry["task_id"]) else None,
            task_id=entry["task_id"],
            dag_id=dag.dag_id,
            run_id=order.run.run_id,
            map_index=entry["map_index"],
            state=entry["state"],
            dag_run=context["dag_run"],
            base_url=order.base_url,
        )
        for entry in details.get("blocking", ())
    ]
    late = "\n".join(f"{sla.task_id} on {day}" for sla in slas)
    waits = "\n".join(f"{ti.task_id} on {day}" for ti in blocking)
    log.write("warning", f"SLA missed: {late or order.reason}")
    functions = callbacks.as_list(dag.sla_miss_callback)
    called = [lambda _, f=f: f(dag, late, waits, slas, blocking) for f in functions]
    failure = callbacks.run(called, context, log, "sla_miss")
    to: dict[str, None] = {}
    for task_id in details.get("tasks", ()):
        if dag.has_task(task_id):
            to.update(dict.fromkeys(alert_mail.addresses(dag.get_task(task_id).email)))
    if to:
        text = f"<p>Tasks that missed their SLA:</p><pre>{late}</pre><p>Tasks that are not done:</p><pre>{waits}</pre>"
        try:
            alert_mail.send(list(to), f"[airflow] SLA miss on DAG={dag.dag_id}", text, log)
        except Exception as error:  # the boundary to mail backends and servers
            log.exception(error, f"the mail to {', '.join(to)} could not be sent")
            failure = failure or f"{type(error).__name__}: {error}"
    return failure

"""One attempt of a task from order to end: context, templates, user code, result, callbacks.

    order ─▶ prepare ─▶ execute ─▶ result ─▶ wait until it is durable ─▶ callbacks

Whatever user code does ends in one result; nothing that it raises leaves this module. A process whose attempt is no
longer the current one (Superseded) stops without a result, because another attempt has taken its place.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import msgspec

from ostro.errors import Superseded
from ostro.protocol import task as p
from ostro.runtime import callbacks, outcome
from ostro.runtime.channel import Channel, EngineGone
from ostro.runtime.context import ContextMaker
from ostro.runtime.imported import Imported
from ostro.runtime.interrupts import interrupts
from ostro.runtime.logs import TaskLog
from ostro.runtime.outcome import ResultUnusable, TemplateFailed
from ostro.runtime.run_callback import run_callback
from ostro.runtime.state_backends import clear_after_success
from ostro.sdk import asking, context_vars, plugins, serde, xcom
from ostro.sdk.context import Context, pop_context, push_context
from ostro.sdk.dagrun import DagRun
from ostro.sdk.enums import TaskInstanceState
from ostro.sdk.exceptions import (
    AirflowSkipException,
    AirflowTaskTerminated,
    AirflowTaskTimeout,
    DownstreamTasksSkipped,
    TaskNotFound,
)
from ostro.sdk.taskinstance import TaskInstance
from ostro.sdk.timezone import utcnow

__all__ = ["run_callback", "run_task"]

#: Exit code of a process that had a result and found no engine to take it.
UNDELIVERED = 75
_STATES = {"success": "SUCCESS", "failed": "FAILED", "skipped": "SKIPPED", "up_for_retry": "UP_FOR_RETRY"}


def run_task(order: p.TaskOrder, loaded: Any, channel: Channel, log: TaskLog) -> None:
    """Run one attempt to its end.

    `loaded` is the imported file (`ostro.runtime.dagfile.LoadedFile`) or a mapping of its DAGs by id. Returns when the
    result is durable and the callbacks ran. Raises SystemExit(75) when no engine took the result.
    """
    _Attempt(order, loaded, channel, log).run()


class _Attempt:
    """See the module."""

    def __init__(self, order: p.TaskOrder, loaded: Any, channel: Channel, log: TaskLog) -> None:
        self.order = order
        self.channel = channel
        self.log = log
        self.file = Imported(loaded, order.file.dialect)
        self.task: Any = None
        self.ti: TaskInstance | None = None
        self.context: Context | None = None
        self.rendered: bytes | None = None
        self.rendered_map_index: str | None = None
        self._executing = False
        self._may_interrupt = False

    # ---- the whole -----------------------------------------------------------------------------------------

    def run(self) -> None:
        order, log = self.order, self.log
        log.write(
            "info",
            "Attempt started",
            dag_id=order.run.dag_id,
            run_id=order.run.run_id,
            task_id=order.task_id,
            map_index=order.map_index,
            try_number=order.try_number,
            pid=os.getpid(),
            hostname=order.hostname,
        )
        self.channel.attempt_id = order.attempt_id
        asking.use(self.channel)
        log.install()
        interrupts.on(signal.SIGTERM, self._terminated)
        self._tell_component("on_starting")
        try:
            with self.file.active():
                error = self._attempt()
        except Superseded as gone:
            log.flush()
            log.write("warning", f"Attempt ended without a result: {gone}")
        except EngineGone as gone:
            log.flush()
            log.write("error", f"Attempt ended without a result: {gone}")
            raise SystemExit(UNDELIVERED) from None
        else:
            self._tell_end(error)
            self._callbacks(error)
        finally:
            self._tell_component("before_stopping")
            interrupts.off(signal.SIGTERM, signal.SIG_IGN)
            log.flush()

    def _attempt(self) -> BaseException | None:
        """Run user code and hand the result over; returns the error that user code raised."""
        error: BaseException | None = None
        result: p.Result
        try:
            try:
                # User code may be interrupted; once there is a result it stands, and SIGTERM makes no other one.
                self._may_interrupt = True
                self._prepare()
                self._tell("running", TaskInstanceState.QUEUED)
                result = self._succeeded(self._execute())
            finally:
                self._may_interrupt = False
        except (Superseded, EngineGone):
            raise
        except BaseException as raised:  # the boundary to user code: everything becomes a result
            error = raised
            result = self._result_of(raised)
        self.log.flush()
        try:
            self.done = self.channel.report(self._completed(result))
        except (TypeError, ValueError, OverflowError) as broken:
            # Something of the user's in it cannot be sent: a trigger's arguments, a number beyond 64 bits.
            error = broken
            self.rendered = self.rendered_map_index = None
            result = self._result_of(ResultUnusable(), broken)
            self.done = self.channel.report(result)
        self._note_end(result)
        return error

    def _completed(self, result: p.Result) -> p.Result:
        if self.rendered is None and self.rendered_map_index is None:
            return result
        return msgspec.structs.replace(
            result, rendered=self.rendered, rendered_map_index=self.rendered_map_index
        )

    def _note_end(self, result: p.Result) -> None:
        state = self.done.state or ""
        if self.ti is not None:
            self.ti.end_date = result.end_date
            if state in _STATES:
                self.ti.state = TaskInstanceState[_STATES[state]]
        self.log.write("info", f"Attempt ended: {state or type(result).__name__.lower()}")

    # ---- before user code ----------------------------------------------------------------------------------

    def _prepare(self) -> None:
        order = self.order
        dag = self.file.dag(order.run.dag_id)
        if dag is None or not dag.has_task(order.task_id):
            raise TaskNotFound(
                f"the file {order.file.path} has no task {order.task_id!r} of DAG {order.run.dag_id!r} any more"
            )
        run = DagRun(order.run, dag)
        template = dag.get_task(order.task_id)
        ti = self.ti = self._instance(template, run)
        if plugins.cluster_policies is not None:
            # As when the engine asked: the hook counts the tries before this one.
            ti.try_number = order.try_number - 1
            plugins.cluster_policies.mutate(ti, run)
            ti.try_number = order.try_number
        maker = ContextMaker(dag=dag, task=template, run=run, ti=ti)
        self.context = maker.make(dialect=self.file.dialect, strict=self.file.strict)
        if template.is_mapped:
            task = template.unmap(self.context)
        else:
            task = template.prepare_for_execution()
        self.task = maker.task = ti.task = self.context["task"] = task
        if order.purge:
            self._purge()
        os.environ.update(context_vars.context_to_airflow_vars(self.context, in_env_var_format=True))
        try:
            if order.next_method is None:
                task.resolve_template_files()
            task.render_template_fields(self.context)
        except (Superseded, EngineGone, AirflowSkipException):
            raise
        except Exception as error:
            raise TemplateFailed from error
        self.rendered = outcome.rendered_fields(task)
        self._try_map_index()

    def _purge(self) -> None:
        """Values of the last try that a backend keeps elsewhere; what cannot be deleted there harms nobody."""
        order = self.order
        where: dict[str, Any] = {
            "dag_id": order.run.dag_id,
            "run_id": order.run.run_id,
            "task_id": order.task_id,
        }
        for key, data in order.purge:
            try:
                xcom.purge(data, key, **where)
            except Exception as error:  # the boundary to backends of users
                self.log.write("warning", f"the old XCom {key!r} could not be purged: {error}")

    def _instance(self, task: Any, run: DagRun) -> TaskInstance:
        order = self.order
        return TaskInstance(
            task,
            run_id=order.run.run_id,
            map_index=order.map_index,
            is_mapped=task.is_mapped,
            dag_id=order.run.dag_id,
            dag_run=run,
            id=order.attempt_id,
            state=TaskInstanceState.RUNNING,
            try_number=order.try_number,
            max_tries=order.max_tries,
            start_date=order.start_date,
            queued_dttm=order.queued_at,
            hostname=order.hostname,
            pool=order.pool,
            queue=order.queue,
            priority_weight=order.priority_weight,
            operator=task.task_type,
            pid=os.getpid(),
            base_url=order.base_url,
            dialect=self.file.dialect,
            first_start_date=order.first_start_date,
            reschedule_count=order.reschedule_count,
        )

    def _try_map_index(self) -> None:
        """Before user code ran its names may be missing; after it failed its own error is the one to tell."""
        try:
            self._render_map_index()
        except Exception as error:
            self.log.write("debug", f"map_index_template cannot be rendered: {error}")

    def _render_map_index(self) -> None:
        template = self.task.map_index_template
        if template is None:
            return
        assert self.context is not None
        from ostro.sdk import templater

        text = templater.render(template, self.context, owner=self.task)
        self.rendered_map_index = outcome.storable(str(text))
        assert self.ti is not None
        self.ti.rendered_map_index = self.rendered_map_index

    # ---- user code -----------------------------------------------------------------------------------------

    def _execute(self) -> Any:
        task, context, order = self.task, self.context, self.order
        assert context is not None and self.ti is not None
        if task.inlets or task.outlets:
            self._check_assets()
        push_context(context)
        self._executing = True
        try:
            task.pre_execute(context)
            callbacks.run(task.on_execute_callback, context, self.log, "on_execute")
            with _Deadline(task.execution_timeout):
                if order.next_method is None:
                    value = task.execute(context)
                else:
                    arguments = serde.deserialize(order.next_kwargs) or {}
                    self.ti.next_method, self.ti.next_kwargs = order.next_method, arguments
                    value = task.resume_execution(order.next_method, arguments, context)
            task.post_execute(context, value)
            # As in Airflow: a task that went well fails when its name cannot be made.
            self._render_map_index()
        except DownstreamTasksSkipped as skip:
            outcome.note_raised_skips(self.ti, skip)
            value = None
            self._try_map_index()
        except (AirflowTaskTimeout, Superseded, EngineGone):
            self._kill()
            raise
        except BaseException:
            self._try_map_index()
            raise
        finally:
            self._executing = False
            pop_context()
        return value

    def _check_assets(self) -> None:
        from ostro.runtime.asset_events import check_active

        if asking.connected():
            check_active(self.task.inlets, self.task.outlets)

    def _succeeded(self, value: Any) -> p.Succeeded:
        task, ti, context = self.task, self.ti, self.context
        assert ti is not None and context is not None
        skips, rows = outcome.skips_of(ti)
        if ti.skipped_task_ids and self.file.dialect != 2 and self.order.map_index < 0:
            value = None  # in 3.x skipping ends execute() before its value is kept
        rows += outcome.xcoms_of(task, ti, value)
        if task.operator_extra_links or plugins.installed is not None:
            rows += outcome.link_rows(task, ti)
        if task.overwrite_rtif_after_execution:
            self.rendered = outcome.rendered_fields(task)
        events = context["outlet_events"].collect(task.outlets) if task.outlets else []
        clear_after_success(
            dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=self.order.map_index
        )
        return p.Succeeded(seq=0, end_date=utcnow(), xcoms=rows, skips=skips, asset_events=events)

    # ---- after user code -----------------------------------------------------------------------------------

    def _result_of(self, error: BaseException, cause: BaseException | None = None) -> p.Result:
        if cause is not None:
            error.__cause__ = cause
        end = utcnow()
        log = self.log
        log.flush()
        if isinstance(error, AirflowSkipException):
            log.write("info", f"Skipping task. {error}")
        try:
            result = outcome.of_error(error, end=end)
        except Exception as broken:  # a trigger or its arguments that cannot be serialized
            broken.__cause__ = error
            error, result = broken, outcome.of_failure(broken, end=end)
        if isinstance(result, p.Failed):
            told = error.__cause__ if isinstance(error, (TemplateFailed, ResultUnusable)) else error
            log.exception(told or error, _FAILED.get(result.kind, "Task failed with exception"))
            result = self._with_policy(result, told or error)
        elif isinstance(result, p.Deferred):
            log.write("info", f"Deferring task: waits for {result.classpath}")
        elif isinstance(result, p.Rescheduled):
            log.write("info", f"Rescheduling task: is checked again at {result.until.isoformat()}")
        return result

    def _with_policy(self, result: p.Failed, error: BaseException) -> p.Failed:
        """Ask the task's retry policy, when it has one, about a failure that may be tried again."""
        policy = getattr(self.task, "retry_policy", None)
        if policy is None or not result.retryable or not isinstance(error, Exception):
            return result
        try:
            decision = policy.evaluate(error, self.order.try_number, self.order.max_tries, self.context)
        except Exception as broken:  # the boundary to user code: without a decision the usual retries hold
            self.log.exception(broken, "the retry policy of the task raised; its retries hold")
            return result
        action = str(getattr(decision.action, "value", decision.action))
        if decision.reason:
            self.log.write("info", f"retry policy: {action}, {decision.reason}")
        delay = decision.retry_delay
        seconds = delay.total_seconds() if hasattr(delay, "total_seconds") else delay
        return msgspec.structs.replace(result, fail_now=action == "fail", retry_delay=seconds)

    def _callbacks(self, error: BaseException | None) -> None:
        """Run what the task wants called for the state it is in now, and confirm."""
        state = self.done.state or ""
        if self.context is None or not (self.done.callback_ids or callbacks.of_task(self.task, state)):
            return
        told = error.__cause__ if isinstance(error, (TemplateFailed, ResultUnusable)) else error
        if state in ("failed", "up_for_retry") and told is not None:
            self.context["exception"] = told
        push_context(self.context)
        try:
            with self.file.active():
                failure = callbacks.after_task(
                    self.task, self.context, state, self.log, seconds=self.done.callback_timeout
                )
        finally:
            pop_context()
        if self.done.callback_ids:
            self.channel.ask(p.CallbacksRan(seq=0, callback_ids=self.done.callback_ids, error=failure))

    # ---- listeners -----------------------------------------------------------------------------------------

    def _tell(self, word: str, before: TaskInstanceState, **more: Any) -> None:
        """Tell the listeners of plugins what the attempt does."""
        if plugins.installed is not None and plugins.installed.listeners:
            plugins.installed.listeners.call(
                f"on_task_instance_{word}", previous_state=before, task_instance=self.ti, **more
            )

    def _tell_component(self, hook: str) -> None:
        """Tell the listeners that this process of a task begins or ends."""
        if plugins.installed is not None and plugins.installed.listeners.hears(hook):
            from ostro.sdk.plugins.listeners import TaskRunnerMarker

            plugins.installed.listeners.call(hook, component=TaskRunnerMarker())

    def _tell_end(self, error: BaseException | None) -> None:
        """A retry counts as failed, as in Airflow; a deferral and a reschedule are no end."""
        if plugins.installed is None or not plugins.installed.listeners or self.ti is None:
            return
        state = self.done.state or ""
        told = error.__cause__ if isinstance(error, (TemplateFailed, ResultUnusable)) else error
        with self.file.active():
            if state in ("failed", "up_for_retry"):
                self._tell("failed", TaskInstanceState.RUNNING, error=told)
            elif state in ("success", "skipped"):
                self._tell(state, TaskInstanceState.RUNNING)
        self.log.flush()

    # ---- signals -------------------------------------------------------------------------------------------

    def _terminated(self) -> None:
        """SIGTERM: let the task end what it started elsewhere, then raise in user code."""
        if not self._may_interrupt:
            return
        self.log.write("error", "Task received SIGTERM signal")
        self._kill()
        raise AirflowTaskTerminated("Task received SIGTERM signal")

    def _kill(self) -> None:
        if self.task is None or not self._executing:
            return
        try:
            self.task.on_kill()
        except Exception as error:  # the boundary to user code: the task ends anyway
            self.log.exception(error, "on_kill raised")


_FAILED = {
    "template": "A template field cannot be rendered",
    "timeout": "Task took longer than its execution_timeout",
    "terminated": "Task was terminated",
    "xcom": "The result of the task cannot be kept",
}


class _Deadline:
    """Raises AirflowTaskTimeout in user code when execution_timeout is over."""

    def __init__(self, limit: Any) -> None:
        self._seconds = 0.0 if limit is None else max(limit.total_seconds(), 0.001)

    def __enter__(self) -> None:
        if self._seconds:
            interrupts.on(signal.SIGALRM, self._expired)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(self, *exc: object) -> None:
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
            interrupts.off(signal.SIGALRM)

    def _expired(self) -> None:
        raise AirflowTaskTimeout(f"Timeout, PID: {os.getpid()}: the task ran longer than {self._seconds:g} s")

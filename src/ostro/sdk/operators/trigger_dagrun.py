"""TriggerDagRunOperator: starts a run of another DAG and perhaps waits for it.

The engine makes the run, in answer to a question of the task; it is there when `execute` goes on.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ostro.errors import AlreadyExists
from ostro.protocol.task import GetDag, TriggerRun
from ostro.sdk import asking, dialect, timezone
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.dagrun import DagRun, texts
from ostro.sdk.deferring import default_deferrable
from ostro.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    DagRunAlreadyExists,
)
from ostro.sdk.link import BaseOperatorLink, run_page
from ostro.sdk.types import NOTSET, ArgNotSet
from ostro.sdk.xcom import BaseXCom

#: Keys of the XComs with the run that was started.
XCOM_RUN_ID = "trigger_run_id"
XCOM_LOGICAL_DATE_ISO = "trigger_logical_date_iso"


class DagIsPaused(AirflowException):
    """The DAG to be triggered is paused, so its run would wait."""

    def __init__(self, dag_id: str) -> None:
        super().__init__(dag_id)
        self.dag_id = dag_id

    def __str__(self) -> str:
        return f"Dag {self.dag_id} is paused"


class DagRunOrder:
    """1.10: the run that a `python_callable` may fill in and give back."""

    def __init__(self, run_id: str | None = None, payload: Any = None) -> None:
        self.run_id = run_id
        self.payload = payload


class TriggerDagRunLink(BaseOperatorLink):
    """The page of the run that was started."""

    @property
    def name(self) -> str:
        """The text of the link."""
        return "Triggered DAG"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address; empty when no run was started."""
        run_id = BaseXCom.get_one(
            key=XCOM_RUN_ID,
            dag_id=ti_key.dag_id,
            task_id=ti_key.task_id,
            run_id=ti_key.run_id,
            map_index=ti_key.map_index,
        )
        dag_id = getattr(operator, "trigger_dag_id", None)
        return run_page(dag_id, run_id) if dag_id and run_id else ""


class TriggerDagRunOperator(BaseOperator):
    """Starts a run of `trigger_dag_id`. Durations are seconds.

    `logical_date`: not given means now, None means a run without one. A run of the same id or logical date fails the task,
    unless `reset_dag_run` (it is cleared and runs again) or `skip_when_already_exists`. With `wait_for_completion` the task
    ends as the run does: well in one of `allowed_states`, failed in one of `failed_states`; with `deferrable` no process
    waits. `fail_when_dag_is_paused` raises DagIsPaused instead of starting a run that would wait.
    """

    template_fields: ClassVar[Sequence[str]] = (
        "trigger_dag_id",
        "trigger_run_id",
        "logical_date",
        "conf",
        "wait_for_completion",
        "skip_when_already_exists",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"conf": "py"}
    ui_color = "#ffefeb"
    operator_extra_links = (TriggerDagRunLink(),)
    old_arguments: ClassVar[dict[str, str | None]] = {"execution_date": "logical_date"}

    def __init__(
        self,
        *,
        trigger_dag_id: str,
        trigger_run_id: str | None = None,
        conf: dict[str, Any] | str | None = None,
        logical_date: str | dt.datetime | ArgNotSet | None = NOTSET,
        run_after: str | dt.datetime | ArgNotSet | None = NOTSET,
        reset_dag_run: bool = False,
        wait_for_completion: bool = False,
        poke_interval: float | dt.timedelta = 60,
        allowed_states: Sequence[Any] | None = None,
        failed_states: Sequence[Any] | None = None,
        skip_when_already_exists: bool = False,
        fail_when_dag_is_paused: bool = False,
        note: str | None = None,
        deferrable: bool | None = None,
        openlineage_inject_parent_info: bool = True,
        python_callable: Callable[[Any, DagRunOrder], DagRunOrder | None] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, value in (("logical_date", logical_date), ("run_after", run_after)):
            if value is not None and not isinstance(value, (str, dt.datetime, ArgNotSet)):
                raise TypeError(
                    f"Expected str, datetime.datetime, or None for parameter '{name}'. Got {type(value).__name__}"
                )
        self.trigger_dag_id = trigger_dag_id
        self.trigger_run_id = trigger_run_id
        self.conf = conf
        self.logical_date = logical_date
        self.run_after = run_after
        self.reset_dag_run = reset_dag_run
        self.wait_for_completion = wait_for_completion
        self.poke_interval = (
            poke_interval.total_seconds() if isinstance(poke_interval, dt.timedelta) else poke_interval
        )
        # An empty list is a wish: no state is good enough, or none is a failure.
        self.allowed_states = ["success"] if allowed_states is None else texts(allowed_states) or []
        self.failed_states = ["failed"] if failed_states is None else texts(failed_states) or []
        self.skip_when_already_exists = skip_when_already_exists
        self.fail_when_dag_is_paused = fail_when_dag_is_paused
        self.note = note
        self.deferrable = default_deferrable() if deferrable is None else deferrable
        self.openlineage_inject_parent_info = openlineage_inject_parent_info
        #: 1.10: decides whether a run is started, and with which conf.
        self.python_callable = python_callable
        if python_callable is not None:
            dialect.note(
                "argument",
                "TriggerDagRunOperator(python_callable=…)",
                "a @task.short_circuit before it, and conf=",
            )

    def execute(self, context: Any) -> None:
        """Start the run; wait for it when told so."""
        if self.python_callable is not None:
            order = self.python_callable(context, DagRunOrder(self.trigger_run_id))
            if not order:
                self.log.info("The function gave nothing, so no run is started")
                return
            self.trigger_run_id, self.conf = order.run_id, order.payload
        question = self._question()
        if self.fail_when_dag_is_paused:
            known = asking.demand(GetDag(seq=0, dag_id=self.trigger_dag_id))
            if known is not None and known["is_paused"]:
                raise DagIsPaused(self.trigger_dag_id)
        ti = context["ti"]
        run_id = self._start(question, again=ti.dialect == 2)
        ti.xcom_push(key=XCOM_RUN_ID, value=run_id)
        if question.logical_date is not None and ti.dialect == 2:  # 3.x leaves the run's id only
            ti.xcom_push(key=XCOM_LOGICAL_DATE_ISO, value=question.logical_date.isoformat())
        if not self.wait_for_completion:
            return
        if self.deferrable:
            self._wait_in_trigger(run_id)
        self._wait_here(run_id)

    # ---- the run -------------------------------------------------------------------------------------------

    def _question(self) -> TriggerRun:
        date = timezone.utcnow() if self.logical_date is NOTSET else _moment(self.logical_date)
        return TriggerRun(
            seq=0,
            dag_id=self.trigger_dag_id,
            run_id=self.trigger_run_id or None,
            logical_date=date,
            run_after=None if self.run_after is NOTSET else _moment(self.run_after),
            conf=_conf(self.conf),
            reset_if_exists=self.reset_dag_run,
            note=self.note,
        )

    def _start(self, question: TriggerRun, *, again: bool) -> str:
        try:
            run_id = str(asking.demand(question)["run_id"])
        except AlreadyExists as error:
            if self.skip_when_already_exists:
                raise AirflowSkipException(f"{error}; the task is told to skip then") from error
            # 3.x does not try again: the run will be there the next time, too.
            kind = DagRunAlreadyExists if again else _ExistsForGood
            raise kind(_Run(question, str(error))) from error
        self.log.info("Run %s of DAG %s is started", run_id, self.trigger_dag_id)
        return run_id

    # ---- waiting -------------------------------------------------------------------------------------------

    def _wait_here(self, run_id: str) -> None:
        while True:
            self.log.info("Waiting for run %s of DAG %s", run_id, self.trigger_dag_id)
            time.sleep(self.poke_interval)
            run = DagRun.get(self.trigger_dag_id, run_id)
            if run is None:
                raise AirflowException(f"the run {run_id} of DAG {self.trigger_dag_id} is gone")
            if self._is_over(str(run.state.value)):
                return

    def _is_over(self, state: str) -> bool:
        if state in self.failed_states:
            raise AirflowException(f"{self.trigger_dag_id} failed with failed states {state}")
        if state in self.allowed_states:
            self.log.info("%s finished with allowed state %s", self.trigger_dag_id, state)
            return True
        return False

    def _wait_in_trigger(self, run_id: str) -> None:
        from ostro.sdk.triggers.external_task import DagStateTrigger

        self.defer(
            trigger=DagStateTrigger(
                dag_id=self.trigger_dag_id,
                states=[*self.allowed_states, *self.failed_states],
                run_ids=[run_id],
                poll_interval=self.poke_interval,
            ),
            method_name="execute_complete",
        )

    def execute_complete(self, context: Any, event: Any) -> None:
        """The run is in one of the states."""
        details = event[1]
        for run_id in details["run_ids"]:
            state = details[run_id]
            if not self._is_over(state):
                raise AirflowException(
                    f"{self.trigger_dag_id} return {state} which is not in {self.failed_states} or {self.allowed_states}"
                )


def _moment(value: Any) -> dt.datetime | None:
    if value is None or value in ("", "None"):
        return None
    if isinstance(value, dt.datetime):
        return timezone.coerce_datetime(value)
    return timezone.parse(str(value))


def _conf(value: dict[str, Any] | str | None) -> dict[str, Any]:
    try:
        conf = json.loads(value) if isinstance(value, str) else value
        # The run keeps JSON; what it cannot keep is told here, where the value was written.
        known: dict[str, Any] = json.loads(json.dumps(conf)) if conf else {}
    except (TypeError, ValueError) as error:
        raise ValueError(f"conf parameter should be JSON Serializable: {error}") from error
    return known


class _ExistsForGood(DagRunAlreadyExists, AirflowFailException):
    """There is a run of this id or logical date; the task is not tried again."""


class _Run:
    """The run that was asked for, as DagRunAlreadyExists tells it."""

    def __init__(self, question: TriggerRun, text: str) -> None:
        self.dag_id = question.dag_id
        self.run_id = question.run_id or f"at {question.logical_date}"
        self._text = text

    def __repr__(self) -> str:
        return self._text

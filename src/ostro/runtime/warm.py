"""Loads and computes beforehand what every attempt needs, in the process that attempts are forked from.

The nursery calls `warm_up` once. What it reads of the settings is then fixed for the attempts of that nursery.
"""

from __future__ import annotations

import logging
import os
import subprocess  # noqa: F401 (programs that tasks start)
from datetime import UTC, datetime
from typing import Any

import jinja2.ext  # noqa: F401 (the extension of every template environment)

from ostro.protocol.frames import decoder
from ostro.protocol.task import Done, FileRef, RunInfo, TaskOrder, ToProcess
from ostro.runtime import asset_events, run_task, state_stores  # noqa: F401
from ostro.runtime.borrowed import borrowed_process
from ostro.runtime.logs import TaskLog
from ostro.sdk import (  # noqa: F401
    asking,
    asset_event,
    jinja,
    macros,
    masking,
    serde,
    serde_types,
    templater,
    timetables,
    xcom,
)
from ostro.sdk.conf import conf
from ostro.sdk.dag import DAG
from ostro.sdk.log import KeywordLogger, get_logger
from ostro.sdk.operators import bash, branch, empty, latest_only, python  # noqa: F401
from ostro.sdk.plugins import sources
from ostro.sdk.sensors import base as sensors  # noqa: F401


def warm_up() -> None:
    """Fill the caches that an attempt would fill itself."""
    from ostro.runtime import logs, outcome

    decoder(ToProcess)
    masking.sensitive_names()
    masking.min_length()
    for name in _LOG_FIELDS:
        masking.should_hide_value_for_key(name)
    outcome.fill_caches()
    logs.fill_caches()
    serde.fill_caches()
    conf.get("core", "dag_run_conf_overrides_params", fallback=True)
    # Which plugins are installed, not what is in them: that is user code.
    sources.entry_points()
    logging.setLoggerClass(KeywordLogger)
    get_logger("airflow.task")
    given = conf.get("core", "xcom_backend")
    if not xcom.is_own(given):
        # A class of the installation: it is user code, which the processes that are forked from here load.
        conf.set("core", "xcom_backend", "")
    for _ in range(REHEARSALS):
        rehearse()
    if not xcom.is_own(given):
        conf.remove_option("core", "xcom_backend")
        xcom.backend.cache_clear()


class _NoEngine:
    """Takes every result."""

    attempt_id = ""

    def ask(self, question: Any) -> Done:
        return Done(seq=0)

    def report(self, result: Any) -> Done:
        return Done(seq=0, state="success")


def rehearse() -> None:
    """One attempt of each of the usual kinds of tasks; all that they change in their process is put back.

    It fills Python's caches and specialises bytecode. (In each forked process, to make its copies of shared pages ahead
    of the order, it was measured too: no gain on a chain, a loss when many attempts start at once.)
    """
    dag = DAG("rehearsal", schedule=None)
    python.PythonOperator(task_id="python", python_callable=_nothing, op_kwargs={"text": "{{ ds }}"}, dag=dag)
    python.PythonOperator.partial(task_id="mapped", python_callable=_nothing, dag=dag).expand(op_args=[["a"]])
    bash.BashOperator(task_id="bash", bash_command="true", dag=dag)
    for task_id, map_index in (("python", -1), ("mapped", 0), ("bash", -1)):
        _rehearse(dag, task_id, map_index)
    templater.forget(dag)


def _rehearse(dag: DAG, task_id: str, map_index: int) -> None:
    log = TaskLog(os.devnull)
    now = datetime(2000, 1, 1, tzinfo=UTC)
    run = RunInfo(
        dag_id=dag.dag_id, run_id="r", run_type="manual", state="running", run_after=now, logical_date=now,
        data_interval_start=now, data_interval_end=now,
    )  # fmt: skip
    order = TaskOrder(
        attempt_id="", file=FileRef(folder="", path=""), run=run, task_id=task_id, map_index=map_index, try_number=1,
        max_tries=0, log_path=os.devnull, start_date=now,
    )  # fmt: skip
    asker = asking.use(None)
    with borrowed_process():
        try:
            run_task.run_task(order, {dag.dag_id: dag}, _NoEngine(), log)  # type: ignore[arg-type]
        finally:
            log.restore()
            log.close()
            asking.use(asker)


def _nothing(text: str, ds: Any = None) -> str:
    return text


#: Attempts rehearsed: Python specialises bytecode that ran about eight times.
REHEARSALS = 10
#: Names of fields that most log lines have.
_LOG_FIELDS = (
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "try_number",
    "pid",
    "hostname",
    "filename",
    "lineno",
    "op_args",
    "op_kwargs",
    "templates_dict",
    "bash_command",
    "env",
    "cwd",
)

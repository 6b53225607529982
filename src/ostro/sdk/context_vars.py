"""The AIRFLOW_CTX_* variables: who runs, for programs that a task starts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ostro.sdk import plugins

#: Names in templates and in the environment.
_PREFIX = {False: "airflow.ctx.", True: "AIRFLOW_CTX_"}


def context_to_airflow_vars(context: Any, in_env_var_format: bool = False) -> dict[str, str]:
    """The variables of a context, as `AIRFLOW_CTX_DAG_ID` or as `airflow.ctx.dag_id`."""
    task, ti, run = context.get("task"), context.get("ti"), context.get("dag_run")
    values: dict[str, Any] = {}
    if plugins.cluster_policies is not None:
        values.update(plugins.cluster_policies.context_vars(context))
    if task is not None:
        values["dag_email"] = _joined(getattr(task, "email", None))
        values["dag_owner"] = _joined(getattr(task, "owner", None))
    if ti is not None:
        values["dag_id"] = ti.dag_id
        values["task_id"] = ti.task_id
        values["try_number"] = str(ti.try_number)
    if run is not None:
        # Not `run.logical_date`: making a pendulum DateTime of it costs more than all the rest here.
        logical_date = run.raw_logical_date
        if logical_date is not None:
            date = logical_date.isoformat()
            values["logical_date"] = date
            if getattr(ti, "dialect", 3) == 2:
                values["execution_date"] = date
        values["dag_run_id"] = run.run_id
    prefix = _PREFIX[in_env_var_format]
    return {
        prefix + (name.upper() if in_env_var_format else name): str(value)
        for name, value in values.items()
        if value
    }


def _joined(value: Any) -> str:
    if not value:
        return ""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return str(value)
    return ",".join(str(item) for item in value)

"""Where `task_instance_mutation_hook` sends the instances of a task: pool, queue, weight, tries, executor.

The hook is asked when a DAG file is parsed: for each kind of run, and for each try that the task may have, with
`ti.try_number` counting the tries before. The engine gets the answers, never code. What only a run knows (its conf, its
dates, the map index) is not there yet: a hook that reads it is told of an empty conf and a date of long ago, and the file
gets a warning that says so.
"""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

from ostro.protocol.task import RunInfo
from ostro.sdk import plugins
from ostro.sdk.dagrun import DagRun
from ostro.spec import Placing
from ostro.states import RunType

#: Most tries that are asked for; the last answer holds for all further.
MOST_TRIES = 20
#: The date of the runs that the hook is shown.
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_UNKNOWN = frozenset(
    {
        "conf",
        "data_interval_end",
        "data_interval_start",
        "execution_date",
        "logical_date",
        "note",
        "partition_key",
        "queued_at",
        "run_after",
        "start_date",
        "triggering_user_name",
    }
)
#: Name here → name on the task instance.
_PLACES = {
    "pool": "pool",
    "pool_slots": "pool_slots",
    "queue": "queue",
    "priority_weight": "priority_weight",
    "retries": "max_tries",
    "executor": "executor",
}


class _RunToCome(DagRun):
    """A run of which only the kind is known. Notes what else is asked of it."""

    def __init__(self, run_type: str, dag: Any, asked: set[str]) -> None:
        info = RunInfo(
            dag_id=dag.dag_id,
            run_id=f"{run_type}__{LONG_AGO.isoformat()}",
            run_type=run_type,
            state="queued",
            run_after=LONG_AGO,
            logical_date=LONG_AGO,
            data_interval_start=LONG_AGO,
            data_interval_end=LONG_AGO,
        )
        super().__init__(info, dag)
        self.__dict__["_asked"] = asked

    def __getattribute__(self, name: str) -> Any:
        if name in _UNKNOWN:
            asked = object.__getattribute__(self, "__dict__").get("_asked")
            if asked is not None:
                asked.add(name)
        return super().__getattribute__(name)


def placings(task: Any) -> dict[str, tuple[Placing, ...]]:
    """Per kind of run the answers for each try, equal ones at the end once; "" = for all kinds. Empty when nothing changes.

    Raises ValueError for an answer that cannot be; what the hook raises comes as AirflowClusterPolicyError.
    """
    policies = plugins.cluster_policies
    if policies is None or not policies.has("task_instance_mutation_hook"):
        return {}
    asked: set[str] = set()
    found = {kind.value: _by_try(policies, task, _RunToCome(kind.value, task.dag, asked)) for kind in RunType}
    if asked:
        warnings.warn(
            f"task_instance_mutation_hook reads {', '.join(sorted(asked))} of the run for task {task.task_id!r}, which is "
            "not known when a DAG is parsed: pool, queue and weight are decided with an empty conf and a date of long ago",
            stacklevel=2,
        )
    if len(set(found.values())) == 1:
        (same,) = set(found.values())
        return {} if same == (Placing(),) else {"": same}
    return found


def _by_try(policies: Any, task: Any, run: _RunToCome) -> tuple[Placing, ...]:
    tries = task.retries if isinstance(task.retries, int) else 0
    answers: list[Placing] = []
    number = 0
    while number <= min(tries, MOST_TRIES - 1):
        answer = _ask(policies, task, run, number)
        if answer.retries is not None and number == 0:
            tries = answer.retries
        answers.append(answer)
        number += 1
    while len(answers) > 1 and answers[-1] == answers[-2]:
        answers.pop()
    return tuple(answers)


def _ask(policies: Any, task: Any, run: _RunToCome, tries_before: int) -> Placing:
    from ostro.sdk.taskinstance import TaskInstance

    before = {
        "pool": task.pool,
        "pool_slots": task.pool_slots,
        "queue": task.queue,
        "priority_weight": task.priority_weight,
        "max_tries": task.retries,
        "executor": task.executor,
    }
    ti = TaskInstance(
        task,
        run_id=run.run_id,
        dag_run=run,
        try_number=tries_before,
        executor_config=task.executor_config,
        run_as_user=task.run_as_user,
        operator=task.task_type,
        **before,
    )
    policies.mutate(ti, run)
    changes = {}
    for name, attribute in _PLACES.items():
        value = ti.__dict__.get(attribute)
        if value != before[attribute]:
            changes[name] = _checked(task, attribute, value)
    return Placing(**changes)


def _checked(task: Any, name: str, value: Any) -> Any:
    if name in ("pool", "queue", "executor"):
        if isinstance(value, str) and value:
            return str(value)
        wanted = "a name"
    else:
        least = {"pool_slots": 1, "max_tries": 0}.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and (least is None or value >= least):
            return value
        wanted = "a whole number" if least is None else f"a whole number from {least}"
    raise ValueError(
        f"task_instance_mutation_hook sets {name} of task {task.task_id!r} to {value!r}; it must be {wanted}"
    )

"""Contexts of tasks that are called directly, and an engine that answers from plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from ostro.protocol.task import Done, Question, Refused, RunInfo, Value
from ostro.sdk import asking
from ostro.sdk.context import Context
from ostro.sdk.dag import DAG
from ostro.sdk.dagrun import DagRun
from ostro.sdk.taskinstance import TaskInstance

DATE = datetime(2024, 3, 5, tzinfo=UTC)


def dag_of(**kwargs: Any) -> DAG:
    """The DAG `d`."""
    return DAG("d", **({"schedule": None, "start_date": datetime(2024, 1, 1)} | kwargs))


def context_of(task: Any, date: datetime | None = DATE, run_after: datetime = DATE, **more: Any) -> Context:
    """The context of a task of the manual run `r`."""
    info = RunInfo(
        dag_id="d",
        run_id="r",
        run_type="manual",
        state="running",
        run_after=run_after,
        logical_date=date,
        data_interval_start=date,
        data_interval_end=date,
    )
    run = DagRun(info, task.dag)
    instance = TaskInstance(task, run_id="r", dag_run=run, start_date=run_after)
    known = {"task": task, "ti": instance, "dag_run": run, "dag": task.dag, "ds": "2024-03-05", "run_id": "r"}
    if date is not None:
        known |= {"logical_date": run.logical_date, "data_interval_end": run.data_interval_end}
    return Context(known | more)


class Engine:
    """Answers questions by their class; what is not told is Done."""

    def __init__(self, **answers: Callable[[Any], Any] | Any) -> None:
        self.answers = answers
        self.asked: list[Any] = []

    def ask(self, question: Question) -> Value | Done | Refused:
        """The answer: a Refused as it is, data as a Value."""
        self.asked.append(question)
        name = type(question).__name__
        if name not in self.answers:
            return Done(seq=0)
        answer = self.answers[name]
        data = answer(question) if callable(answer) else answer
        return data if isinstance(data, Refused) else Value(seq=0, found=data is not None, data=data)

    def of(self, kind: type) -> list[Any]:
        """Questions of one class."""
        return [question for question in self.asked if isinstance(question, kind)]


@contextmanager
def engine(**answers: Any) -> Iterator[Engine]:
    """An engine for the code under test."""
    made = Engine(**answers)
    before = asking.use(made)
    try:
        yield made
    finally:
        asking.use(before)

"""Attributes of Airflow's classes that have no place here: each names what to use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn


class Absent:
    """Base of a class with a table of such attributes. They raise AttributeError, so that hasattr() tells the truth."""

    __absent__: ClassVar[Mapping[str, str]] = {}

    def __getattr__(self, name: str) -> NoReturn:
        instead = type(self).__absent__.get(name)
        if instead is not None:
            text = f"{type(self).__name__}.{name} is not possible in code of a DAG file: {instead}"
        else:
            text = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(text, name=name, obj=self)


def table(**instead: str) -> dict[str, str]:
    """What to use → the names, separated by blanks, turned round."""
    return {name: _WORDS[word] for word, names in instead.items() for name in names.split()}


_WORDS: dict[str, Any] = {
    "engine": "the engine decides and writes; use the REST API, `ostro tasks` or `ostro dags`",
    "trial": "use dag.test() or `ostro dags test`; in tests the runner of ostro.testing",
    "context": "use the context of the task",
    "trigger": "use TriggerDagRunOperator, trigger_dag() or the REST API",
    "mail": "use EmailOperator, send_email() or on_failure_callback",
    "xcom": "use ti.xcom_push(), XCom.set() and XCom.clear()",
    "find": "use DagRun.find() and dag_run.get_task_instances()",
    "check": "Ostro checks a DAG whenever its file is read; use `ostro dags list-import-errors`",
    "sets": "edges are between tasks and task groups; use their set_upstream(), set_downstream() or >>",
    "spec": "use the REST API, `ostro dags details` or `ostro dags show`",
    "files": "Ostro reads DAG files by itself when they change",
}

__all__ = ["Absent", "table"]

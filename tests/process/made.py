"""DAGs of one task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ostro.sdk.dag import DAG
from ostro.sdk.operators.python import PythonOperator


def dag_of(**kwargs: Any) -> DAG:
    return DAG("d", schedule=None, start_date=datetime(2024, 1, 1), **kwargs)


def python(function: Any, **kwargs: Any) -> DAG:
    """A DAG with the one task t that calls the function."""
    dag = dag_of()
    PythonOperator(task_id="t", python_callable=function, dag=dag, **kwargs)
    return dag


def raising(error: BaseException) -> Any:
    def function() -> None:
        raise error

    return function

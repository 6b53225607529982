"""A small DAG made and frozen in the parent of parse processes, so that its children find caches filled.

What is computed once a process (compiled patterns, fields of structures, the rules of a cron expression) would else be
computed again in each of a thousand processes that live for five milliseconds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ostro.runtime import parse
from ostro.sdk import parsing
from ostro.sdk.dag import DAG
from ostro.sdk.decorators import task
from ostro.sdk.freeze import freeze
from ostro.sdk.operators.bash import BashOperator
from ostro.sdk.operators.python import PythonOperator
from ostro.sdk.taskgroup import TaskGroup
from ostro.spec import encode


def rehearse() -> None:
    """Make and freeze the DAG. It is known to nobody afterwards."""
    with parsing.parsing(parsing.ParseContext()):
        arguments = {"owner": "nobody", "retries": 1, "retry_delay": timedelta(minutes=5)}
        with DAG(
            "rehearsal",
            schedule="0 6 * * 1-5",
            start_date=datetime(2024, 1, 1),
            catchup=False,
            default_args=arguments,
            tags=["none"],
            params={"x": 1},
        ) as dag:
            first = BashOperator(task_id="first", bash_command="echo {{ ds }}")
            with TaskGroup("group"):
                second = PythonOperator(task_id="second", python_callable=print, op_args=[1])

            @task
            def third(x: int) -> int:
                return x

            first >> second >> third(first.output)
        spec = freeze(dag)
        encode(spec)
        parse.shape(spec)

"""`airflow.sdk.execution_time.task_runner`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "RuntimeTaskInstance": "taskinstance:TaskInstance",
    },
)

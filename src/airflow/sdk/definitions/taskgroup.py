"""`airflow.sdk.definitions.taskgroup`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "MappedTaskGroup": "taskgroup",
        "TaskGroup": "taskgroup",
    },
)

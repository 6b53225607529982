"""`airflow.utils.task_group`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TaskGroup": "taskgroup",
    },
    old={
        "MappedTaskGroup": "taskgroup",
        "TaskGroupContext": "scope",
    },
)

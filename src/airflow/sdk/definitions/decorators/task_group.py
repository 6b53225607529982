"""`airflow.sdk.definitions.decorators.task_group`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TaskGroupDecorator": "decorators.group",
        "task_group": "decorators.group",
    },
)

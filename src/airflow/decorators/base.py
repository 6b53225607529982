"""`airflow.decorators.base`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DecoratedOperator": "decorators.base",
        "TaskDecorator": "decorators.base",
        "get_unique_task_id": "decorators.base",
        "task_decorator_factory": "decorators.base",
    },
)

"""`airflow.sdk.bases.decorator`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DecoratedMappedOperator": "mapped:MappedOperator",
        "DecoratedOperator": "decorators.base",
        "KeywordParameters": "callables",
        "TaskDecorator": "decorators.base",
        "determine_kwargs": "callables",
        "get_unique_task_id": "decorators.base",
        "is_async_callable": "around.old_values",
        "task_decorator_factory": "decorators.base",
    },
)

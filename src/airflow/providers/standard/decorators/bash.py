"""`airflow.providers.standard.decorators.bash`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "_BashDecoratedOperator": "decorators.operators:BashDecoratedOperator",
        "bash_task": "decorators.kinds",
    },
)

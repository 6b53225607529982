"""`airflow.providers.standard.decorators.python`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "_PythonDecoratedOperator": "decorators.operators:PythonDecoratedOperator",
        "python_task": "decorators.kinds",
    },
)

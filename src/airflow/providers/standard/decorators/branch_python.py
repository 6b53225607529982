"""`airflow.providers.standard.decorators.branch_python`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "branch_task": "decorators.kinds",
    },
)

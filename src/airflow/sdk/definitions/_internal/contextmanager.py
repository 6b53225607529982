"""`airflow.sdk.definitions._internal.contextmanager`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DagContext": "scope",
        "TaskGroupContext": "scope",
    },
)

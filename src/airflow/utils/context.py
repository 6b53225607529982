"""`airflow.utils.context`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "Context": "context",
        "context_copy_partial": "context",
        "context_merge": "context",
    },
)

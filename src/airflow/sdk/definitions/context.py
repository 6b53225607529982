"""`airflow.sdk.definitions.context`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "Context": "context",
        "context_merge": "context",
        "get_current_context": "context",
    },
)

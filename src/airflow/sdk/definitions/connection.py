"""`airflow.sdk.definitions.connection`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "Connection": "connection",
    },
)

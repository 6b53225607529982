"""`airflow.models.log`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "Log": "queries.records",
    },
)

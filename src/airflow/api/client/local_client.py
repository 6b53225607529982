"""`airflow.api.client.local_client`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "Client": "around.engine",
    },
)

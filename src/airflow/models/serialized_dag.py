"""`airflow.models.serialized_dag`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "SerializedDagModel": "later",
    },
)

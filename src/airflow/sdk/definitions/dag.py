"""`airflow.sdk.definitions.dag`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DAG": "dag",
        "dag": "dag_decorator",
    },
)

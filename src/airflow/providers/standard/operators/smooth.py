"""`airflow.providers.standard.operators.smooth`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "SmoothOperator": "operators.smooth",
    },
)

"""`airflow.operators.generic_transfer`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "GenericTransfer": "operators.generic_transfer",
    },
)

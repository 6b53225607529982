"""`airflow.providers.standard.operators.bash`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BashOperator": "operators.bash",
    },
)

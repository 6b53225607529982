"""`airflow.providers.standard.operators.datetime`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BranchDateTimeOperator": "operators.branch_by_time",
    },
)

"""`airflow.providers.standard.operators.weekday`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BranchDayOfWeekOperator": "operators.branch_by_time",
    },
)

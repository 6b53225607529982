"""`airflow.utils.dag_cycle_tester`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "check_cycle": "around.old_values",
        "test_cycle": "around.old_values",
    },
)

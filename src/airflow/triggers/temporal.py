"""`airflow.triggers.temporal`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DateTimeTrigger": "around.temporal",
        "TimeDeltaTrigger": "around.temporal",
    },
)

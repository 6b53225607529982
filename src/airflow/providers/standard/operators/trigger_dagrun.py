"""`airflow.providers.standard.operators.trigger_dagrun`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TriggerDagRunLink": "later",
        "TriggerDagRunOperator": "later",
    },
)

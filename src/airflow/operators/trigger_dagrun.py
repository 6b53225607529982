"""`airflow.operators.trigger_dagrun`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TriggerDagRunOperator": "airflow.providers.standard.operators.trigger_dagrun",
    },
    old={
        "TriggerDagRunLink": "airflow.providers.standard.operators.trigger_dagrun",
    },
)

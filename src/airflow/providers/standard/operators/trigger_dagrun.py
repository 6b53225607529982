"""`airflow.providers.standard.operators.trigger_dagrun`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DagIsPaused": "operators.trigger_dagrun",
        "TriggerDagRunLink": "operators.trigger_dagrun",
        "TriggerDagRunOperator": "operators.trigger_dagrun",
        "XCOM_LOGICAL_DATE_ISO": "operators.trigger_dagrun",
        "XCOM_RUN_ID": "operators.trigger_dagrun",
    },
)

"""`airflow.api.common.trigger_dag`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "trigger_dag": "around.engine",
    },
)

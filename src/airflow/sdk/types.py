"""`airflow.sdk.types`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DagRunType": "enums",
        "Logger": "ostro.sdk.around.old_values",
        "RuntimeTaskInstanceProtocol": "taskinstance:TaskInstance",
    },
)

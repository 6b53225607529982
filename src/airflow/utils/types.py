"""`airflow.utils.types`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ArgNotSet": "types",
        "DagRunTriggeredByType": "enums",
        "DagRunType": "enums",
        "NOTSET": "types",
    },
)

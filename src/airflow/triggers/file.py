"""`airflow.triggers.file`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "FileDeleteTrigger": "triggers.file",
        "FileTrigger": "triggers.file",
    },
)

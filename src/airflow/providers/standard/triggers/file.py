"""`airflow.providers.standard.triggers.file`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DirectoryFileDeleteTrigger": "triggers.file",
        "FileDeleteTrigger": "triggers.file",
        "FileTrigger": "triggers.file",
    },
)

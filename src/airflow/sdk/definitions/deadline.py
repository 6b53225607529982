"""`airflow.sdk.definitions.deadline`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AsyncCallback": "callback",
        "BaseDeadlineReference": "deadline",
        "DeadlineAlert": "deadline",
        "DeadlineReference": "deadline",
        "SyncCallback": "callback",
        "VariableInterval": "deadline",
    },
)

"""`airflow.utils.state`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DagRunState": "enums",
        "IntermediateTIState": "enums",
        "State": "enums",
        "TaskInstanceState": "enums",
        "TerminalTIState": "enums",
    },
)

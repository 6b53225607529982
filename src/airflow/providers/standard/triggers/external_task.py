"""`airflow.providers.standard.triggers.external_task`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DagStateTrigger": "triggers.external_task",
        "WorkflowTrigger": "triggers.external_task",
    },
)

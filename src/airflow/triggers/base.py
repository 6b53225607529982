"""`airflow.triggers.base`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BaseEventTrigger": "trigger",
        "BaseTaskEndEvent": "trigger",
        "BaseTrigger": "trigger",
        "StartTriggerArgs": "trigger",
        "TaskFailedEvent": "trigger",
        "TaskSkippedEvent": "trigger",
        "TaskSuccessEvent": "trigger",
        "TriggerEvent": "trigger",
    },
)

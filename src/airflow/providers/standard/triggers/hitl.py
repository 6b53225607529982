"""`airflow.providers.standard.triggers.hitl`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "HITLTrigger": "triggers.hitl",
        "HITLTriggerEventFailurePayload": "operators.hitl",
        "HITLTriggerEventSuccessPayload": "operators.hitl",
    },
)

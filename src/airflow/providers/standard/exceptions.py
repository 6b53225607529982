"""`airflow.providers.standard.exceptions`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DuplicateStateError": "around.standard_errors",
        "ExternalDagDeletedError": "around.standard_errors",
        "ExternalDagFailedError": "around.standard_errors",
        "ExternalDagNotFoundError": "around.standard_errors",
        "ExternalTaskFailedError": "around.standard_errors",
        "ExternalTaskGroupFailedError": "around.standard_errors",
        "ExternalTaskGroupNotFoundError": "around.standard_errors",
        "ExternalTaskNotFoundError": "around.standard_errors",
        "HITLRejectException": "around.standard_errors",
        "HITLTimeoutError": "around.standard_errors",
        "HITLTriggerEventError": "around.standard_errors",
    },
)

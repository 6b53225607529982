"""`airflow.providers.standard.operators.hitl`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ApprovalOperator": "later",
        "HITLBranchOperator": "later",
        "HITLEntryOperator": "later",
        "HITLOperator": "later",
    },
)

"""`airflow.providers.standard.operators.hitl`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ApprovalOperator": "operators.hitl",
        "HITLBranchOperator": "operators.hitl",
        "HITLEntryOperator": "operators.hitl",
        "HITLOperator": "operators.hitl",
    },
)

"""`airflow.providers.standard.operators.python`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BranchExternalPythonOperator": "later",
        "BranchPythonOperator": "operators.python",
        "BranchPythonVirtualenvOperator": "later",
        "ExternalPythonOperator": "later",
        "PythonOperator": "operators.python",
        "PythonVirtualenvOperator": "later",
        "ShortCircuitOperator": "operators.python",
        "get_current_context": "context",
    },
)

"""`airflow.providers.standard.operators.python`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BranchExternalPythonOperator": "operators.python_elsewhere",
        "BranchPythonOperator": "operators.python",
        "BranchPythonVirtualenvOperator": "operators.python_elsewhere",
        "ExternalPythonOperator": "operators.python_elsewhere",
        "PythonOperator": "operators.python",
        "PythonVirtualenvOperator": "operators.python_elsewhere",
        "ShortCircuitOperator": "operators.python",
        "_SERIALIZERS": "operators.python_elsewhere",
        "get_current_context": "context",
    },
)

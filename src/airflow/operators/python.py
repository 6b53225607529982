"""`airflow.operators.python`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BranchExternalPythonOperator": "airflow.providers.standard.operators.python",
        "BranchPythonOperator": "operators.python",
        "BranchPythonVirtualenvOperator": "airflow.providers.standard.operators.python",
        "ExternalPythonOperator": "airflow.providers.standard.operators.python",
        "PythonOperator": "operators.python",
        "PythonVirtualenvOperator": "airflow.providers.standard.operators.python",
        "ShortCircuitOperator": "operators.python",
        "_SERIALIZERS": "airflow.providers.standard.operators.python",
        "get_current_context": "context",
    },
    old={
        "task": "decorators",
    },
)

"""`airflow.sdk.definitions._internal.node`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DAGNode": "node",
        "DependencyMixin": "node",
        "validate_group_key": "node",
        "validate_key": "node",
    },
)

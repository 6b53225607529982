"""`airflow.sdk.bases.operator`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BaseAsyncOperator": "baseoperator",
        "BaseOperator": "baseoperator",
        "BaseOperatorMeta": "operatormeta:OperatorMeta",
        "chain": "edges",
        "chain_linear": "edges",
        "cross_downstream": "edges",
    },
)

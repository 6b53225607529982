"""`airflow.models.baseoperator`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BaseOperator": "baseoperator",
        "BaseOperatorLink": "link",
        "BaseOperatorMeta": "operatormeta:OperatorMeta",
        "chain": "edges",
        "chain_linear": "edges",
        "cross_downstream": "edges",
    },
)

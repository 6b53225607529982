"""`airflow.sdk.definitions.mappedoperator`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "MappedOperator": "mapped",
        "OperatorPartial": "mapped",
    },
)

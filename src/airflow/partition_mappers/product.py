"""`airflow.partition_mappers.product`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ProductMapper": "partitions",
    },
)

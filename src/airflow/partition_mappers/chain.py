"""`airflow.partition_mappers.chain`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ChainMapper": "partitions",
    },
)

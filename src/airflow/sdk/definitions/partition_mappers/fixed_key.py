"""`airflow.sdk.definitions.partition_mappers.fixed_key`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "FixedKeyMapper": "partitions",
    },
)

"""`airflow.partition_mappers.base`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "PartitionMapper": "partitions",
        "RollupMapper": "partitions",
        "is_rollup": "partitions",
    },
)

"""`airflow.partition_mappers.wait_policy`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "MinimumCount": "partitions",
        "PartitionSatisfaction": "partitions",
        "WaitForAll": "partitions",
        "WaitPolicy": "partitions",
    },
)

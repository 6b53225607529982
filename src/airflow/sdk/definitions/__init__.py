"""`airflow.sdk.definitions`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "_internal",
        "asset",
        "callback",
        "connection",
        "context",
        "dag",
        "deadline",
        "decorators",
        "edges",
        "mappedoperator",
        "param",
        "partition_mappers",
        "retry_policy",
        "taskgroup",
        "template",
        "timetables",
        "variable",
        "xcom_arg",
    ),
)

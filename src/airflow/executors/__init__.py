"""`airflow.executors`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "GetDefaultExecutor": "around.executors",
        "LocalExecutor": "around.executors",
        "SequentialExecutor": "around.executors",
        "get_default_executor": "around.executors",
    },
    submodules=(
        "base_executor",
        "local_executor",
    ),
)

"""`airflow.executors`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "base_executor",
        "local_executor",
    ),
)

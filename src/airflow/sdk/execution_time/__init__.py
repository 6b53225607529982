"""`airflow.sdk.execution_time`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "context",
        "secrets_masker",
        "task_runner",
        "timeout",
        "xcom",
    ),
)

"""`airflow.providers.standard.sensors`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "bash",
        "date_time",
        "external_task",
        "filesystem",
        "python",
        "time",
        "time_delta",
        "weekday",
    ),
)

"""`airflow.sensors`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "base",
        "bash",
        "date_time",
        "external_task",
        "filesystem",
        "python",
        "time_delta",
        "time_sensor",
        "weekday",
    ),
)

"""`airflow.operators`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "bash",
        "branch",
        "datetime",
        "email",
        "empty",
        "generic_transfer",
        "latest_only",
        "python",
        "smooth",
        "trigger_dagrun",
        "weekday",
    ),
)

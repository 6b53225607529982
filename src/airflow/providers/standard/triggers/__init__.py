"""`airflow.providers.standard.triggers`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "external_task",
        "file",
        "hitl",
        "temporal",
    ),
)

"""`airflow.sdk.bases`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "branch",
        "decorator",
        "hook",
        "notifier",
        "operator",
        "operatorlink",
        "sensor",
        "skipmixin",
        "xcom",
    ),
)

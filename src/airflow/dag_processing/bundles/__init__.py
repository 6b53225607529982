"""`airflow.dag_processing.bundles`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "base",
        "local",
    ),
)

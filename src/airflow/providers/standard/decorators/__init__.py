"""`airflow.providers.standard.decorators`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "bash",
        "branch_python",
        "python",
        "sensor",
        "short_circuit",
        "stub",
    ),
)

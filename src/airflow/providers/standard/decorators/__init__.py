"""`airflow.providers.standard.decorators`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "bash",
        "branch_external_python",
        "branch_python",
        "branch_virtualenv",
        "external_python",
        "python",
        "python_virtualenv",
        "sensor",
        "short_circuit",
        "stub",
    ),
)

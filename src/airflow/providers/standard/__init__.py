"""`airflow.providers.standard`: import names of Airflow."""

from ostro.sdk.names import forward

__version__ = "1.21.0"

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "decorators",
        "exceptions",
        "hooks",
        "operators",
        "sensors",
        "triggers",
        "utils",
    ),
)

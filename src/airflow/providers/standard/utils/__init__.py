"""`airflow.providers.standard.utils`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "python_virtualenv",
        "skipmixin",
        "weekday",
    ),
)

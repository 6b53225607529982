"""`airflow.utils.setup_teardown`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ContextWrapper": "setup_teardown",
        "SetupTeardownContext": "setup_teardown",
    },
)

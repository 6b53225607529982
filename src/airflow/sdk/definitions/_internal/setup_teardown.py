"""`airflow.sdk.definitions._internal.setup_teardown`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "SetupTeardownContext": "setup_teardown",
    },
)

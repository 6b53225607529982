"""`airflow.utils.strings`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "to_boolean": "around.values",
    },
)

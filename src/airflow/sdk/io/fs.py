"""`airflow.sdk.io.fs`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "get_fs": "io.store",
        "has_fs": "io.store",
    },
)

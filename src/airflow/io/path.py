"""`airflow.io.path`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ObjectStoragePath": "io.path",
    },
)

"""`airflow.sdk.io.store`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ObjectStore": "io.store",
        "attach": "io.store",
    },
)

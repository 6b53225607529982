"""`airflow.utils.hashlib_wrapper`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "md5": "around.values",
    },
)

"""`airflow.models.xcom_arg`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ConcatXComArg": "xcomarg",
        "MapXComArg": "xcomarg",
        "PlainXComArg": "xcomarg",
        "XComArg": "xcomarg",
        "ZipXComArg": "xcomarg",
    },
)

"""`airflow.utils.xcom`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "XCOM_RETURN_KEY": "xcomarg",
    },
)

"""`airflow.utils.json`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AirflowJsonEncoder": "around.jsons",
        "WebEncoder": "around.jsons",
        "XComDecoder": "around.jsons",
        "XComEncoder": "around.jsons",
    },
)

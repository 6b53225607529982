"""`airflow.providers.standard.decorators.external_python`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "external_python_task": "ostro.sdk.decorators.kinds",
    },
)

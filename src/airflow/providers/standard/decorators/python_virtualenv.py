"""`airflow.providers.standard.decorators.python_virtualenv`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "virtualenv_task": "ostro.sdk.decorators.kinds",
    },
)

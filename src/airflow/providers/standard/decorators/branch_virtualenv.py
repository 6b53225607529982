"""`airflow.providers.standard.decorators.branch_virtualenv`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "branch_virtualenv_task": "ostro.sdk.decorators.kinds",
    },
)

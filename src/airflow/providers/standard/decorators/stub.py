"""`airflow.providers.standard.decorators.stub`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "stub": "decorators.kinds:stub_task",
    },
)

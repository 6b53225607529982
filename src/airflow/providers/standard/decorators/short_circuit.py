"""`airflow.providers.standard.decorators.short_circuit`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "short_circuit_task": "decorators.kinds",
    },
)

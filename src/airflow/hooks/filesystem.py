"""`airflow.hooks.filesystem`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "FSHook": "airflow.providers.standard.hooks.filesystem",
    },
)

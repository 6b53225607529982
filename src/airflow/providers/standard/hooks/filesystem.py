"""`airflow.providers.standard.hooks.filesystem`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "FSHook": "hooks.filesystem",
    },
)

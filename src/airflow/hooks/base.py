"""`airflow.hooks.base`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BaseHook": "hook",
        "DiscoverableHook": "around.old_values",
    },
)

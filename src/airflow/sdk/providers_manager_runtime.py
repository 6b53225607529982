"""`airflow.sdk.providers_manager_runtime`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ProvidersManagerTaskRuntime": "providers",
    },
)

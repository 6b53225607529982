"""`airflow.providers.standard.hooks.package_index`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "PackageIndexHook": "hooks.package_index",
    },
)

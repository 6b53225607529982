"""`airflow.api_fastapi.auth.managers.models`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=("resource_details",),
)

"""`airflow.api_fastapi.auth.managers.models.resource_details`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AssetAliasDetails": "around.resource_details",
        "AssetDetails": "around.resource_details",
    },
)

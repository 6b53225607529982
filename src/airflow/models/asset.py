"""`airflow.models.asset`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AssetModel": "queries.records",
        "expand_alias_to_assets": "assets",
    },
)

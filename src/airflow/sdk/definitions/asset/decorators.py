"""`airflow.sdk.definitions.asset.decorators`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AssetDefinition": "asset_decorator",
        "MultiAssetDefinition": "asset_decorator",
        "asset": "asset_decorator",
    },
)

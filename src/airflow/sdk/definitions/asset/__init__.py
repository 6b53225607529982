"""`airflow.sdk.definitions.asset`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "Asset": "assets",
        "AssetAccessControl": "assets",
        "AssetAlias": "assets",
        "AssetAliasUniqueKey": "assets",
        "AssetAll": "assets",
        "AssetAny": "assets",
        "AssetNameRef": "assets",
        "AssetRef": "assets",
        "AssetUniqueKey": "assets",
        "AssetUriRef": "assets",
        "AssetWatcher": "assets",
        "BaseAsset": "assets",
        "Dataset": "assets",
        "Model": "assets",
    },
    submodules=(
        "decorators",
        "metadata",
    ),
)

"""`airflow.sdk.lineage`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AssetLineageInfo": "around.hook_lineage",
        "Column": "around.lineage",
        "File": "around.lineage",
        "HookLineage": "around.hook_lineage",
        "HookLineageCollector": "around.hook_lineage",
        "HookLineageReader": "around.hook_lineage",
        "NoOpCollector": "around.hook_lineage",
        "Table": "around.lineage",
        "Tag": "around.lineage",
        "User": "around.lineage",
        "apply_lineage": "around.lineage",
        "get_hook_lineage_collector": "around.hook_lineage",
        "prepare_lineage": "around.lineage",
    },
)

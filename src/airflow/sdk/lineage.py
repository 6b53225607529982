"""`airflow.sdk.lineage`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "Column": "around.lineage",
        "File": "around.lineage",
        "Table": "around.lineage",
        "Tag": "around.lineage",
        "User": "around.lineage",
        "apply_lineage": "around.lineage",
        "prepare_lineage": "around.lineage",
    },
)

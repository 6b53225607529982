"""`airflow.utils.module_loading`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "is_valid_dotpath": "around.modules",
        "iter_namespace": "around.modules",
        "qualname": "around.modules",
    },
    old={
        "import_string": "around.modules",
    },
)

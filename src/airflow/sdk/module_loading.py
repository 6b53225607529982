"""`airflow.sdk.module_loading`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "import_string": "around.modules",
        "is_valid_dotpath": "around.modules",
        "iter_namespace": "around.modules",
        "qualname": "around.modules",
    },
)

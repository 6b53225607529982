"""`airflow.utils.file`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "correct_maybe_zipped": "around.files",
        "get_unique_dag_module_name": "around.files",
        "list_py_file_paths": "around.files",
        "open_maybe_zipped": "around.files",
    },
    old={
        "TemporaryDirectory": "around.files",
        "mkdirs": "around.files",
    },
)

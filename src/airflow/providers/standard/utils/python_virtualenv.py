"""`airflow.providers.standard.utils.python_virtualenv`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "prepare_virtualenv": "around.python_virtualenv",
        "write_python_script": "around.python_virtualenv",
    },
)

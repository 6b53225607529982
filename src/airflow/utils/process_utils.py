"""`airflow.utils.process_utils`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "execute_in_subprocess": "around.processes",
        "patch_environ": "around.processes",
    },
)

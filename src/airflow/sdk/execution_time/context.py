"""`airflow.sdk.execution_time.context`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AIRFLOW_VAR_NAME_FORMAT_MAPPING": "around.context_names",
        "DEFAULT_FORMAT_PREFIX": "around.context_names",
        "ENV_VAR_FORMAT_PREFIX": "around.context_names",
        "context_to_airflow_vars": "context_vars",
    },
)

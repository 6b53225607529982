"""`airflow.sdk.yaml`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "FullLoader": "around.yamls",
        "YAMLError": "around.yamls",
        "dump": "around.yamls",
        "load": "around.yamls",
        "safe_load": "around.yamls",
    },
)

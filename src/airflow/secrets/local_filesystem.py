"""`airflow.secrets.local_filesystem`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "LocalFilesystemBackend": "around.local_secrets",
        "load_connections_dict": "around.local_secrets",
        "load_variables": "around.local_secrets",
    },
)

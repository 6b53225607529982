"""`airflow.secrets`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BaseSecretsBackend": "secrets",
    },
    submodules=(
        "base_secrets",
        "environment_variables",
        "local_filesystem",
    ),
)

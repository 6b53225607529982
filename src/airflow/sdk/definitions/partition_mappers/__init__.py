"""`airflow.sdk.definitions.partition_mappers`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "allowed_key",
        "base",
        "chain",
        "fixed_key",
        "identity",
        "product",
        "temporal",
        "wait_policy",
        "window",
    ),
)

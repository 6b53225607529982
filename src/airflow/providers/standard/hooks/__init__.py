"""`airflow.providers.standard.hooks`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "filesystem",
        "package_index",
        "subprocess",
    ),
)

"""`airflow.sdk._shared`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "listeners",
        "module_loading",
        "secrets_masker",
        "timezones",
    ),
)

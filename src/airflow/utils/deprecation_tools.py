"""`airflow.utils.deprecation_tools`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "add_deprecated_classes": "around.deprecated",
    },
)

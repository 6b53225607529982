"""`airflow.providers.standard.utils.skipmixin`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "SkipMixin": "skipmixin",
        "XCOM_SKIPMIXIN_FOLLOWED": "skipmixin",
        "XCOM_SKIPMIXIN_KEY": "skipmixin",
        "XCOM_SKIPMIXIN_SKIPPED": "skipmixin",
    },
)

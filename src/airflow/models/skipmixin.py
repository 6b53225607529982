"""`airflow.models.skipmixin`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BranchMixIn": "skipmixin",
        "SkipMixin": "skipmixin",
        "XCOM_SKIPMIXIN_KEY": "skipmixin",
    },
)

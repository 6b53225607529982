"""`airflow.utils.db`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "provide_session": "around.session",
    },
    old={
        "create_session": "around.session",
    },
)

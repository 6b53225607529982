"""`airflow.utils.session`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "NEW_SESSION": "around.session",
        "create_session": "around.session",
        "provide_session": "around.session",
    },
)

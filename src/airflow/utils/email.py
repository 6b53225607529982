"""`airflow.utils.email`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "build_mime_message": "around.mail",
        "get_email_address_list": "around.mail",
        "send_email": "around.mail",
        "send_email_smtp": "around.mail",
        "send_mime_email": "around.mail",
    },
)

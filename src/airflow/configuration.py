"""`airflow.configuration`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AIRFLOW_CONFIG": "around.configuration",
        "AIRFLOW_HOME": "around.configuration",
        "conf": "conf",
        "ensure_secrets_loaded": "around.configuration",
        "get": "around.configuration",
        "get_airflow_home": "around.configuration",
        "getboolean": "around.configuration",
        "getfloat": "around.configuration",
        "getint": "around.configuration",
        "getjson": "around.configuration",
        "getlist": "around.configuration",
        "getsection": "around.configuration",
        "has_option": "around.configuration",
        "set": "around.configuration",
    },
)

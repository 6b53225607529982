"""`airflow.sdk.timezone`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TIMEZONE": "timezone",
        "coerce_datetime": "timezone",
        "convert_to_utc": "timezone",
        "datetime": "timezone",
        "from_timestamp": "timezone",
        "initialize": "timezone",
        "is_localized": "timezone",
        "is_naive": "timezone",
        "local_timezone": "timezone",
        "make_aware": "timezone",
        "make_naive": "timezone",
        "parse": "timezone",
        "parse_timezone": "timezone",
        "td_format": "timezone",
        "utc": "timezone",
        "utc_epoch": "timezone",
        "utcnow": "timezone",
    },
)

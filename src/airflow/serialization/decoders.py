"""`airflow.serialization.decoders`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "decode_timetable": "timetables:decode",
        "decode_timezone": "timetables",
    },
)

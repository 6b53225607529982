"""`airflow.serialization.encoders`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "coerce_to_core_timetable": "timetables",
        "encode_timetable": "timetables:encode",
        "encode_timezone": "timetables",
    },
)

"""`airflow.serialization.decoders`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "decode_partition_mapper": "partitions:decode",
        "decode_timetable": "timetables:decode",
        "decode_timezone": "timetables",
        "decode_wait_policy": "partitions:decode",
        "decode_window": "partitions:decode",
    },
)

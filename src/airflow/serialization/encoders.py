"""`airflow.serialization.encoders`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "coerce_to_core_timetable": "timetables",
        "encode_partition_mapper": "partitions:encode",
        "encode_timetable": "timetables:encode",
        "encode_timezone": "timetables",
        "encode_wait_policy": "partitions:encode",
        "encode_window": "partitions:encode",
    },
)

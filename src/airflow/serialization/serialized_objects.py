"""`airflow.serialization.serialized_objects`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "SerializedBaseOperator": "later",
        "SerializedDAG": "later",
        "decode_timezone": "timetables",
        "encode_timezone": "timetables",
    },
)

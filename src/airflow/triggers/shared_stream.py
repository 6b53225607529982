"""`airflow.triggers.shared_stream`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AckTimeout": "shared_stream",
        "AdvanceItem": "shared_stream",
        "AdvanceOutcome": "shared_stream",
        "SharedStreamProducer": "shared_stream",
        "reject_shared_stream_event": "shared_stream",
    },
)

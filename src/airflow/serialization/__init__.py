"""`airflow.serialization`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=("decoders", "encoders", "serialized_objects"),
)

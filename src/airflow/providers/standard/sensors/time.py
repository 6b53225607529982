"""`airflow.providers.standard.sensors.time`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TimeSensor": "sensors.moments",
        "TimeSensorAsync": "sensors.moments",
    },
)

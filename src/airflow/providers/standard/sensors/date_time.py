"""`airflow.providers.standard.sensors.date_time`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DateTimeSensor": "sensors.moments",
        "DateTimeSensorAsync": "sensors.moments",
    },
)

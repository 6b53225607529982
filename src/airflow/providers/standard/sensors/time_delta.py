"""`airflow.providers.standard.sensors.time_delta`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TimeDeltaSensor": "sensors.moments",
        "TimeDeltaSensorAsync": "sensors.moments",
        "WaitSensor": "sensors.moments",
    },
)

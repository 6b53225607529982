"""`airflow.sensors.time_sensor`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TimeSensor": "airflow.providers.standard.sensors.time",
        "TimeSensorAsync": "airflow.providers.standard.sensors.time",
    },
)

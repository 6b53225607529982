"""`airflow.sensors.time_delta`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TimeDeltaSensor": "airflow.providers.standard.sensors.time_delta",
        "TimeDeltaSensorAsync": "airflow.providers.standard.sensors.time_delta",
    },
)

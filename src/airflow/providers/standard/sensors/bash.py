"""`airflow.providers.standard.sensors.bash`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BashSensor": "sensors.bash",
    },
)

"""`airflow.providers.standard.decorators.sensor`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DecoratedSensorOperator": "decorators.operators",
        "sensor_task": "decorators.kinds",
    },
)

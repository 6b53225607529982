"""`airflow.providers.standard.sensors.external_task`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ExternalDagLink": "sensors.external_task",
        "ExternalTaskMarker": "sensors.external_task",
        "ExternalTaskSensor": "sensors.external_task",
    },
)

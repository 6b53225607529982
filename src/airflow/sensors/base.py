"""`airflow.sensors.base`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "BaseSensorOperator": "sensors.base",
        "PokeReturnValue": "sensors.base",
        "poke_mode_only": "sensors.base",
    },
)

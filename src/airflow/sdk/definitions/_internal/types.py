"""`airflow.sdk.definitions._internal.types`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "ArgNotSet": "types",
        "NOTSET": "types",
        "SET_DURING_EXECUTION": "types",
        "is_arg_set": "types",
    },
)

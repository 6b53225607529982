"""`airflow.sdk.definitions._internal.expandinput`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DictOfListsExpandInput": "mapping",
        "ListOfDictsExpandInput": "mapping",
        "MappedArgument": "mapping",
    },
)

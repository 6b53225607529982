"""`airflow.sdk.definitions._internal`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "abstractoperator",
        "contextmanager",
        "expandinput",
        "node",
        "setup_teardown",
        "templater",
        "types",
    ),
)

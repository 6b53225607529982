"""`airflow.sdk.definitions.decorators`: import names of Airflow."""

from importlib import import_module

from ostro.sdk.decorators.group import task_group
from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TaskDecoratorCollection": "decorators",
        "setup": "decorators",
        "task": "decorators",
        "teardown": "decorators",
    },
    submodules=("task_group",),
)

# There is a submodule of this name: loaded now, its import cannot take the place of the function later.
_function = task_group
import_module("airflow.sdk.definitions.decorators.task_group")
task_group = _function

"""`airflow.decorators`: import names of Airflow."""

from importlib import import_module

from ostro.sdk.decorators.group import task_group
from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TaskDecorator": "decorators",
        "TaskDecoratorCollection": "decorators",
        "dag": "dag_decorator",
        "setup": "decorators",
        "task": "decorators",
        "teardown": "decorators",
    },
    submodules=("base",),
)

# There is a submodule of this name: loaded now, its import cannot take the place of the function later.
_function = task_group
import_module("airflow.decorators.task_group")
task_group = _function

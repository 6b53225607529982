"""`airflow.models.taskinstance`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "TaskInstance": "taskinstance",
        "clear_task_instances": "around.engine",
    },
    old={
        "TaskInstanceKey": "taskinstance",
        "_CURRENT_CONTEXT": "context:_stack",
        "get_current_context": "context",
        "set_current_context": "around.old_values",
    },
)

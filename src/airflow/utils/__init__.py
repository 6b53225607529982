"""`airflow.utils`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {},
    submodules=(
        "cli",
        "context",
        "dag_cycle_tester",
        "dates",
        "db",
        "deprecation_tools",
        "edgemodifier",
        "email",
        "file",
        "hashlib_wrapper",
        "helpers",
        "json",
        "log",
        "module_loading",
        "operator_helpers",
        "platform",
        "process_utils",
        "session",
        "setup_teardown",
        "state",
        "strings",
        "task_group",
        "timeout",
        "timezone",
        "trigger_rule",
        "types",
        "weight_rule",
        "xcom",
        "yaml",
    ),
)

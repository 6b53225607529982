"""`airflow.models.dag`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DAG": "dag",
        "DagModel": "around.engine",
        "dag": "dag_decorator",
    },
    old={
        "DEFAULT_VIEW_PRESETS": "around.old_values",
        "DagContext": "scope",
        "ORIENTATION_PRESETS": "around.old_values",
        "create_timetable": "timetables:timetable_of",
    },
)

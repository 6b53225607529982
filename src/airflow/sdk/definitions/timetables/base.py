"""`airflow.sdk.definitions.timetables.base`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DagRunInfo": "timetables",
        "DataInterval": "timetables",
        "TimeRestriction": "timetables",
        "Timetable": "timetables",
    },
)

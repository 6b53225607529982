"""`airflow.sdk.definitions.timetables.interval`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "CronDataIntervalTimetable": "timetables",
        "DeltaDataIntervalTimetable": "timetables",
    },
)

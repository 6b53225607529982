"""`airflow.timetables.trigger`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "CronPartitionTimetable": "timetables",
        "CronTriggerTimetable": "timetables",
        "DeltaTriggerTimetable": "timetables",
        "MultipleCronTriggerTimetable": "timetables",
    },
)

"""`airflow.sdk.definitions.timetables.assets`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AssetOrTimeSchedule": "timetables",
        "AssetTriggeredTimetable": "timetables",
        "PartitionedAssetTimetable": "partitions",
        "PartitionedAtRuntime": "partitions",
    },
)

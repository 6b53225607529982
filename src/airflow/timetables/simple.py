"""`airflow.timetables.simple`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AssetTriggeredTimetable": "timetables",
        "ContinuousTimetable": "timetables",
        "NullTimetable": "timetables",
        "OnceTimetable": "timetables",
        "PartitionedAssetTimetable": "partitions",
        "PartitionedAtRuntime": "partitions",
    },
    old={
        "DatasetTriggeredTimetable": "timetables:AssetTriggeredTimetable",
    },
)

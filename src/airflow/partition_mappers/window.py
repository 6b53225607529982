"""`airflow.partition_mappers.window`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "DayWindow": "partitions",
        "HourWindow": "partitions",
        "MonthWindow": "partitions",
        "QuarterWindow": "partitions",
        "SegmentWindow": "partitions",
        "WeekWindow": "partitions",
        "Window": "partitions",
        "YearWindow": "partitions",
    },
)

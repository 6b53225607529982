"""`airflow.partition_mappers.temporal`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "FanOutMapper": "partitions",
        "StartOfDayMapper": "partitions",
        "StartOfHourMapper": "partitions",
        "StartOfMonthMapper": "partitions",
        "StartOfQuarterMapper": "partitions",
        "StartOfWeekMapper": "partitions",
        "StartOfYearMapper": "partitions",
    },
)

"""`airflow.partition_mappers`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AllowedKeyMapper": "partitions",
        "ChainMapper": "partitions",
        "DayWindow": "partitions",
        "FanOutMapper": "partitions",
        "FixedKeyMapper": "partitions",
        "HourWindow": "partitions",
        "IdentityMapper": "partitions",
        "MinimumCount": "partitions",
        "MonthWindow": "partitions",
        "PartitionMapper": "partitions",
        "ProductMapper": "partitions",
        "QuarterWindow": "partitions",
        "RollupMapper": "partitions",
        "SegmentWindow": "partitions",
        "StartOfDayMapper": "partitions",
        "StartOfHourMapper": "partitions",
        "StartOfMonthMapper": "partitions",
        "StartOfQuarterMapper": "partitions",
        "StartOfWeekMapper": "partitions",
        "StartOfYearMapper": "partitions",
        "WaitForAll": "partitions",
        "WeekWindow": "partitions",
        "Window": "partitions",
        "YearWindow": "partitions",
    },
    submodules=(
        "allowed_key",
        "base",
        "chain",
        "fixed_key",
        "identity",
        "product",
        "temporal",
        "wait_policy",
        "window",
    ),
)

"""`airflow.utils.dates`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "cron_presets": "around.dates",
    },
    old={
        "date_range": "around.dates",
        "days_ago": "around.dates",
        "infer_time_unit": "around.dates",
        "parse_execution_date": "around.dates",
        "round_time": "around.dates",
        "scale_time_units": "around.dates",
    },
)

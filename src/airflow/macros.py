"""Functions for templates."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "datetime": "macros",
        "datetime_diff_for_humans": "macros",
        "dateutil": "macros",
        "ds_add": "macros",
        "ds_format": "macros",
        "ds_format_locale": "macros",
        "json": "macros",
        "random": "macros",
        "time": "macros",
        "timedelta": "macros",
        "uuid": "macros",
        "yaml": "macros",
    },
)

"""`macros` of templates, and what `airflow.macros` exports."""

from __future__ import annotations

import datetime as _datetime
import json
import time
import uuid
from datetime import datetime, timedelta
from importlib import import_module
from random import random
from typing import Any

import pendulum

__all__ = [  # noqa: F822 (dateutil and yaml come from __getattr__)
    "datetime",
    "datetime_diff_for_humans",
    "dateutil",
    "ds_add",
    "ds_format",
    "ds_format_locale",
    "json",
    "random",
    "time",
    "timedelta",
    "uuid",
    "yaml",
]


def __getattr__(name: str) -> Any:
    # These two are slow to import and rarely asked for.
    if name == "yaml":
        return import_module("yaml")
    if name == "dateutil":
        for part in ("parser", "relativedelta", "rrule", "tz"):
            import_module(f"dateutil.{part}")
        return import_module("dateutil")
    raise AttributeError(f"module 'macros' has no attribute {name!r}")


def ds_add(ds: str, days: int) -> str:
    """The date `days` after a YYYY-MM-DD date, as text."""
    if not days:
        return str(ds)
    return (datetime.strptime(str(ds), "%Y-%m-%d") + timedelta(days=days)).strftime("%Y-%m-%d")


def ds_format(ds: str, input_format: str, output_format: str) -> str:
    """Read a date in one strftime format, write it in another."""
    return datetime.strptime(str(ds), input_format).strftime(output_format)


def ds_format_locale(ds: str, input_format: str, output_format: str, locale: str | None = None) -> str:
    """Like `ds_format`, the output in Babel's date pattern and locale ("EEEE", "en_US").

    Raises ImportError when Babel is not installed.
    """
    dates = import_module("babel.dates")
    moment = datetime.strptime(str(ds), input_format)
    return str(dates.format_datetime(moment, format=output_format, locale=locale or dates.LC_TIME))


def datetime_diff_for_humans(
    dt: _datetime.datetime | str, since: _datetime.datetime | str | None = None
) -> str:
    """Words for the distance of two moments: "3 days before"; against now when `since` is not given."""
    moment = _pendulum(dt)
    return moment.diff_for_humans() if since is None else moment.diff_for_humans(_pendulum(since))


def _pendulum(value: _datetime.datetime | str) -> pendulum.DateTime:
    if isinstance(value, str):
        parsed = pendulum.parse(value)
        if not isinstance(parsed, pendulum.DateTime):
            raise ValueError(f"{value!r} is no date and time")
        return parsed
    return pendulum.instance(value)

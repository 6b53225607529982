"""Reading the arguments of `DAG(...)`, in all forms that 1.10, 2.x and 3.x take."""

from __future__ import annotations

import datetime as dt
import inspect
import os
from typing import Any

from ostro.sdk import dialect, parsing
from ostro.sdk.enums import DagRunType
from ostro.sdk.fields import some
from ostro.sdk.types import ArgNotSet

#: Arguments of 1.10 and 2.x that 3.x removed, and what they are now (None = no effect any more).
OLD_ARGUMENTS: dict[str, str | None] = {
    "schedule_interval": "schedule",
    "timetable": "schedule",
    "concurrency": "max_active_tasks",
    "fail_stop": "fail_fast",
    "default_view": None,
    "orientation": None,
    "full_filepath": None,
}
#: What 2.x takes positionally, in order; 3.x takes only the dag_id so.
POSITIONAL = ("description", "schedule", "start_date", "end_date", "full_filepath", "template_searchpath")
MAX_TAG_LENGTH = 100


def old_arguments(dag_id: Any, positional: tuple[Any, ...], old: dict[str, Any]) -> dict[str, Any]:
    """Arguments of 1.10 and 2.x by the names of 3.x. Raises TypeError for unknown ones."""
    taken: dict[str, Any] = {}
    if len(positional) > len(POSITIONAL):
        raise TypeError(f"DAG {dag_id!r} has {len(positional) + 1} positional arguments; give them by name")
    if positional:
        dialect.note("argument", "DAG(…) with positional arguments", "keyword arguments")
        taken.update(zip(POSITIONAL, positional, strict=False))
        taken.pop("full_filepath", None)
    for name, value in old.items():
        if name not in OLD_ARGUMENTS:
            from ostro.sdk.dag import DAG
            from ostro.sdk.hints import did_you_mean

            hint = did_you_mean(name, [*inspect.signature(DAG).parameters, *OLD_ARGUMENTS])
            raise TypeError(
                f"DAG.__init__() got an unexpected keyword argument {name!r} (DAG {dag_id!r}){hint}"
            )
        new = OLD_ARGUMENTS[name]
        dialect.note("argument", f"DAG({name}=…)", f"{new}=" if new else "")
        if new is not None and not isinstance(value, ArgNotSet):
            taken[new] = value
    return taken


def as_datetime(value: Any) -> dt.datetime | None:
    """A date or ISO text as datetime; None for what is neither."""
    if isinstance(value, str):
        from ostro.sdk.timezone import parse

        try:
            return parse(value)
        except ValueError:
            return None
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return value if isinstance(value, dt.datetime) else None


def searchpath(value: Any) -> list[str] | None:
    if value is None:
        return None
    return [os.fspath(p) for p in ([value] if isinstance(value, (str, os.PathLike)) else value)]


def run_types(value: Any) -> frozenset[DagRunType] | None:
    if value is None:
        return None
    return frozenset(DagRunType(getattr(v, "value", v)) for v in some(value))


def file_of_author() -> str:
    """Path of the file that is imported, else of the code that makes the DAG."""
    context = parsing.current()
    if context is not None and context.fileloc:
        return context.fileloc
    frame = inspect.currentframe()
    own = os.path.dirname(os.path.abspath(__file__))
    while frame is not None:
        path = frame.f_code.co_filename
        if not os.path.abspath(path).startswith(own):
            return os.path.abspath(path)
        frame = frame.f_back
    return ""

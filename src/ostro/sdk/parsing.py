"""What is known while a DAG file is imported: which file, whose defaults, what it used, which DAGs it made.

The runtime opens one `ParseContext` for each import of a file (to describe it, or in the host that runs its tasks).
Without one (a DAG file started by hand, a unit test) everything here does nothing or gives Airflow's defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ostro.sdk.dag import DAG

#: Settings that shape a DAG or task whose author did not say, with the values used outside of a parse.
BUILT_IN: Mapping[str, Any] = {
    #: None = by the dialect of the file.
    "catchup_by_default": None,
    "create_cron_data_intervals": False,
    "create_delta_data_intervals": False,
    "default_owner": "airflow",
    "default_pool": "default_pool",
    "default_queue": "default",
    "default_task_execution_timeout": None,
    "default_task_retries": 0,
    "default_task_retry_delay": 300.0,
    "default_task_weight_rule": "downstream",
    "default_timezone": "UTC",
    "ignore_first_depends_on_past_by_default": True,
    "max_active_runs_per_dag": 16,
    "max_active_tasks_per_dag": 16,
    "max_consecutive_failed_dag_runs_per_dag": 0,
    "max_map_length": 1024,
    "allow_double_dot_in_ids": False,
}


class Note(NamedTuple):
    """A feature that 3.x removed and the file used."""

    #: path, name, argument or value.
    kind: str
    name: str
    #: What 3.x has instead, "" for nothing.
    instead: str = ""


@dataclass
class ParseContext:
    """One import of one DAG file."""

    #: Absolute path of the file.
    fileloc: str | None = None
    #: Folder of the bundle that the file is in.
    folder: str | None = None
    #: The one DAG and task that is wanted, for files that make many (`get_parsing_context`).
    dag_id: str | None = None
    task_id: str | None = None
    #: Dialect set for the folder; None = the file shows it.
    pinned: int | None = None
    #: Values of the settings in `BUILT_IN`.
    defaults: Mapping[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    #: DAGs made in this file in a `with` block or by `@dag`, in order.
    made: list[DAG] = field(default_factory=list)


class AirflowParsingContext(NamedTuple):
    """What `get_parsing_context()` gives: both None unless a certain DAG or task is wanted."""

    dag_id: str | None
    task_id: str | None


_current: ParseContext | None = None


def current() -> ParseContext | None:
    """The import that is under way."""
    return _current


@contextmanager
def parsing(context: ParseContext) -> Iterator[ParseContext]:
    """Make `context` the current one."""
    global _current
    before, _current = _current, context
    try:
        yield context
    finally:
        _current = before


def default(name: str) -> Any:
    """The value of a setting of `BUILT_IN` for the file that is imported."""
    if _current is not None and name in _current.defaults:
        return _current.defaults[name]
    return BUILT_IN[name]


def note(feature: Note) -> None:
    """Remember that the file uses a feature that 3.x removed."""
    if _current is not None and feature not in _current.notes:
        _current.notes.append(feature)


def get_parsing_context() -> AirflowParsingContext:
    """Which DAG and task the file is imported for; a file that makes many DAGs may make only this one."""
    if _current is None:
        return AirflowParsingContext(None, None)
    return AirflowParsingContext(_current.dag_id, _current.task_id)

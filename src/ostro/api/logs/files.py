"""Finds the log file of one try, and knows whether it is still written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ostro.api.deps import ApiConfig
from ostro.errors import NotFound
from ostro.logfiles import log_path
from ostro.states import ALIVE, TaskState
from ostro.store.views import rest_instances
from ostro.store.views.rest_instances import InstanceRow

#: States in which the present try has not begun to write, or still writes.
_UNDER_WAY = ALIVE | {TaskState.QUEUED, TaskState.SCHEDULED, TaskState.NONE, TaskState.DEFERRED}


class LogFile(msgspec.Struct, frozen=True):
    """The log of one try."""

    path: Path
    #: Nothing more will be written to it.
    complete: bool
    #: State of the try, for the end of a stream.
    state: str


def log_file(tx: Any, config: ApiConfig, row: InstanceRow, try_number: int) -> LogFile:
    """The log of a try of the instance. Raises NotFound when there was no such try."""
    known = {tried.try_number: tried for tried in rest_instances.tries_of(tx, row.id)}
    tried = known.get(try_number)
    if tried is None and not 0 < try_number <= max(row.try_number, 1):
        raise NotFound(f"TaskInstance not found: there was no try {try_number}")
    path = log_path(config.log_folder, row.dag_id, row.run_id, row.task_id, row.map_index, try_number)
    if tried is not None and tried.closed_at is not None:
        # A sensor that waits for its next look goes on in the same file.
        paused = row.try_number == try_number and row.state == TaskState.UP_FOR_RESCHEDULE
        return LogFile(path, not paused and not _goes_on(row, try_number), tried.state)
    under_way = row.try_number <= try_number and row.state in _UNDER_WAY
    return LogFile(path, not under_way, row.state)


def _goes_on(row: InstanceRow, try_number: int) -> bool:
    return row.try_number == try_number and row.state in _UNDER_WAY

"""Finds the log file of one try, and knows whether it is still written."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import msgspec

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
    #: State of the try, for the end of a stream; "" = it is the log of no try.
    state: str = ""
    #: Which try it is; 0 = none.
    try_number: int = 0


def log_file(tx: Any, folder: Path, row: InstanceRow, try_number: int) -> LogFile:
    """The log of a try of the instance, 0 = the newest. `folder`: of all logs. Raises NotFound when there was no such try."""
    try_number = try_number or max(row.try_number, 1)
    known = {tried.try_number: tried for tried in rest_instances.tries_of(tx, row.id)}
    tried = known.get(try_number)
    if tried is None and not 0 < try_number <= max(row.try_number, 1):
        raise NotFound(f"TaskInstance not found: there was no try {try_number}")
    path = confined(log_path(folder, row.dag_id, row.run_id, row.task_id, row.map_index, try_number), folder)
    if tried is not None and tried.closed_at is not None:
        # A sensor that waits for its next look goes on in the same file.
        paused = row.try_number == try_number and row.state == TaskState.UP_FOR_RESCHEDULE
        return LogFile(path, not paused and not _goes_on(row, try_number), tried.state, try_number)
    under_way = row.try_number <= try_number and row.state in _UNDER_WAY
    return LogFile(path, not under_way, row.state, try_number)


def confined(path: Path, folder: Path) -> Path:
    """The path, when it is a file in the folder, or nothing yet.

    Tasks write there with the rights of this server: a link to a key, or a pipe that never ends, is no log. Raises NotFound.
    """
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(folder)):
        raise NotFound("the log leads out of the log folder and is not shown")
    try:
        mode = real.stat().st_mode
    except OSError:
        return path
    if not stat.S_ISREG(mode):
        raise NotFound("the log is no file and is not shown")
    return path


def _goes_on(row: InstanceRow, try_number: int) -> bool:
    return row.try_number == try_number and row.state in _UNDER_WAY

"""The grid of runs × tasks, packed: one letter per task and run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ostro.api.ui.models import GridRow, GridRun
from ostro.spec import Topology
from ostro.states import TaskState
from ostro.store.views.rest_runs import RunRow
from ostro.store.views.ui_grid import Cell

_T = TaskState
#: One letter per state.
LETTERS: dict[TaskState, str] = {
    _T.NONE: "n",
    _T.SCHEDULED: "c",
    _T.QUEUED: "q",
    _T.RUNNING: "r",
    _T.RESTARTING: "t",
    _T.SUCCESS: "s",
    _T.FAILED: "f",
    _T.SKIPPED: "k",
    _T.UPSTREAM_FAILED: "u",
    _T.REMOVED: "x",
    _T.UP_FOR_RETRY: "y",
    _T.UP_FOR_RESCHEDULE: "z",
    _T.DEFERRED: "d",
    _T.AWAITING_INPUT: "a",
}
CODES = {letter: state.value for state, letter in LETTERS.items()}
ABSENT = "-"
#: Which state stands for many instances: the first of these that one of them is in.
WEIGHT: tuple[TaskState, ...] = (
    _T.FAILED,
    _T.UPSTREAM_FAILED,
    _T.UP_FOR_RETRY,
    _T.AWAITING_INPUT,
    _T.RESTARTING,
    _T.RUNNING,
    _T.QUEUED,
    _T.SCHEDULED,
    _T.UP_FOR_RESCHEDULE,
    _T.DEFERRED,
    _T.NONE,
    _T.SUCCESS,
    _T.SKIPPED,
    _T.REMOVED,
)
_RANK = {state.value: rank for rank, state in enumerate(WEIGHT)}


def summary(states: Iterable[str]) -> str:
    """The state that stands for several."""
    return min(states, key=_RANK.__getitem__)


def grid(
    topology: Topology | None, runs: Sequence[RunRow], cells: Sequence[Sequence[Cell]]
) -> tuple[list[GridRow], list[GridRun]]:
    """Rows and columns; `cells` belong to `runs`. Tasks that only some of the runs have come after those of the DAG's
    present version."""
    names = [task.task_id for task in topology.tasks] if topology is not None else []
    rows = {name: number for number, name in enumerate(names)}
    present = len(rows)
    for name in sorted({c[0] for column in cells for c in column if c[0] not in rows}):
        rows[name] = len(rows)
    return (
        [GridRow(task_id=name, gone=number >= present) for name, number in rows.items()],
        [GridRun(**run_fields(run, pack(found, rows))) for run, found in zip(runs, cells, strict=True)],
    )


_LETTER = {state.value: letter for state, letter in LETTERS.items()}
_LETTER_RANK = {letter: _RANK[state.value] for state, letter in LETTERS.items()} | {ABSENT: len(WEIGHT)}


def pack(cells: Iterable[Cell], rows: dict[str, int]) -> dict[str, Any]:
    """`states`, `mapped` and `tries` of one run."""
    letters = [ABSENT] * len(rows)
    mapped: dict[str, dict[str, int]] = {}
    tries: dict[str, int] = {}
    for task_id, state, tried, count, is_mapped in cells:
        row = rows[task_id]
        letter = _LETTER[state]
        if letters[row] == ABSENT or _LETTER_RANK[letter] < _LETTER_RANK[letters[row]]:
            letters[row] = letter
        if is_mapped:
            mapped.setdefault(str(row), {})[state] = count
        if tried > 1:
            tries[str(row)] = max(tried, tries.get(str(row), 0))
    return {"states": "".join(letters), "mapped": mapped, "tries": tries}


def run_fields(run: RunRow, packed: dict[str, Any]) -> dict[str, Any]:
    """One run as a column of the grid."""
    return {
        "id": run.id,
        "run_id": run.run_id,
        "state": run.state,
        "run_type": run.run_type,
        "run_after": run.run_after,
        "logical_date": run.logical_date,
        "start_date": run.start_date,
        "end_date": run.end_date,
        "queued_at": run.queued_at,
        "version_number": run.version.number,
        "note": run.note,
        "triggered_by": run.triggered_by,
        **packed,
    }

"""The grid of runs × tasks, packed: one letter per task and run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ostro.api.ui.models import GridRow, GridRun, taken
from ostro.spec import Topology
from ostro.states import TaskState
from ostro.store.views.rest_runs import RunRow
from ostro.store.views.ui_grid import LETTERS, Packed
from ostro.store.views.ui_versions import RunVersion

_T = TaskState
#: State by letter.
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
    topology: Topology | None,
    runs: Sequence[RunRow],
    found: Sequence[Packed],
    versions: Mapping[int, Sequence[RunVersion]],
) -> tuple[list[GridRow], list[GridRun]]:
    """Rows and columns; `found` belong to `runs`, `versions` are of those with several, by row id. Tasks that only some of the runs have come after those of the DAG's
    present version."""
    names = [task.task_id for task in topology.tasks] if topology is not None else []
    rows = {name: number for number, name in enumerate(names)}
    present = len(rows)
    known: set[str] = set()
    gone: set[str] = set()
    for one in found:
        if one.task_ids not in known:
            known.add(one.task_ids)
            gone.update(one.task_ids.split("\n") if one.task_ids else ())
        gone.update(cell[0] for cell in one.mapped)
    for name in sorted(gone - rows.keys()):
        rows[name] = len(rows)
    packer = Packer(rows)
    return (
        [GridRow(task_id=name, gone=number >= present) for name, number in rows.items()],
        [
            taken(
                GridRun,
                run,
                version_number=run.version.number,
                versions=[version.version_number for version in versions.get(run.id, ())],
                **packer.pack(one),
            )
            for run, one in zip(runs, found, strict=True)
        ],
    )


def with_others(runs: Sequence[RunRow], found: Sequence[Packed]) -> list[int]:
    """Row ids of the runs that have instances of an older version than their own."""
    both = zip(runs, found, strict=True)
    return [run.id for run, one in both if one.oldest is not None and one.oldest != run.version.id]


_LETTER = {state.value: letter for state, letter in LETTERS.items()}
_LETTER_RANK = {letter: _RANK[state.value] for state, letter in LETTERS.items()} | {ABSENT: len(WEIGHT)}


class Packer:
    """Puts states of runs into the order of `rows` (task id -> number). Runs of one version share the way there."""

    def __init__(self, rows: dict[str, int]) -> None:
        self._rows = rows
        #: Per list of task ids: for each row the place in the list; the place after the last = absent.
        self._places: dict[str, list[int]] = {}

    def pack(self, found: Packed) -> dict[str, Any]:
        """`states`, `mapped`, `tries` and `noted` of one run."""
        rows = self._rows
        text = found.letters + ABSENT
        letters = [text[place] for place in self._places_of(found.task_ids)]
        tries = {str(rows[task_id]): count for task_id, count in found.tries}
        noted = {rows[task_id] for task_id in found.noted}
        mapped: dict[str, dict[str, int]] = {}
        for task_id, state, tried, count, notes, _ in found.mapped:
            row = rows[task_id]
            letter = _LETTER[state]
            if _LETTER_RANK[letter] < _LETTER_RANK[letters[row]]:
                letters[row] = letter
            mapped.setdefault(str(row), {})[state] = count
            if tried > 1:
                tries[str(row)] = max(tried, tries.get(str(row), 0))
            if notes:
                noted.add(row)
        return {"states": "".join(letters), "mapped": mapped, "tries": tries, "noted": sorted(noted)}

    def _places_of(self, task_ids: str) -> list[int]:
        places = self._places.get(task_ids)
        if places is None:
            names = task_ids.split("\n") if task_ids else []
            places = [len(names)] * len(self._rows)
            for place, name in enumerate(names):
                places[self._rows[name]] = place
            self._places[task_ids] = places
        return places

"""Facts of the DAGs' current versions that are asked of all DAGs at once: which other DAGs their tasks start or wait for, and
which pools they take slots of.

They are in the specs, and a spec of many tasks is large; so each content is read once and only its facts are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Any

import msgspec

from ostro.store.views import ui_versions

#: Specs that are read at once: what they take of memory is bounded.
BATCH = 50


class DagFacts(msgspec.Struct, frozen=True):
    """`pools` in the order of their names; the others are pairs (task, other DAG)."""

    pools: tuple[str, ...]
    starts: tuple[tuple[str, str], ...]
    waits_for: tuple[tuple[str, str], ...]


class _Task(msgspec.Struct):
    """The part of `ostro.spec.TaskSpec` that is read; all else is skipped, which takes a tenth of the time."""

    task_id: str
    pool: str = "default_pool"
    links: dict[str, Any] = {}


class _Spec(msgspec.Struct):
    tasks: list[_Task] = []


_decode = msgspec.json.Decoder(_Spec).decode


class KnownFacts:
    """Facts by content of the version. Used from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, DagFacts] = {}

    def of(self, tx: Any, dag_ids: Collection[str] | None = None) -> dict[str, DagFacts]:
        """The facts of these DAGs (None = of all whose file is there), by DAG id."""
        current = ui_versions.current_versions(tx, dag_ids)
        with self._lock:
            known = {content: self._kept[content] for _, content in current.values() if content in self._kept}
        missing = {id_: content for id_, content in current.values() if content not in known}
        ids = list(missing)
        for first in range(0, len(ids), BATCH):
            for id_, spec in ui_versions.load_specs(tx, ids[first : first + BATCH]):
                known[missing[id_]] = _facts(spec)
        with self._lock:
            # Asked of all DAGs: what is not in the answer belongs to versions that no DAG has any more.
            self._kept = dict(known) if dag_ids is None else self._kept | known
        return {dag_id: known[content] for dag_id, (_, content) in current.items() if content in known}


def _facts(spec: bytes) -> DagFacts:
    tasks = _decode(spec).tasks
    pairs = {
        name: tuple(
            (task.task_id, to) for task in tasks if isinstance(to := task.links.get(name), str) and to
        )
        for name in ("trigger_dag_id", "external_dag_id")
    }
    return DagFacts(
        tuple(sorted({task.pool for task in tasks})), pairs["trigger_dag_id"], pairs["external_dag_id"]
    )

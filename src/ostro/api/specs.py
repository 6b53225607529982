"""Decoded DAG specs for screens: a small cache by content, shared by all requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from ostro.spec import DagSpec, TaskSpec, Topology, decode
from ostro.store import specs
from ostro.store.views import rest_versions

if TYPE_CHECKING:
    from ostro.store.engine import Store

#: Specs kept; one of a DAG of 100 tasks takes about 200 kB.
KEPT = 64
#: A spec larger than this, in bytes of JSON, is decoded each time instead of kept.
LARGEST_KEPT = 4_000_000


class Specs:
    """Specs by version. Used from many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Topology] = OrderedDict()

    def topology(self, tx: Any, version_id: int) -> Topology | None:
        """The graph of a version; None when there is no such version."""
        content = rest_versions.version_hash(tx, version_id)
        if content is None:
            return None
        with self._lock:
            found = self._kept.get(content)
            if found is not None:
                self._kept.move_to_end(content)
                return found
        encoded = specs.load_spec(tx, version_id)
        made = Topology(decode(encoded))
        if len(encoded) <= LARGEST_KEPT:
            with self._lock:
                self._kept[content] = made
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return made

    def spec(self, tx: Any, version_id: int) -> DagSpec | None:
        """The spec of a version; None when there is no such version."""
        found = self.topology(tx, version_id)
        return None if found is None else found.spec

    def task(self, tx: Any, version_id: int, task_id: str) -> TaskSpec | None:
        """One task of a version; None when the version has no such task."""
        found = self.topology(tx, version_id)
        if found is None or task_id not in found.index:
            return None
        return found.tasks[found.index[task_id]]

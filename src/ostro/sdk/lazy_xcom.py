"""The results of a mapped task as a sequence that is fetched as it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from ostro.protocol.task import CountXComs
from ostro.sdk import asking, xcom

#: Values fetched with one question while iterating.
CHUNK = 500


class LazyXComSequence(Sequence[Any]):
    """Values of one key of all instances of a task, in map order; instances without a value are left out."""

    def __init__(self, *, dag_id: str, run_id: str, task_id: str, key: str) -> None:
        self._where = {"dag_id": dag_id, "run_id": run_id, "task_id": task_id, "key": key}
        self._length: int | None = None

    def __len__(self) -> int:
        if self._length is None:
            self._length = int(asking.demand(CountXComs(seq=0, **self._where)) or 0)
        return self._length

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step == 1:
                return xcom.rows(**self._where, start=start, stop=max(start, stop))
            return list(self)[index]
        if index < 0:
            index += len(self)
        found = xcom.rows(**self._where, start=index, stop=index + 1) if index >= 0 else []
        if not found:
            raise IndexError(
                f"task {self._where['task_id']!r} has {len(self)} values of {self._where['key']!r}"
            )
        return found[0]

    def __iter__(self) -> Iterator[Any]:
        start = 0
        while True:
            chunk = xcom.rows(**self._where, start=start, stop=start + CHUNK)
            yield from chunk
            if len(chunk) < CHUNK:
                return
            start += CHUNK

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sequence) and not isinstance(other, (str, bytes)):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        # As Airflow writes it; a log line must not fetch anything.
        if self._length is None:
            return "LazyXComSequence(<unevaluated length>)"
        return f"LazyXComSequence([{self._length} item{'s' * (self._length != 1)}])"

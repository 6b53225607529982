"""Mappers that a DAG author wrote, or that hold something an author wrote, as the engine has them: their JSON.

Only a child process makes the real one and maps keys with it (`ostro.protocol.calendar.AskKeys`).
"""

from __future__ import annotations

from typing import Any, NoReturn

from ostro.errors import UserError
from ostro.timetable.mappers import PartitionMapper


class ForeignMapper(PartitionMapper):
    """Stands for one of them."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()
        #: As `partition_codec.encode` gave it.
        self.data = data
        self.is_rollup = bool(data.get("is_rollup")) or data["type"] == "RollupMapper"  # type: ignore[misc]

    def to_downstream(self, key: str) -> NoReturn:
        """Raises UserError: the engine runs no code of DAG files."""
        raise UserError(f"{self!r} holds a class of the DAG's author, which only a child process may run")

    def __repr__(self) -> str:
        return str(self.data.get("classpath", self.data["type"]))


def holds_custom(data: Any) -> bool:
    """Whether the JSON of a mapper is, or holds, a class of a DAG's author."""
    if isinstance(data, dict):
        return data.get("type") == "custom" or any(holds_custom(value) for value in data.values())
    return isinstance(data, list) and any(holds_custom(item) for item in data)

"""Priority strategies of the author's own (`airflow.task.priority_strategy`)."""

from __future__ import annotations

from typing import Any


class PriorityWeightStrategy:
    """Base: `get_weight(ti)` gives the effective weight. Ostro takes the task's own weight for such a strategy."""

    def get_weight(self, ti: Any) -> int:
        """The effective weight of a task instance."""
        raise NotImplementedError(f"{type(self).__name__} has no get_weight() method")

    def serialize(self) -> dict[str, Any]:
        """The strategy as JSON."""
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PriorityWeightStrategy:
        """The strategy of `serialize()`."""
        return cls(**data)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.serialize() == other.serialize()

    def __hash__(self) -> int:
        return hash(type(self))

"""What branches, short circuits and the like decided: who is skipped.

Airflow keeps the decision in an XCom (`skipmixin_key`); here it is a fact of the board. It acts twice: at once, when
the deciding task ends, on everything it names; and whenever a direct downstream instance is looked at: one of many
instances, or one that was cleared.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ostro.protocol.task import Skips
from ostro.states import TaskState

#: States that a skip from outside may replace. It never replaces what runs or ended by itself.
SKIPPABLE = frozenset(TaskState) - frozenset(
    {
        TaskState.RUNNING,
        TaskState.RESTARTING,
        TaskState.SUCCESS,
        TaskState.FAILED,
        TaskState.SKIPPED,
        TaskState.REMOVED,
    }
)


class SkipDecision(msgspec.Struct, frozen=True):
    """(task id, map index) pairs to skip; map index −1 means every instance of the task."""

    skipped: frozenset[tuple[str, int]]

    @classmethod
    def of(cls, skips: Iterable[Skips]) -> SkipDecision:
        """The decision in a result."""
        return cls(frozenset((task_id, s.map_index) for s in skips for task_id in s.task_ids))

    def covers(self, task_id: str, map_index: int) -> bool:
        """Whether the decision skips this instance."""
        return (task_id, -1) in self.skipped or (task_id, map_index) in self.skipped

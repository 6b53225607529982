"""What a part of the scheduler is to the loop that is not needed for every turn: backfills, assets, deadlines, triggers.

Each looks at the database in a round only when it was told of something or when its moment came, so that an
installation that does not use it pays nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from ostro.scheduler.round import Round


class Service(Protocol):
    """One part, driven by the loop."""

    def after_start(self, round_: Round) -> None:
        """First round of this engine: read what was left to do. May be called again when its round was not written."""
        ...

    def note_dags(self, dag_ids: Collection[str]) -> None:
        """These DAGs were changed by a command or another process; "" stands for values that belong to none."""
        ...

    def look_everywhere(self) -> None:
        """Messages were lost, or the slow net is due: look at the database in the next round."""
        ...

    def run_once(self, round_: Round) -> None:
        """Do what is due, before runs are planned and advanced."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """When it must be called next without a message; a moment in the past = at once."""
        ...


__all__ = ["Service"]

"""Sources that several watchers read together, whose events are acknowledged only after what came of them was stored.

A subclass of BaseEventTrigger asks for one by `create_shared_stream_producer`. Its producer yields events and, later, is
told which of them are settled; it then commits, deletes or acknowledges them at the broker. An event that never settles
(the engine was killed, nothing could be stored) is not acknowledged, and the broker delivers it again: watchers must bear
to see an event twice. Source: Airflow 3.3, `airflow.triggers.shared_stream`.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = [
    "AckTimeout",
    "AdvanceItem",
    "AdvanceOutcome",
    "SharedStreamProducer",
    "reject_shared_stream_event",
]

#: Refuses the event that the filter of the present task works on; False when it works on none.
refuse: ContextVar[Callable[[], bool] | None] = ContextVar("ostro_refuse_shared_event", default=None)


class AckTimeout(Exception):
    """A watcher was not done with an event in time ([triggerer] shared_stream_ack_timeout)."""


@dataclass(frozen=True, slots=True)
class AdvanceOutcome:
    """What became of one event at the watchers that were there when it came, each counted once."""

    #: Went past it, and all that they made of it is stored.
    acked: int
    #: Were not done in time, fell behind, or failed.
    failed: int
    #: Refused it (`reject_shared_stream_event`).
    rejected: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether at least one watcher took it, and none failed or refused it."""
        return self.acked > 0 and not self.failed and not self.rejected


class AdvanceItem(NamedTuple):
    """One settled event."""

    #: What the producer yielded with the event.
    broker_payload: Any
    outcome: AdvanceOutcome


class SharedStreamProducer(ABC):
    """The broker's side of an acknowledged source: one for all its watchers, from the first that comes to the last."""

    @abstractmethod
    def open_stream(self) -> AsyncIterator[tuple[Any, Any]]:
        """An endless async generator of (event, payload for the broker). It connects to the broker."""

    @abstractmethod
    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        """Events of one lane are settled, in their order and without a gap; never empty, and never two calls at once.

        When it raises, all watchers of the source fail and begin anew.
        """

    def get_advance_lane(self, broker_payload: Any) -> Hashable:
        """Events of one lane are settled in their order; lanes do not wait for each other. Called for each event."""
        return None

    async def aclose(self) -> None:  # noqa: B027  most have nothing to do
        """The source is not read any more."""


def reject_shared_stream_event() -> None:
    """In `filter_shared_stream`, instead of yielding: the broker shall drop the event that the filter works on.

    Where there is no acknowledged event it does nothing but say so in the log.
    """
    call = refuse.get()
    if call is None or not call():
        logging.getLogger("airflow.triggers").warning(
            "reject_shared_stream_event() was called while no acknowledged event is worked on; it does nothing"
        )

"""How far an engine is that people drain."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ostro.rules.drain import drain_of

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "since", "running", "found"),
    [
        (None, None, 3, None),
        # It works again, and has not said so yet.
        (None, AT, 0, None),
        (AT, None, 0, "asked"),
        (AT, None, 3, "asked"),
        (AT, AT, 3, "draining"),
        (AT, AT, 0, "drained"),
    ],
)
def test_it_is_drained_when_it_heard_of_it_and_nothing_runs(
    asked: datetime | None, since: datetime | None, running: int, found: str | None
) -> None:
    assert drain_of(asked, since, running=running) == found

"""What the engine says arrives as it was, whatever people put into JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ostro.protocol.frames import Unpacker, pack, pack_any
from ostro.protocol.task import FileRef, RunInfo, TaskOrder, ToProcess, Value

NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
NUMBERS = [0, True, -1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 2**70, -(2**70), 10**100]


def order(conf: dict[str, Any]) -> TaskOrder:
    run = RunInfo(dag_id="d", run_id="r", run_type="manual", state="running", run_after=NOW, conf=conf)
    return TaskOrder(
        attempt_id="a", file=FileRef(folder="/dags", path="d.py"), run=run, task_id="t", try_number=1, max_tries=0,
        log_path="/dev/null", start_date=NOW, purge=[("k", b"\x00\xff")],
    )  # fmt: skip


@pytest.mark.parametrize("message", [order({"n": NUMBERS}), Value(seq=1, data={"extra": {"n": NUMBERS}})])
def test_integers_of_any_size_arrive(message: Any) -> None:
    assert list(Unpacker(ToProcess).feed(pack_any(message))) == [message]


def test_what_is_usual_is_packed_as_ever() -> None:
    message = order({"n": 5, "text": "ä"})
    assert pack_any(message) == pack(message)

"""A watcher of an asset keeps state of it, as Airflow 3.3 lets it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ostro.protocol.task import Done, FileRef, GetState, SetState, Value
from ostro.protocol.trigger import StartTrigger
from ostro.runtime.trigger_classes import Classes
from ostro.sdk import asking

MODULE = """
from airflow.triggers.base import BaseEventTrigger

class Counting(BaseEventTrigger):
    def serialize(self):
        return "counting_watcher.Counting", {}

    async def run(self):
        yield self.asset_state_store.get("n", 0)
"""


class Asker:
    """Keeps what is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def ask(self, question: Any) -> Any:
        self.asked.append(question)
        return Value(seq=0, data=b"4") if isinstance(question, GetState) else Done(seq=0)


@pytest.mark.parametrize("assets", [[("n", "s3://n/x")], []])
def test_a_watcher_has_the_state_of_its_asset(tmp_path: Path, assets: list[tuple[str, str]]) -> None:
    (tmp_path / "counting_watcher.py").write_text(MODULE)
    order = StartTrigger(
        id=-1,
        classpath="counting_watcher.Counting",
        kwargs={},
        file=FileRef(folder=str(tmp_path), path="d.py"),
        assets=assets,
    )
    trigger = asyncio.run(Classes(None, {}).make(order))
    if not assets:
        assert trigger.asset_state_store is None
        return
    asker = Asker()
    before = asking.use(asker)
    try:
        assert trigger.asset_state_store.get("n") == 4
        trigger.asset_state_store.set("n", 5)
    finally:
        asking.use(before)
    assert asker.asked == [
        GetState(seq=0, key="n", asset=("n", "s3://n/x")),
        SetState(seq=0, key="n", value=b"5", asset=("n", "s3://n/x"), watcher=True),
    ]

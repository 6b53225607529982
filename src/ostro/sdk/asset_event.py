"""An asset event as user code reads it, wherever it comes from: `triggering_asset_events`, `inlet_events`, `dag_run`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ostro.sdk.assets import Asset, AssetAlias
from ostro.sdk.timezone import coerce_datetime

if TYPE_CHECKING:
    from pendulum import DateTime

    from ostro.protocol.task import RunInfo
    from ostro.sdk.dagrun import DagRun


class AssetEvent:
    """One event: which asset, when, what its maker said of it, and who that was (None for events from outside)."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.id: int | None = data.get("id")
        self.asset = Asset(name=data["name"], uri=data["uri"], group=data.get("group") or "asset")
        self.extra: dict[str, Any] = dict(data.get("extra") or {})
        self.timestamp: DateTime | None = coerce_datetime(data.get("timestamp"))
        self.source_dag_id: str | None = data.get("source_dag_id")
        self.source_task_id: str | None = data.get("source_task_id")
        self.source_run_id: str | None = data.get("source_run_id")
        self.source_map_index: int = data.get("source_map_index", -1)
        self.source_aliases = [AssetAlias(name) for name in data.get("source_aliases") or ()]
        self.partition_key: str | None = data.get("partition_key")

    @property
    def uri(self) -> str:
        """The URI of the asset."""
        return self.asset.uri

    @property
    def name(self) -> str:
        """The name of the asset."""
        return self.asset.name

    @property
    def dataset(self) -> Asset:
        """The asset by the name of 2.x."""
        return self.asset

    @property
    def source_dag_run(self) -> DagRun | None:
        """The run whose task made the event; asks the engine."""
        from ostro.sdk.dagrun import DagRun

        if self.source_dag_id is None or self.source_run_id is None:
            return None
        return DagRun.get(self.source_dag_id, self.source_run_id)

    @property
    def source_task_instance(self) -> SourceTaskInstance | None:
        """The task instance that made the event."""
        if self.source_dag_id is None or self.source_task_id is None or self.source_run_id is None:
            return None
        return SourceTaskInstance(
            self.source_dag_id, self.source_task_id, self.source_run_id, self.source_map_index
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AssetEvent) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.id, self.asset, self.timestamp))

    def __repr__(self) -> str:
        return f"AssetEvent({self.uri!r}, extra={self.extra!r}, timestamp={self.timestamp})"


def consumed(run: RunInfo) -> Iterator[Mapping[str, Any]]:
    """The events that a run consumed; those that it does not carry are asked of the engine, a portion at a time."""
    from ostro.protocol.task import GetConsumedEvents
    from ostro.sdk import asking

    found: Sequence[Mapping[str, Any]] = run.consumed_asset_events
    yield from found
    last = found[-1]["id"] if found and run.more_asset_events else 0
    while run.more_asset_events:
        question = GetConsumedEvents(seq=0, dag_id=run.dag_id, run_id=run.run_id, beyond=last)
        found = asking.demand(question)
        if not found:
            return
        yield from found
        last = found[-1]["id"]


class SourceTaskInstance:
    """The task instance that made an event: its names, and a way to its XComs."""

    def __init__(self, dag_id: str, task_id: str, run_id: str, map_index: int) -> None:
        self.dag_id = dag_id
        self.task_id = task_id
        self.run_id = run_id
        self.map_index = map_index

    def xcom_pull(self, *, key: str = "return_value", default: Any = None) -> Any:
        """A value that the instance handed over."""
        from ostro.sdk.xcom import XCom

        found = XCom.get_one(
            key=key, dag_id=self.dag_id, task_id=self.task_id, run_id=self.run_id, map_index=self.map_index
        )
        return default if found is None else found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SourceTaskInstance) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.dag_id, self.task_id, self.run_id, self.map_index))

    def __repr__(self) -> str:
        return f"<task instance {self.dag_id}.{self.task_id} {self.run_id} [{self.map_index}]>"

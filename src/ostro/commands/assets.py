"""Assets: an event from outside, the DAG that makes an asset, what waits in queues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ostro.clock import Clock
from ostro.commands.waking import tell
from ostro.errors import AlreadyExists, NotFound
from ostro.store import assets
from ostro.store.assets import Recorded
from ostro.store.views import rest_assets


def create_asset_event_in(
    tx: Any,
    clock: Clock,
    *,
    asset_id: int,
    extra: Mapping[str, Any] | None = None,
    partition_key: str | None = None,
) -> Recorded:
    """Write an event that no task made; `Recorded.dag_ids` are the DAGs to wake the engine for.

    Raises NotFound for an unknown asset.
    """
    key = assets.key_of(tx, asset_id)
    made = None
    if key is not None:
        name, uri = key
        made = assets.record_event(
            tx, name=name, uri=uri, at=clock.now(), extra=extra, partition_key=partition_key
        )
    if made is None:
        raise NotFound(f"Asset with ID: `{asset_id}` was not found")
    tell(tx, dags=made.dag_ids)
    return made


def producer_of(tx: Any, asset_id: int) -> str:
    """The one DAG with a task that makes the asset. Raises NotFound when there is none, AlreadyExists for several."""
    if assets.key_of(tx, asset_id) is None:
        raise NotFound(f"Asset with ID: `{asset_id}` was not found")
    found = assets.producing_dags(tx, asset_id)
    if not found:
        raise NotFound(f"No DAG materializes asset with ID: {asset_id}")
    if len(found) > 1:
        listed = ", ".join(found)
        raise AlreadyExists(
            f"More than one DAG materializes asset with ID: {asset_id} ({listed}); trigger one of them"
        )
    return found[0]


def forget_queued_events_in(
    tx: Any, *, dag_id: str | None = None, asset_id: int | None = None, before: datetime | None = None
) -> int:
    """Events in queues count no more for the next run. Returns how many. Raises NotFound when there are none."""
    count = rest_assets.forget_queued(tx, dag_id=dag_id, asset_id=asset_id, before=before)
    if not count:
        about = [("dag_id", dag_id), ("asset_id", asset_id)]
        text = " and ".join(f"{name}: `{value}`" for name, value in about if value is not None)
        raise NotFound(f"Queue event with {text} was not found")
    return count

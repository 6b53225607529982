"""Asset events and assets in the words of the protocol, and the questions about them that processes ask."""

from __future__ import annotations

from typing import Any

from ostro import store
from ostro.protocol import task as p
from ostro.scheduler.round import Round
from ostro.spec import TaskSpec
from ostro.store.assets import Event

#: Events of one answer.
MOST_EVENTS = 500


def event_data(event: Event) -> dict[str, Any]:
    """An event as a task process reads it."""
    return {
        "id": event.id,
        "name": event.name,
        "uri": event.uri,
        "group": event.group,
        "extra": event.extra,
        "timestamp": event.at,
        "source_dag_id": event.source.dag_id,
        "source_task_id": event.source.task_id,
        "source_run_id": event.source.run_id,
        "source_map_index": event.source.map_index,
        "source_aliases": list(event.aliases),
        "partition_key": event.partition_key,
    }


def outlet_events(task: TaskSpec) -> list[dict[str, Any]]:
    """The events of a task that succeeded without a process that could say more: one of each asset among its outlets."""
    return [
        {"name": o.get("name") or "", "uri": o.get("uri") or "", "group": o.get("group") or "asset"}
        for o in task.outlets
        if o["type"] in ("asset", "ref")
    ]


def get_events(round_: Round, q: p.GetAssetEvents) -> p.Answer:
    """Events of an asset or alias, a portion of them, or how many there are."""
    chosen = store.assets.Choice(
        name=q.name,
        uri=q.uri,
        alias=q.alias,
        after=q.after,
        before=q.before,
        partition_key=q.partition_key,
    )
    if q.count:
        return p.Value(seq=q.seq, data=store.assets.count_events(round_.tx, chosen))
    limit = MOST_EVENTS if q.limit is None else min(q.limit, MOST_EVENTS)
    found = store.assets.events_of(round_.tx, chosen, ascending=q.ascending, limit=limit, beyond=q.beyond)
    return p.Value(seq=q.seq, data=[event_data(event) for event in found])


def get_consumed(round_: Round, q: p.GetConsumedEvents) -> p.Answer:
    """Events that a run consumed, a portion of them."""
    run = store.runs.find_run(round_.tx, q.dag_id, q.run_id)
    found = (
        [] if run is None else store.assets.consumed(round_.tx, run.id, limit=MOST_EVENTS, beyond=q.beyond)
    )
    return p.Value(seq=q.seq, data=[event_data(event) for event in found])


def get_assets(round_: Round, q: p.GetAssets) -> p.Answer:
    """Active assets by name and URI, or those behind an alias."""
    keys = q.keys
    if q.alias:
        keys = sorted(store.assets.members(round_.tx, [q.alias]).get(q.alias, ()))
    found = store.assets.load_assets(round_.tx, keys)
    return p.Value(seq=q.seq, data=[None if one is None else list(one) for one in found])


__all__ = ["event_data", "get_assets", "get_consumed", "get_events", "outlet_events"]

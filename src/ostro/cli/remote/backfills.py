"""Backfills of a server elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ostro.cli.remote.client import Client
from ostro.cli.remote.rows import moments

if TYPE_CHECKING:
    from ostro.store import NewBackfill


def preview(client: Client, new: NewBackfill) -> list[dict[str, Any]]:
    """Dates that a backfill would run: `logical_date` and `partition_key`."""
    return [moments(row) for row in client.call("POST", "/backfills/dry_run", _body(new))["backfills"]]


def create(client: Client, new: NewBackfill) -> dict[str, Any]:
    """Order a backfill."""
    made: dict[str, Any] = client.call("POST", "/backfills", _body(new))
    return made


def listed(client: Client, dag_id: str) -> list[dict[str, Any]]:
    """Backfills of a DAG, newest first."""
    rows = client.all("/backfills", "backfills", dag_id=dag_id, order_by="-id")
    return [moments(row) for row in rows]


def change(client: Client, backfill_id: int, deed: str) -> dict[str, Any]:
    """`deed`: pause, unpause or cancel. Raises NotFound."""
    done: dict[str, Any] = client.call("PUT", f"/backfills/{backfill_id}/{deed}")
    return done


def _body(new: NewBackfill) -> dict[str, Any]:
    return {
        "dag_id": new.dag_id,
        "from_date": new.from_date.isoformat(),
        "to_date": new.to_date.isoformat(),
        "run_backwards": new.run_backwards,
        "dag_run_conf": new.conf,
        "reprocess_behavior": new.reprocess_behavior,
        "max_active_runs": new.max_active_runs,
        "run_on_latest_version": new.run_on_latest_version,
    }

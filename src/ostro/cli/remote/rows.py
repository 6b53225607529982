"""What the API answers, as rows that the commands print: the same that the database gives on the spot."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ostro.cli.remote.client import Client, part
from ostro.errors import NotFound

#: Names of fields that are moments.
_MOMENTS = (
    "latest_heartbeat", "from_date", "to_date", "completed_at", "next_dagrun_logical_date",
    "next_dagrun_data_interval_start", "next_dagrun_data_interval_end", "next_dagrun_run_after",
    "last_parsed_time", "run_after", "logical_date", "start_date", "end_date", "data_interval_start", "data_interval_end",
)  # fmt: skip


def dags(client: Client) -> list[dict[str, Any]]:
    """All DAGs that a file holds."""
    return [_dag(row) for row in client.all("/dags", "dags", order_by="dag_id", exclude_stale=True)]


def dag(client: Client, dag_id: str) -> dict[str, Any]:
    """One DAG. Raises NotFound."""
    return _dag(client.get(f"/dags/{part(dag_id)}"))


def details(client: Client, dag_id: str) -> dict[str, Any]:
    """One DAG with what its newest version says. Raises NotFound."""
    return _dag(client.get(f"/dags/{part(dag_id)}/details"))


def set_paused(client: Client, dag_id: str, paused: bool) -> None:
    """Pause a DAG, or let it go on."""
    client.call("PATCH", f"/dags/{part(dag_id)}", {"is_paused": paused})


def delete_dag(client: Client, dag_id: str) -> None:
    """Delete a DAG with its history."""
    client.call("DELETE", f"/dags/{part(dag_id)}")


def trigger(
    client: Client, dag_id: str, *, run_id: str | None, logical_date: datetime | None, conf: dict[str, Any]
) -> dict[str, Any]:
    """Make a run."""
    body: dict[str, Any] = {
        "logical_date": None if logical_date is None else logical_date.isoformat(),
        "conf": conf,
    }
    if run_id is not None:
        body["dag_run_id"] = run_id
    return moments(client.call("POST", f"/dags/{part(dag_id)}/dagRuns", body))


def runs(client: Client, dag_id: str, **filters: Any) -> list[dict[str, Any]]:
    """Runs of a DAG, newest first; `filters` as the API names them. Raises NotFound."""
    found = client.all(f"/dags/{part(dag_id)}/dagRuns", "dag_runs", order_by=["-run_after", "-id"], **filters)
    return [{**moments(row), "run_id": row["dag_run_id"]} for row in found]


def run(client: Client, dag_id: str, run_id: str, date: datetime | None) -> dict[str, Any]:
    """A run by its id, else by its logical date. Raises NotFound."""
    try:
        return moments(client.get(f"/dags/{part(dag_id)}/dagRuns/{part(run_id)}"))
    except NotFound:
        found = []
        if date is not None:
            when = date.isoformat()
            found = runs(client, dag_id, logical_date_gte=when, logical_date_lte=when)
        if not found:
            raise
        return found[0]


def _dag(row: dict[str, Any]) -> dict[str, Any]:
    tags = [tag["name"] for tag in row.get("tags", ())]
    return {
        **moments(row),
        "owners": ", ".join(row.get("owners", ())),
        "tags": tags,
        "next_dagrun": moments(row).get("next_dagrun_logical_date"),
    }


def moments(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its moments as moments."""
    # The API writes Z, the database's moments say +00:00.
    found = {name: datetime.fromisoformat(row[name]).astimezone(UTC) for name in _MOMENTS if row.get(name)}
    return {**row, **found}

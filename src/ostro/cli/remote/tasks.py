"""Tasks and task instances of a server elsewhere."""

from __future__ import annotations

from typing import Any

from ostro.cli.remote.client import Client, part
from ostro.cli.remote.rows import moments


def tasks(client: Client, dag_id: str) -> list[dict[str, Any]]:
    """Tasks of the newest version of a DAG. Raises NotFound."""
    found: list[dict[str, Any]] = client.get(f"/dags/{part(dag_id)}/tasks")["tasks"]
    return found


def instances(client: Client, dag_id: str, run_id: str) -> list[dict[str, Any]]:
    """Task instances of a run."""
    where = f"{_run(dag_id, run_id)}/taskInstances"
    return [_row(row) for row in client.all(where, "task_instances", order_by="start_date")]


def instance(client: Client, dag_id: str, run_id: str, task_id: str, map_index: int) -> dict[str, Any]:
    """One task instance. Raises NotFound."""
    return _row(client.get(_instance(dag_id, run_id, task_id, map_index)))


def reasons(client: Client, dag_id: str, run_id: str, task_id: str, map_index: int) -> list[dict[str, Any]]:
    """Why a task instance does not run now: `name` and `reason`."""
    found: list[dict[str, Any]] = client.get(_instance(dag_id, run_id, task_id, map_index) + "/dependencies")[
        "dependencies"
    ]
    return found


def log(
    client: Client, dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int, token: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Lines of the log of a try from a token on (None: from its begin), and the token behind them; None = it is complete.

    Raises NotFound.
    """
    where = f"{_run(dag_id, run_id)}/taskInstances/{part(task_id)}/logs/{try_number}"
    answer = client.get(where, map_index=map_index, token=token)
    return answer["content"], answer["continuation_token"]


def clear(client: Client, dag_id: str, *, dry_run: bool, **what: Any) -> list[dict[str, Any]]:
    """The instances that are cleared, or would be; `what` as `commands.clear_tasks_in` takes it."""
    dates = {name: what.get(name) for name in ("start_date", "end_date")}
    body = {
        "dry_run": dry_run,
        "task_ids": what.get("tasks"),
        "dag_run_id": what.get("run_id"),
        **{name: date.isoformat() for name, date in dates.items() if date is not None},
        "only_failed": what.get("only_failed", False),
        "only_running": what.get("only_running", False),
        "include_upstream": what.get("upstream", False),
        "include_downstream": what.get("downstream", False),
    }
    answer = client.call("POST", f"/dags/{part(dag_id)}/clearTaskInstances", body)
    return [_row(row) for row in answer["task_instances"]]


def _run(dag_id: str, run_id: str) -> str:
    return f"/dags/{part(dag_id)}/dagRuns/{part(run_id)}"


def _instance(dag_id: str, run_id: str, task_id: str, map_index: int) -> str:
    index = "" if map_index < 0 else f"/{map_index}"
    return f"{_run(dag_id, run_id)}/taskInstances/{part(task_id)}{index}"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {**moments(row), "state": row["state"] or "none"}

"""Where the log of one try of a task lies: the one place that knows the layout, which is Airflow's."""

from __future__ import annotations

from pathlib import Path


def log_path(folder: Path, dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> Path:
    """The log file of one try below `folder`. Ids never lead out of it: what separates folders is written as %2F."""
    path = folder / f"dag_id={_name(dag_id)}" / f"run_id={_name(run_id)}" / f"task_id={_name(task_id)}"
    if map_index >= 0:
        path = path / f"map_index={map_index}"
    return path / f"attempt={try_number}.log"


def run_log_path(folder: Path, dag_id: str, run_id: str) -> Path:
    """The log of callbacks of a run of which no try can be named."""
    return folder / f"dag_id={_name(dag_id)}" / f"run_id={_name(run_id)}" / "callbacks.log"


def _name(text: str) -> str:
    """Text as one name of a path. The prefix ("run_id=") keeps it from being "." or ".."."""
    return text.replace("%", "%25").replace("/", "%2F").replace("\0", "%00")

"""Where the log of one try of a task lies: the one place that knows the layout.

A folder for each run, in Airflow's words, and in it a file for each try. Airflow makes a folder for each task too: on
ext4 that costs a short task as much as a third of its fork, and 10,000 mapped instances 40 MB for folders.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

#: Longest name that file systems take, in bytes, less what stands around it: "task_id=.map_index=N.attempt=N.log".
LONGEST = 255 - 55


def log_path(folder: Path, dag_id: str, run_id: str, task_id: str, map_index: int, try_number: int) -> Path:
    """The log file of one try below `folder`. Ids never lead out of it: what separates folders is written as %2F."""
    mapped = f".map_index={map_index}" if map_index >= 0 else ""
    name = f"task_id={_name(task_id)}{mapped}.attempt={try_number}.log"
    return folder / f"dag_id={_name(dag_id)}/run_id={_name(run_id)}/{name}"


def run_log_path(folder: Path, dag_id: str, run_id: str) -> Path:
    """The log of callbacks of a run of which no try can be named."""
    return folder / f"dag_id={_name(dag_id)}/run_id={_name(run_id)}/callbacks.log"


def watcher_log_path(folder: Path, key: str) -> Path:
    """The log of a watcher of assets. `key`: what its trigger and arguments make (`ostro.store.watchers`)."""
    return folder / "asset_watchers" / f"{key}.log"


def _name(text: str) -> str:
    """Text as one name of a path; one that is too long is cut, and told from others by its hash.

    The prefix ("run_id=") keeps it from being "." or "..".
    """
    name = text.replace("%", "%25").replace("/", "%2F").replace("\0", "%00")
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= LONGEST:
        return name
    digest = hashlib.sha256(data).hexdigest()[:16]
    return f"{data[: LONGEST - 17].decode('utf-8', 'ignore')}~{digest}"

"""What the benches share: a standalone to measure, medians, and the floor measured in the same run."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.services import database  # noqa: E402 - the path above makes it importable
from support.standalone import Standalone  # noqa: E402


def arguments(doc: str, *, runs: int = 5) -> argparse.Namespace:
    """The command line that all benches have."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--runs", type=int, default=runs)
    return parser.parse_args()


@contextmanager
def standalone(kind: str, dags: dict[str, str], env: dict[str, str] | None = None) -> Iterator[Standalone]:
    """A running standalone with these DAG files (name -> source)."""
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as name:
        folder = Path(name)
        (folder / "dags").mkdir()
        for file, source in dags.items():
            (folder / "dags" / file).write_text(source)
        with (
            database(kind, folder) as url,
            Standalone(folder / "home", folder / "dags", database_url=url, env=env) as ostro,
        ):
            yield ostro


def moment(text: str) -> datetime:
    """A moment of the API."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def timed_run(ostro: Standalone, dag_id: str, seconds: float = 300) -> float:
    """Seconds from the REST request that triggers a run until the run's end; fails unless it succeeded."""
    begin = datetime.now(UTC)
    run = ostro.wait_run(dag_id, ostro.trigger(dag_id), seconds=seconds)
    assert run["state"] == "success", run
    return (moment(run["end_date"]) - begin).total_seconds()


def floor(count: int, *, parallel: int = 1) -> float:
    """Seconds that as many fork + exit + wait cost from a process with a host's modules loaded."""
    out = subprocess.run(
        [sys.executable, "-m", "benches.floor", "--forks", str(count), "--parallel", str(parallel)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(json.loads(out.stdout)["seconds"])


def medians(measure: Callable[[], float], runs: int) -> dict[str, Any]:
    """Median, minimum and all values of several runs, in seconds."""
    values = [measure() for _ in range(runs)]
    return {
        "median": round(statistics.median(values), 4),
        "min": round(min(values), 4),
        "values": [round(v, 4) for v in values],
    }


def report(name: str, target: float, result: dict[str, Any], **more: Any) -> None:
    """Print the result of a bench."""
    met = result["median"] <= target
    print(json.dumps({"bench": name, "target": target, "met": met, **result, **more}))

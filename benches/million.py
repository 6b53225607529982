"""What the API server needs for its lists with a million task instances. Milliseconds of each request, in process.

`--seed-only --url …` fills a new database and leaves it there, for other measurements.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

import benches.harness  # noqa: F401 - finds the support of the tests
from ostro import store
from ostro.api.app import create_app
from ostro.api.auth.passwords import hash_password
from ostro.api.deps import ApiConfig, Deps
from ostro.clock import SystemClock
from support import million
from support.services import database

#: Milliseconds that a list, and a grid, may take.
LIST, GRID = 100, 500
ALL_RUNS = "/api/v2/dags/~/dagRuns"
LONG_RUNS = f"/api/v2/dags/{million.LONG}/dagRuns"
ALL_INSTANCES = "/api/v2/dags/~/dagRuns/~/taskInstances"
LONG_INSTANCES = f"/api/v2/dags/{million.LONG}/dagRuns/~/taskInstances"
WIDE_INSTANCES = f"/api/v2/dags/{million.WIDE}/dagRuns/scheduled__49/taskInstances"

DAGS = {
    "dags": "/api/v2/dags",
    "dags_by_display_name": "/api/v2/dags?order_by=-dag_display_name",
    "dags_by_last_run": "/api/v2/dags?order_by=-last_run_start_date",
    "dags_pattern": "/api/v2/dags?dag_id_pattern=report",
    "dags_prefix": "/api/v2/dags?dag_id_prefix_pattern=ml_",
    "dags_tags": "/api/v2/dags?tags=team_07&tags=level_1&tags_match_mode=all",
    "dags_owners": "/api/v2/dags?owners=ann",
    "dags_paused": "/api/v2/dags?paused=true",
    "dags_last_failed": "/api/v2/dags?last_dag_run_state=failed",
    "dags_any_running": "/api/v2/dags?dag_run_state=running",
    "dags_last_page": "/api/v2/dags?offset=4950",
    "dag_details": f"/api/v2/dags/{million.WIDE}/details",
    "dag_tags": "/api/v2/dagTags",
    "dag_stats": "/api/v2/dagStats",
    "dag_stats_of_one": f"/api/v2/dagStats?dag_ids={million.LONG}",
}
_RUN_FILTERS = {
    "": "",
    "_newest": "order_by=-run_after",
    "_by_start": "order_by=-start_date",
    "_by_duration": "order_by=-duration",
    "_by_run_id": "order_by=dag_run_id",
    "_failed": "state=failed&order_by=-run_after",
    "_success_by_id": "state=success&order_by=-id",
    "_running": "state=running",
    "_manual": "run_type=manual&order_by=-run_after",
    "_pattern": "run_id_pattern=99&order_by=-run_after",
    "_prefix": "run_id_prefix_pattern=manual__19",
    "_user": "triggering_user_name_pattern=ann",
    "_since": "run_after_gte=2026-01-12T00:00:00Z&order_by=run_after",
    "_started_between": "start_date_gte=2026-01-05T00:00:00Z&start_date_lt=2026-01-06T00:00:00Z",
    "_ended_since": "end_date_gte=2026-01-14T00:00:00Z",
    "_long": "duration_gte=5000",
    "_conf": "conf_contains=1234",
    "_version": "dag_version=1&order_by=-run_after",
    "_last_page": "offset=4900",
    "_cursor": "cursor=&order_by=-run_after",
}
RUNS = {f"runs{k}": f"{ALL_RUNS}?{v}" for k, v in _RUN_FILTERS.items()} | {
    f"runs_of_dag{k}": f"{LONG_RUNS}?{v}" for k, v in _RUN_FILTERS.items()
}
_INSTANCE_FILTERS = {
    "": "",
    "_newest": "order_by=-start_date",
    "_by_duration": "order_by=-duration",
    "_by_end": "order_by=-end_date",
    "_by_task": "order_by=task_id",
    "_by_queued": "order_by=-queued_when",
    "_failed": "state=failed",
    "_failed_newest": "state=failed&order_by=-start_date",
    "_success": "state=success",
    "_success_newest": "state=success&order_by=-start_date",
    "_running": "state=running",
    "_none": "state=none",
    "_task_id": "task_id=task_07",
    "_task_pattern": "task_display_name_pattern=task_07",
    "_task_prefix": "task_display_name_prefix_pattern=task_07",
    "_operator": "operator=BashOperator",
    "_operator_pattern": "operator_name_pattern=sensor&order_by=-start_date",
    "_pool": "pool=small",
    "_queue": "queue=gpu&order_by=-start_date",
    "_run_pattern": "run_id_pattern=1999",
    "_dag_pattern": "dag_id_pattern=ml_report",
    "_dag_prefix": "dag_id_prefix_pattern=finance_train",
    "_since": "run_after_gte=2026-01-12T00:00:00Z",
    "_started_between": "start_date_gte=2026-01-05T00:00:00Z&start_date_lt=2026-01-06T00:00:00Z",
    "_long": "duration_gte=29&order_by=-start_date",
    "_try": "try_number=1",
    "_map_index": "map_index=3",
    "_cursor": "cursor=&order_by=-start_date",
}
INSTANCES = (
    {f"instances{k}": f"{ALL_INSTANCES}?{v}" for k, v in _INSTANCE_FILTERS.items()}
    | {f"instances_of_dag{k}": f"{LONG_INSTANCES}?{v}" for k, v in _INSTANCE_FILTERS.items()}
    | {f"instances_of_run{k}": f"{WIDE_INSTANCES}?{v}" for k, v in _INSTANCE_FILTERS.items()}
)
REST = {
    "event_logs": "/api/v2/eventLogs",
    "event_logs_newest": "/api/v2/eventLogs?order_by=-when",
    "event_logs_of_dag": f"/api/v2/eventLogs?dag_id={million.LONG}&order_by=-when",
    "event_logs_event": "/api/v2/eventLogs?event=login&order_by=-when",
    "event_logs_pattern": "/api/v2/eventLogs?event_pattern=clear",
    "event_logs_owner": "/api/v2/eventLogs?owner=bob",
    "event_logs_before": "/api/v2/eventLogs?before=2026-01-03T00:00:00Z&order_by=-when",
    "xcoms": f"{ALL_INSTANCES}/~/xcomEntries",
    "xcoms_key": f"{ALL_INSTANCES}/~/xcomEntries?xcom_key=return_value",
    "xcoms_pattern": f"{ALL_INSTANCES}/~/xcomEntries?xcom_key_pattern=other",
    "xcoms_of_dag": f"{LONG_INSTANCES}/~/xcomEntries",
    "pools": "/api/v2/pools",
    "assets": "/api/v2/assets",
    "import_errors": "/api/v2/importErrors",
    "warnings": "/api/v2/dagWarnings",
    "versions": f"/api/v2/dags/{million.LONG}/dagVersions",
    "tasks": f"/api/v2/dags/{million.WIDE}/tasks",
    "health": "/api/v2/monitor/health",
    "jobs": "/api/v2/jobs",
}
GRIDS = {
    "grid": f"/ui/dags/{million.WIDE}/grid?limit=50",
    "grid_of_long_history": f"/ui/dags/{million.LONG}/grid?limit=50",
}


def client_of(db: store.Store) -> TestClient:
    """The whole app over the store, signed in; no socket, no engine."""
    clock = SystemClock()
    deps = Deps(
        store=db,
        clock=clock,
        cipher=store.Cipher([store.Cipher.new_key()]),
        config=ApiConfig(token_key=b"k" * 32),
    )
    app = create_app(deps)
    with db.begin() as tx:
        found = store.accounts.find_user(tx, "admin")
        admin = (
            store.accounts.insert_user(tx, "admin", hash_password("x" * 20), roles=["Admin"], now=clock.now())
            if found is None
            else found.id
        )
        token = app.state.tokens.issue("admin", now=clock.now(), lifetime=timedelta(days=1))
        claims = app.state.tokens.read(token, now=clock.now())
        store.sessions.add_token(
            tx, claims.token_id, admin, kind="api", now=clock.now(), expires_at=claims.expires_at
        )
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


def median(client: TestClient, path: str, runs: int) -> float:
    """Milliseconds of a request, the first left out: it reads the file. One that takes seconds is not repeated."""
    times: list[float] = []
    while len(times) <= runs:
        begin = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - begin) * 1000)
        assert answer.status_code == 200, (path, answer.text[:300])
        if times[-1] > 3000:
            return round(times[-1], 1)
    return round(statistics.median(times[1:]), 1)


def measure(client: TestClient, runs: int, wanted: str) -> dict[str, Any]:
    """Times by request, slowest first, and those over their target."""
    found = {}
    for limit, paths in ((LIST, DAGS | RUNS | INSTANCES | REST), (GRID, GRIDS)):
        for name, path in paths.items():
            if wanted in name:
                found[name] = (median(client, path, runs), limit)
    times = {name: ms for name, (ms, _) in sorted(found.items(), key=lambda item: -item[1][0])}
    return {
        "over": sorted(n for n, (ms, limit) in found.items() if ms > limit),
        "unit": "ms",
        "values": times,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--url", help="a database of your own: filled when it is new, and left there")
    parser.add_argument(
        "--seed-only", action="store_true", help="fill the database at --url, measure nothing"
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="requests whose name has this in it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as folder:
        if args.url:
            run(args, args.url)
        else:
            with database(args.database, Path(folder)) as url:
                run(args, url)


def run(args: argparse.Namespace, url: str) -> None:
    db = store.Store.open(url)
    db.migrate()
    with db.read() as tx:
        is_new = tx.exec_driver_sql("SELECT count(*) FROM dag").scalar_one() == 0
    begin = time.perf_counter()
    if is_new:
        million.fill(db, million.Size())
    result: dict[str, Any] = {"bench": "million", "database": db.dialect}
    if is_new:
        result["fill_s"] = round(time.perf_counter() - begin, 1)
    if not args.seed_only:
        client = client_of(db)
        # A pass of Python's collector takes longer than many of these requests, and hits any of them.
        gc.disable()
        found = measure(client, args.runs, args.only)
        result |= {"target": LIST, "target_grid": GRID, "met": not found["over"], **found}
        client.app.state.tail.close()  # type: ignore[attr-defined]
    print(json.dumps(result))
    db.dispose()


if __name__ == "__main__":
    main()

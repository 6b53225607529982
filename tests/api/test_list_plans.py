"""Lists over a long history use indexes: every statement that a list of the page or of the REST API sends is explained.

Counting all that match reads all that match: the REST API owes its callers a total. Nothing else may read a large table
as a whole, and what the page itself asks for counts up to a limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from ostro.api.app import create_app
from ostro.api.auth.passwords import hash_password
from ostro.api.deps import ApiConfig, Deps
from ostro.clock import SystemClock
from ostro.store import Cipher, Store, accounts, sessions
from support import million
from support.services import database

#: Tables that are large here, and grow with history.
LARGE = ("task_instance", "attempt", "ti_event", "xcom", "event_log")
SIZE = million.Size(dags=150, runs=5_000, wide_tasks=200, deeds=30_000)
INSTANCES = "/api/v2/dags/~/dagRuns/~/taskInstances"
OF_DAG = f"/api/v2/dags/{million.LONG}/dagRuns"
OF_RUN = f"/api/v2/dags/{million.WIDE}/dagRuns/scheduled__40/taskInstances"
DAG = f"/ui/dags/{million.LONG}"
RUN = f"/ui/dags/{million.WIDE}/runs/scheduled__40"
MONTH = "since=2026-01-01T00:00:00Z&until=2026-01-31T00:00:00Z"

PAGE = (
    "/ui/session", "/ui/health", "/ui/home", "/ui/home?hours=168", "/ui/dags?limit=50&runs=20", "/ui/dags?last_state=failed",
    "/ui/dags?running=true&order_by=-last_run", "/ui/dags?pending_actions=true", DAG, f"{DAG}/structure", f"{DAG}/overview",
    f"{DAG}/grid?limit=50", f"{DAG}/graph", f"{DAG}/durations", f"{DAG}/tasks", f"{DAG}/calendar?{MONTH}",
    f"{DAG}/deadlineAlerts", f"/ui/dags/{million.WIDE}/grid?limit=50", RUN, f"{RUN}/states", f"{RUN}/critical", f"{RUN}/gantt",
    f"{RUN}/touched?act=failed", f"/ui/timeline?{MONTH}", "/ui/runs/count", "/ui/runs/count?state=failed",
    "/ui/tasks/count", "/ui/tasks/count?state=failed", "/ui/tasks/count?pool=small",
    "/ui/tasks/count?pool=small&pool=nowhere", "/ui/approvals", "/ui/approvals/count",
    "/ui/assets", "/ui/lineage", "/ui/dependencies", "/ui/backfills", "/ui/pools/waiting?pool=default_pool", "/ui/pools/past",
    "/ui/queues", "/ui/processes",
    "/ui/triggers", "/ui/audit", f"/ui/audit?dag_id={million.LONG}",
)  # fmt: skip
REST = (
    "/api/v2/dags", "/api/v2/dags?order_by=-last_run_start_date", "/api/v2/dagTags", "/api/v2/dagStats", OF_DAG,
    f"{OF_DAG}?order_by=-run_after", f"{OF_DAG}?state=failed", "/api/v2/dags/~/dagRuns?order_by=-run_after",
    "/api/v2/dags/~/dagRuns?cursor=&order_by=-run_after", "/api/v2/dags/~/dagRuns?state=running", INSTANCES,
    f"{INSTANCES}?pool=small&order_by=-start_date", f"{INSTANCES}?offset=50",
    f"{INSTANCES}?order_by=-start_date", f"{INSTANCES}?state=failed", f"{INSTANCES}?state=failed&order_by=-start_date",
    f"{INSTANCES}?state=running", f"{INSTANCES}?cursor=&order_by=-start_date", f"{INSTANCES}?cursor=&order_by=-run_after",
    f"{OF_DAG}/~/taskInstances?order_by=-run_after", OF_RUN, f"{OF_RUN}?state=failed", "/api/v2/eventLogs?order_by=-when",
    f"/api/v2/eventLogs?dag_id={million.LONG}&order_by=-when", f"{INSTANCES}/~/xcomEntries", f"{OF_RUN}/~/xcomEntries",
    "/api/v2/pools", "/api/v2/assets", "/api/v2/importErrors", "/api/v2/jobs", f"/api/v2/dags/{million.LONG}/dagVersions",
)  # fmt: skip


class Sent(NamedTuple):
    sql: str
    params: Any


class Lists:
    """The app over a long history, and what it sends to the database."""

    def __init__(self, db: Store) -> None:
        self.db = db
        clock = SystemClock()
        config = ApiConfig(token_key=b"k" * 32)
        app = create_app(Deps(store=db, clock=clock, cipher=Cipher([Cipher.new_key()]), config=config))
        with db.begin() as tx:
            user = accounts.insert_user(
                tx, "admin", hash_password("x" * 20), roles=["Admin"], now=clock.now()
            )
            token = app.state.tokens.issue("admin", now=clock.now(), lifetime=timedelta(days=1))
            claims = app.state.tokens.read(token, now=clock.now())
            sessions.add_token(
                tx, claims.token_id, user, kind="api", now=clock.now(), expires_at=claims.expires_at
            )
        self.client = TestClient(app, headers={"Authorization": f"Bearer {token}"})

    def sent_by(self, path: str) -> list[Sent]:
        """The statements that a request reads with."""
        found: list[Sent] = []

        def hear(conn: Any, cursor: Any, sql: str, params: Any, *more: Any) -> None:
            if sql.lstrip().upper().startswith(("SELECT", "WITH")):
                found.append(Sent(sql, params))

        sa.event.listen(sa.Engine, "before_cursor_execute", hear)
        try:
            answer = self.client.get(path)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", hear)
        assert answer.status_code == 200, answer.text
        return found

    def scans(self, sent: Sent) -> list[str]:
        """Large tables that the database would read as a whole for a statement."""
        with self.db.read() as tx:
            driver: Any = tx.connection.driver_connection
            if self.db.dialect == "sqlite":
                rows = driver.execute(f"EXPLAIN QUERY PLAN {sent.sql}", sent.params).fetchall()
                # The first rows in the order of the table itself are no scan.
                few = (
                    "ORDER BY" in sent.sql
                    and "LIMIT" in sent.sql
                    and not any("TEMP" in row[3] for row in rows)
                )
                names = [] if few else [m[1] for row in rows if (m := re.match(r"SCAN (\w+)$", row[3]))]
            else:
                plan = driver.execute(f"EXPLAIN (FORMAT JSON) {sent.sql}", sent.params).fetchone()[0]
                names = [*_sequential(plan if isinstance(plan, list) else json.loads(plan))]
        return [name for name in names if _table(name, sent.sql) in LARGE]


def _sequential(plan: Any) -> Iterator[str]:
    if isinstance(plan, list):
        for one in plan:
            yield from _sequential(one)
    elif isinstance(plan, dict):
        if plan.get("Node Type") == "Seq Scan":
            yield plan["Relation Name"]
        for value in plan.values():
            yield from _sequential(value)


def _table(name: str, sql: str) -> str:
    """The table behind an alias."""
    found = re.search(rf"(\w+) AS {name}\b", sql)
    return found[1] if found else name


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lists(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    with database(request.param, tmp_path_factory.mktemp("lists")) as url:
        db = Store.open(url)
        db.migrate()
        million.fill(db, SIZE)
        yield Lists(db)
        db.dispose()


def test_what_the_page_asks_for(lists: Lists) -> None:
    wrong = [
        (path, scans, sent.sql)
        for path in PAGE
        for sent in lists.sent_by(path)
        if (scans := lists.scans(sent))
    ]
    assert not wrong, "\n\n".join(f"{path}: {scans}\n{sql}" for path, scans, sql in wrong)


def test_what_the_rest_api_is_asked_for(lists: Lists) -> None:
    wrong = [
        (path, scans, sent.sql)
        for path in REST
        for sent in lists.sent_by(path)
        if not sent.sql.startswith("SELECT count(") and (scans := lists.scans(sent))
    ]
    assert not wrong, "\n\n".join(f"{path}: {scans}\n{sql}" for path, scans, sql in wrong)

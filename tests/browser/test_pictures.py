"""The pictures of the guide: the DAGs in `gallery`, after two weeks of runs. Written only when asked for."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import ROOT, Visitor, forbid_complaints
from support.deadline import wait_for
from support.standalone import Standalone

PICTURES = ROOT / "docs" / "guide" / "pictures"
GALLERY = Path(__file__).parent / "gallery"
#: Where the DAGs stand while the pictures are made: tracebacks show it. Must not be there yet.
PLACE = Path(os.environ.get("OSTRO_PICTURES_PLACE", "/opt/shop"))
DAYS = range(2, 17)
SMALL = ["churn_model", "customer_mails", "exchange_rates", "stock_levels", "supplier_files"]

#: Name of each picture, the address, what is there when the page is ready, and buttons that are pressed before.
#: SINCE and UNTIL stand for the stretch in which the runs were. `tests/architecture/views.txt` names them.
SHOTS: list[tuple[str, ...]] = [
    ("login", "/login", ".login__card"),
    ("home", "/", ".home"),
    ("dags", "/dags", "tr[data-dag=tax_report]"),
    ("overview", "/dags/daily_orders/overview", ".durations__took"),
    ("graph", "/dags/daily_orders/graph?run=day14", "canvas"),
    ("gantt", "/dags/daily_orders/runs/day14/gantt", "canvas"),
    ("calendar", "/dags/daily_orders/calendar?year=2026", "[data-look=failed]"),
    ("durations", "/dags/stock_levels/durations", ".durations__took"),
    ("grid", "/dags/daily_orders/runs/day14", "a.cell"),
    ("run", "/dags/daily_orders/runs/day14", ".touch strong", "Clear", "Only failed tasks"),
    ("task", "/dags/daily_orders/runs/day14/tasks/clean.currencies", ".logline--error"),
    ("log", "/dags/daily_orders/runs/day14/tasks/clean.currencies?q=EUR#L2-L3", "mark.hit--now"),
    ("runs", "/runs", ".explorer__table [data-row]"),
    ("tasks", '/tasks?states=["failed"]', ".explorer__table [data-row]"),
    ("timeline", "/timeline?since=SINCE&until=UNTIL&show=tasks", ".floor__canvas"),
    ("assets", "/assets?lineage=true", "canvas.graph__canvas"),
    ("trigger", "/dags/daily_orders", "dialog select", "Trigger"),
    ("approvals", "/approvals?at=price_list%20february%20release%20-1", "article"),
    ("code", "/dags/daily_orders/code", ".source__line"),
    ("pools", "/admin/pools", ".poolpast__taken"),
    ("workers", "/admin/workers", "dialog li", "Drain …"),
    ("connections", "/connections?edit=warehouse", "dialog #test-off"),
    ("roles", "/admin/roles", "dialog table", "Show Op"),
    ("palette", "/dags/daily_orders", "dialog .palette__item", "Search or run …"),
]


@pytest.mark.skipif(
    os.environ.get("OSTRO_WRITE_PICTURES") != "1", reason="OSTRO_WRITE_PICTURES=1 writes the pictures"
)
def test_pictures(browser: Browser) -> None:
    PLACE.mkdir(parents=True)
    try:
        shutil.copytree(GALLERY, PLACE / "dags", ignore=shutil.ignore_patterns("__pycache__"))
        with Standalone(PLACE / "home", PLACE / "dags") as ostro:
            begin = datetime.now(UTC)
            _runs(ostro)
            stretch = (begin, datetime.now(UTC) + timedelta(seconds=20))
            context = browser.new_context(
                viewport={"width": 1280, "height": 800}, locale="en-GB", reduced_motion="reduce"
            )
            visitor = Visitor(context, ostro.url)
            for name, path, seen, *buttons in SHOTS:
                if path != "/login":
                    visitor.sign_in()
                _shoot(visitor, name, _within(path, stretch), seen, buttons)
            context.close()
            forbid_complaints(visitor.complaints)
    finally:
        shutil.rmtree(PLACE, ignore_errors=True)


def _runs(ostro: Standalone) -> None:
    ostro.wait_dag("daily_orders")
    ostro.wait_dag("tax_report")
    for dag_id in ["daily_orders", *SMALL]:
        for day in DAYS:
            body = {"dag_run_id": f"day{day:02}", "logical_date": f"2026-01-{day:02}T06:30:00Z"}
            ostro.wait_run(dag_id, ostro.trigger(dag_id, **body))
    assert ostro.client is not None
    # The first scheduled runs met a cold start: cleared, they take as long as the others.
    for dag_id in SMALL:
        for run in ostro.get(f"/dags/{dag_id}/dagRuns", limit=100)["dag_runs"]:
            if run["run_type"] == "scheduled":
                ostro.wait_run(dag_id, run["dag_run_id"])
                path = f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}"
                ostro.post(f"{path}/clear", {"dry_run": False})
                ostro.wait_run(dag_id, run["dag_run_id"])
    ostro.trigger("price_list", dag_run_id="february")
    wait_for(
        lambda: ostro.task_states("price_list", "february").get("release") == ["awaiting_input"],
        seconds=30,
        what="the question",
    )
    for conn_id, conn_type, host in (
        ("warehouse", "generic", "db.example.com"),
        ("rates", "http", "rates.example"),
    ):
        body = {
            "connection_id": conn_id,
            "conn_type": conn_type,
            "host": host,
            "password": "not shown",
            "login": "shop",
        }
        ostro.post("/connections", body)
    for dag_id in ("old_invoices", "tax_report"):
        ostro.client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": True}).raise_for_status()


def _within(path: str, stretch: tuple[datetime, datetime]) -> str:
    for word, moment in zip(("SINCE", "UNTIL"), stretch, strict=True):
        path = path.replace(word, f"{moment:%Y-%m-%dT%H:%M:%S}Z")
    return path


def _shoot(visitor: Visitor, name: str, path: str, seen: str, buttons: list[str]) -> None:
    page = visitor.open(path)
    for button in buttons:
        # With dots at its end: a name that goes on.
        begins = button.removesuffix(" …")
        page.get_by_role("button", name=begins, exact=begins == button).first.click()
    expect(page.locator(seen).first).to_be_visible()
    if path != "/login":
        expect(page.get_by_role("button", name="Live")).to_be_visible()
    page.wait_for_load_state("load")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
    assert (PICTURES / f"{name}.png").stat().st_size <= 300_000

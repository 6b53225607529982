"""What the page needs, in a browser, for a list of 5,000 DAGs and for large ones: a graph of 10,000 tasks with and without
groups, a grid of 10,000 × 50.

Only the web server runs, over a database that is filled first (`--url`: one that `benches.million` has filled and left).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright

import benches.harness  # noqa: F401 - finds the support of the tests
from ostro import store
from ostro.protocol.parse import Parsed, ParsedDag
from ostro.protocol.task import FileRef
from ostro.records import Move
from ostro.spec import DagSpec, TaskSpec, encode
from ostro.states import TaskState
from ostro.store import tables as t
from support import million
from support.deadline import wait_for
from support.services import database
from support.standalone import PASSWORD, Standalone

CHROMIUM = os.environ.get("OSTRO_TEST_CHROMIUM", "/usr/bin/chromium")
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
#: A DAG of 10,000 tasks without groups, each after two of the 50 before it.
FLAT = "flat_graph"
#: What each figure may be at most, or must be at least.
AT_MOST = {
    "dags_listed_s": 1.0,
    "graph_first_paint_s": 3.0,
    "flat_first_paint_s": 3.0,
    "click_to_panel_ms": 200,
    "graph_heap_mb": 300,
    "graph_elements": 5_000,
    "grid_first_rows_s": 1.5,
    "grid_sent_kb": 1_000,
    "change_on_screen_ms": 500,
}
AT_LEAST = {"graph_pan_fps": 30, "graph_open_pan_fps": 30, "graph_whole_pan_fps": 30, "flat_pan_fps": 30}

CANVAS = ".graph__canvas[data-nodes]"
#: Calls back with the frames per second of a drag over the canvas: of the middle frame.
PAN = """(canvas) => new Promise((done) => {
  const box = canvas.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const send = (type, dx, dy) => canvas.dispatchEvent(new PointerEvent(type,
    { clientX: x + dx, clientY: y + dy, button: 0, buttons: 1, pointerId: 1, bubbles: true }));
  canvas.setPointerCapture = () => {};
  const at = [];
  send('pointerdown', 0, 0);
  const step = (now) => {
    at.push(now);
    const n = at.length;
    if (n <= 90) {
      send('pointermove', 300 * Math.sin(n / 10), 180 * Math.sin(n / 7));
      requestAnimationFrame(step);
      return;
    }
    send('pointerup', 0, 0);
    const gaps = at.slice(1).map((one, i) => one - at[i]).sort((a, b) => a - b);
    done(1000 / gaps[gaps.length >> 1]);
  };
  requestAnimationFrame(step);
})"""
#: Calls back with the milliseconds from a click on a task to the panel on the screen.
CLICK = """(canvas) => new Promise((done) => {
  const box = canvas.getBoundingClientRect();
  const task = canvas.drawn().nodes.find((node) => !node.id.startsWith('group:') && node.x > 40 && node.y > 40
    && node.x + node.w < box.width - 240 && node.y + node.h < box.height - 160);
  const at = { clientX: box.left + task.x + task.w / 2, clientY: box.top + task.y + task.h / 2, button: 0, pointerId: 1, bubbles: true };
  canvas.setPointerCapture = () => {};
  const begin = performance.now();
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.graphpanel h2')) return;
    observer.disconnect();
    requestAnimationFrame(() => done(performance.now() - begin));
  }).observe(document.body, { childList: true, subtree: true });
  canvas.dispatchEvent(new PointerEvent('pointerdown', at));
  canvas.dispatchEvent(new PointerEvent('pointerup', at));
})"""
#: Calls back with the frames per second while the grid is scrolled.
SCROLL = """(grid) => new Promise((done) => {
  const at = [];
  const step = (now) => {
    at.push(now);
    if (at.length <= 90) {
      grid.scrollTop += 40;
      requestAnimationFrame(step);
      return;
    }
    const gaps = at.slice(1).map((one, i) => one - at[i]).sort((a, b) => a - b);
    done(1000 / gaps[gaps.length >> 1]);
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--url", help="a database of your own: filled when it is new, and left there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=sorted(PARTS), help="only the figures of this page")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as name:
        folder = Path(name)
        if args.url:
            run(args, args.url, folder)
        else:
            with database(args.database, folder) as url:
                run(args, url, folder)


def run(args: argparse.Namespace, url: str, folder: Path) -> None:
    db = store.Store.open(url)
    db.migrate()
    fill(db)
    with server(url, folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        rounds = []
        for _ in range(args.runs):
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
            answer = context.request.post(
                f"{address}/auth/login", data={"username": "admin", "password": PASSWORD}
            )
            assert answer.ok, answer.text()
            rounds.append(measure(db, context, address, args.only))
            context.close()
        browser.close()
    found = {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}
    missed = [name for name, most in AT_MOST.items() if found.get(name, most) > most]
    missed += [name for name, least in AT_LEAST.items() if found.get(name, least) < least]
    print(
        json.dumps({"bench": "pages", "database": db.dialect, "met": not missed, "missed": missed, **found})
    )
    db.dispose()


def fill(db: store.Store) -> None:
    """The DAGs, when they are not there: of a database of many DAGs, few runs, and the large DAG."""
    with db.read() as tx:
        known = {row[0] for row in tx.execute(sa.select(t.dag.c.dag_id))}
    if million.WIDE not in known:
        million.fill(db, million.Size(runs=500, deeds=100))
    if FLAT not in known:
        rng = random.Random(1)
        tasks = tuple(
            TaskSpec(
                task_id=f"task_{n:04d}",
                operator="PythonOperator",
                upstream=tuple(sorted({f"task_{max(0, n - rng.randint(1, 50)):04d}" for _ in range(2)}))
                if n
                else (),
            )
            for n in range(10_000)
        )
        parsed = Parsed(job=1, dags=[ParsedDag(FLAT, encode(DagSpec(dag_id=FLAT, tasks=tasks)))])
        with db.begin() as tx:
            store.specs.save_parsed(tx, FileRef(folder="/dags", path="flat.py"), parsed, now=million.START)


@contextmanager
def server(url: str, folder: Path) -> Iterator[str]:
    """A web server over the database, ready; yields its address."""
    (folder / "dags").mkdir()
    web = Standalone(folder / "home", folder / "dags")
    web.spawn(["api-server", "--port", str(web.port), "--database-url", url])

    def is_up() -> bool:
        assert web.process is not None
        assert web.process.poll() is None, web.tail()
        try:
            return httpx.get(f"{web.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_for(is_up, seconds=60, what=lambda: f"the web server: {web.tail()}")
        yield web.url
    finally:
        web.kill()


def measure(db: store.Store, context: BrowserContext, address: str, only: str | None) -> dict[str, float]:
    """All figures once, or those of one page."""
    found: dict[str, float] = {}
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Performance.enable")
    tools.send("Network.enable")
    for name, part in PARTS.items():
        if only in (None, name):
            found |= part(db, page, tools, address)
    return found


def measure_dags(_db: store.Store, page: Page, tools: CDPSession, address: str) -> dict[str, float]:
    """A browser that knows nothing yet opens the list; afterwards it has the files of the page."""
    sent = count_bytes(tools)
    found = {"dags_listed_s": seconds(lambda: open_dags(page, f"{address}/dags"))}
    page.get_by_role("button", name="Live").wait_for()
    found["dags_sent_kb"] = sum(sent) / 1000
    page.goto("about:blank")
    found["dags_again_s"] = seconds(lambda: open_dags(page, f"{address}/dags"))
    return found


def measure_graph(_db: store.Store, page: Page, tools: CDPSession, address: str) -> dict[str, float]:
    found: dict[str, float] = {}
    found["graph_first_paint_s"] = seconds(lambda: open_graph(page, f"{address}/dags/{million.WIDE}/graph"))
    canvas = page.locator(CANVAS)
    found["graph_pan_fps"] = canvas.evaluate(PAN)
    page.keyboard.press("e")
    page.locator(".graph__canvas[data-nodes='10100']").wait_for()
    found["graph_open_pan_fps"] = canvas.evaluate(PAN)
    found["click_to_panel_ms"] = canvas.evaluate(CLICK)
    page.get_by_role("button", name="Show all", exact=True).click()
    found["graph_whole_pan_fps"] = canvas.evaluate(PAN)
    found["graph_heap_mb"] = heap(tools)
    found["graph_elements"] = page.evaluate("document.querySelectorAll('*').length")
    return found


def measure_flat(_db: store.Store, page: Page, _tools: CDPSession, address: str) -> dict[str, float]:
    paint = seconds(lambda: open_graph(page, f"{address}/dags/{FLAT}/graph"))
    return {"flat_first_paint_s": paint, "flat_pan_fps": page.locator(CANVAS).evaluate(PAN)}


def measure_grid(db: store.Store, page: Page, tools: CDPSession, address: str) -> dict[str, float]:
    sent = count_bytes(tools)
    found = {"grid_first_rows_s": seconds(lambda: open_grid(page, f"{address}/dags/{million.WIDE}?limit=50"))}
    # The rest of the runs comes in a second answer.
    page.locator(f"[role=grid][aria-colcount='{million.WIDE_RUNS + 1}']").wait_for()
    page.get_by_role("button", name="Live").wait_for()
    found["grid_sent_kb"] = sum(sent) / 1000
    found["grid_elements"] = page.evaluate("document.querySelectorAll('*').length")
    page.keyboard.press("e")
    found["change_on_screen_ms"] = change(db, page)
    found["grid_scroll_fps"] = page.locator(".grid").evaluate(SCROLL)
    return found


PARTS = {"dags": measure_dags, "graph": measure_graph, "flat": measure_flat, "grid": measure_grid}


def count_bytes(tools: CDPSession) -> list[float]:
    """Bytes of each answer from now on."""
    sent: list[float] = []
    tools.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    return sent


def seconds(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def open_graph(page: Page, address: str) -> None:
    page.goto(address, wait_until="commit")
    page.locator(CANVAS).wait_for()


def open_dags(page: Page, address: str) -> None:
    page.goto(address, wait_until="commit")
    page.locator("tr[data-dag]").nth(49).wait_for()


def open_grid(page: Page, address: str) -> None:
    page.goto(address, wait_until="commit")
    page.locator(".grid__row .cell").first.wait_for()


def heap(tools: CDPSession) -> float:
    """Megabytes of JavaScript that are in use."""
    tools.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"]) / 1e6


def change(db: store.Store, page: Page) -> float:
    """Milliseconds from the commit of a task's new state to the cell that shows it."""
    task = "group_000.task_00"
    with db.begin() as tx:
        i, r = t.task_instance.c, t.dag_run.c
        ti, run_id, state = tx.execute(
            sa.select(i.id, r.run_id, i.state)
            .select_from(t.task_instance.join(t.dag_run, r.id == i.run))
            .where(r.dag_id == million.WIDE, i.task_id == task)
            .order_by(r.run_after.desc())
            .limit(1)
        ).one()
        after = TaskState.FAILED if state == TaskState.SUCCESS else TaskState.SUCCESS
        move = Move(ti=ti, before=TaskState(state), after=after)
        cell = page.locator(f"a.cell[href*='/runs/{run_id}/tasks/{task}']")
        cell.wait_for()
        assert all(store.transitions.apply_moves(tx, [move], million.START))
    begin = time.perf_counter()
    page.locator(f"a.cell[href*='/runs/{run_id}/tasks/{task}'][data-cell-state={after}]").wait_for()
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    main()

"""A log of millions of lines in a real browser: first screen, a word found; and the server alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from benches.harness import arguments, medians, report, standalone
from ostro.api.logs import scan
from ostro.api.logs.sieve import sieve
from ostro.logfiles import log_path
from support.standalone import PASSWORD, Standalone

#: Lines of the log; it is about 750 MB long.
LINES = 5_000_000
NEEDLE = LINES * 4 // 5
CHROMIUM = os.environ.get("OSTRO_TEST_CHROMIUM", "/usr/bin/chromium")
DAG = """
import time
from airflow.sdk import DAG, task

with DAG("long_log", schedule=None):
    @task
    def write() -> None:
        print("written")
    write()
"""


def fill(path: Path) -> None:
    form = b'{"timestamp":"2026-11-21T08:49:51.528891+00:00","level":"info","event":"%s","logger":"task.stdout"}\n'
    with path.open("wb", buffering=1 << 20) as file:
        for number in range(LINES):
            text = (
                "the needle in the haystack" if number == NEEDLE else f"row {number} of the table was copied"
            )
            file.write(form % text.encode())


def first_screen(page: Page, address: str) -> float:
    """Seconds from the address to the last line on the screen."""
    begin = time.perf_counter()
    page.goto(address)
    page.get_by_role("log").get_by_text(f"row {LINES - 1} of").wait_for()
    return time.perf_counter() - begin


def word(page: Page, address: str) -> float:
    """Seconds from the last key of a word to its line on the screen."""
    first_screen(page, address)
    search = page.get_by_role("searchbox", name="Search the log")
    begin = time.perf_counter()
    search.fill("NEEDLE in")
    expect(page.locator("mark.hit--now", has_text="needle in")).to_be_in_viewport(timeout=60_000)
    return time.perf_counter() - begin


def nowhere(path: Path) -> float:
    """Seconds in which the server has looked through the whole file for what is not there."""
    wanted = sieve(text="nothing of this kind")
    begin = time.perf_counter()
    offset = 0
    while True:
        part = scan.search(path, offset, wanted, 1, complete=True)
        offset = part.next
        if offset >= part.size:
            return time.perf_counter() - begin


def measure(ostro: Standalone, path: Path, runs: int) -> None:
    address = f"{ostro.url}/dags/long_log/runs/big/tasks/write"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.request.post(f"{ostro.url}/auth/login", data={"username": "admin", "password": PASSWORD})
        page = context.new_page()
        size = round(path.stat().st_size / 1e6)
        report(
            "log_first_screen",
            1.0,
            medians(lambda: first_screen(page, address), runs),
            lines=LINES,
            megabytes=size,
        )
        report("log_word", 2.0, medians(lambda: word(page, address), runs), lines=LINES, megabytes=size)
        browser.close()
    report("log_scan", 2.0, medians(lambda: nowhere(path), runs), lines=LINES)


def main() -> None:
    args = arguments(__doc__)
    with standalone(args.database, {"long_log.py": DAG}) as ostro:
        ostro.wait_dag("long_log")
        ostro.wait_run("long_log", ostro.trigger("long_log", dag_run_id="big"))
        path = log_path(ostro.home / "logs", "long_log", "big", "write", -1, 1)
        fill(path)
        measure(ostro, path, args.runs)


if __name__ == "__main__":
    main()

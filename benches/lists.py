"""How soon lists of thousands are on the screen: 5,000 DAGs, a letter that narrows them, a timeline of 10,000 runs,
of 10,000 tries of tasks, and of 100,000.

Only the web server runs, over a database that is filled first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benches.pages import ARGS, CHROMIUM, seconds
from ostro import store
from support import crowd
from support.standalone import PASSWORD
from support.webonly import WebOnly

#: What each figure may be at most.
AT_MOST = {
    "dags_server_s": 0.1,
    "dags_browser_s": 1.0,
    "letter_s": 0.1,
    "timeline_s": 1.0,
    "tries_s": 1.0,
    "many_tries_s": 2.0,
}
DAY = 86_400_000
#: Tries before those that each run has by itself: 101,000 in all. And the milliseconds that have almost 10,000 of them.
TRIES, SOME = 9, 7_600_000

#: Milliseconds from a change of the search field to the list that follows it.
TYPE = """([text, wanted]) => new Promise((resolve, reject) => {
  const field = document.querySelector("input[data-search]");
  const began = performance.now();
  const watch = new MutationObserver(() => {
    if (document.querySelector("tr[data-dag]")?.dataset.dag !== wanted) return;
    if (document.querySelector("table[aria-busy=true]")) return;
    watch.disconnect();
    resolve(performance.now() - began);
  });
  watch.observe(document.querySelector("#main"), { subtree: true, childList: true, attributes: true });
  setTimeout(() => reject(new Error("the list did not follow")), 5000);
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ostro-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'crowd.db'}"
        db = store.Store.open(url)
        db.migrate()
        crowd.fill(db, tries=TRIES)
        db.dispose()
        with WebOnly(folder / "home", url) as web, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            rounds = []
            for number in range(args.runs):
                context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
                login = {"username": "admin", "password": PASSWORD}
                assert context.request.post(f"{web.url}/auth/login", data=login).ok
                rounds.append(measure(web, context, number))
                context.close()
            browser.close()
    found = {name: round(statistics.median(one[name] for one in rounds), 3) for name in rounds[0]}
    missed = [name for name, most in AT_MOST.items() if found[name] > most]
    print(json.dumps({"bench": "lists", "met": not missed, "missed": missed, **found}))


def measure(web: WebOnly, context: BrowserContext, number: int) -> dict[str, float]:
    """All figures once; in the `number`th round a word of its own is typed, so that no answer is remembered."""
    found: dict[str, float] = {}
    assert web.client is not None
    client = web.client
    found["dags_server_s"] = seconds(
        lambda: client.get("/ui/dags", params={"limit": 50, "runs": 20}).raise_for_status()
    )
    page = context.new_page()
    found["dags_browser_s"] = seconds(lambda: open_dags(page, web.url))
    found["dags_again_s"] = seconds(lambda: open_dags(page, web.url))
    found["letter_s"] = page.evaluate(TYPE, [f"crowd_{40 + number}", f"crowd_{40 + number}00"]) / 1000
    since = (crowd.NOW.timestamp() - 8 * 10_000 - 900) * 1000
    for name, span, what in (
        ("timeline_s", DAY, "runs"),
        ("tries_s", SOME, "tries"),
        ("many_tries_s", DAY, "tries"),
    ):
        tasks = "&show=tasks" if what == "tries" else ""
        address = f"{web.url}/timeline?since={moment(since)}&until={moment(since + span)}{tasks}"
        found[name] = seconds(lambda address=address, what=what: open_timeline(page, address, what))
    found["many_tries_server_s"] = seconds(
        lambda: client.get(
            "/ui/timeline/tasks", params={"since": moment(since), "until": moment(since + DAY)}
        ).raise_for_status()
    )
    return found


def moment(at: float) -> str:
    """A count of milliseconds since 1970 as the addresses of the page have it."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def open_dags(page: Page, url: str) -> None:
    page.goto(f"{url}/dags", wait_until="commit")
    page.locator("tr[data-dag]").nth(49).wait_for()


def open_timeline(page: Page, address: str, what: str) -> None:
    page.goto(address, wait_until="commit")
    page.locator(".floor__canvas").wait_for()
    page.get_by_text(f"{what} · ").wait_for()


if __name__ == "__main__":
    main()

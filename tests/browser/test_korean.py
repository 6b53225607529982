"""The page in Korean speaks Korean: no sentence in English but what people, their files and their programs wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from browser import desk as desk_files
from browser import walk
from browser.conftest import BROKEN, Visitor
from support.deadline import wait_for
from support.standalone import Standalone

#: Tasks that end, wait and are skipped in every way that a small installation has at hand.
FATES = """
import os
import signal
from datetime import datetime, timedelta

from airflow.exceptions import AirflowSkipException
from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import DAG, Param, task

with DAG("fates", schedule=None, start_date=datetime(2026, 1, 1), params={"depth": Param(3, type="integer", maximum=9)}):

    @task
    def killed() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @task
    def crashed() -> None:
        os.kill(os.getpid(), signal.SIGSEGV)

    @task
    def left() -> None:
        os._exit(3)

    @task
    def gone() -> None:
        os._exit(0)

    @task(retries=2, retry_delay=timedelta(hours=1))
    def again() -> None:
        raise RuntimeError("boom")

    @task
    def skipped() -> None:
        raise AirflowSkipException

    @task(trigger_rule="all_done")
    def later() -> None: ...

    @task(pool="nowhere")
    def poolless() -> None: ...

    @task(pool="narrow")
    def crowded() -> None: ...

    @task
    def numbers() -> list[int]:
        return []

    @task
    def each(x: int) -> None: ...

    @task
    def behind() -> None: ...

    @task
    def after_skip() -> None: ...

    killed() >> behind()
    skipped() >> after_skip()
    crashed(), left(), gone(), poolless(), crowded()
    again() >> later()
    each.expand(x=numbers())
    DateTimeSensorAsync(task_id="deferred", target_time="2050-01-01T00:00:00+00:00")

with DAG("quick", schedule="@daily", start_date=datetime(2030, 1, 1), dagrun_timeout=timedelta(seconds=0.1)):

    @task
    def slow() -> None:
        import time

        time.sleep(30)

    slow()
"""

TASKS = (
    "killed", "crashed", "left", "gone", "again", "skipped", "later", "poolless", "crowded", "each", "behind", "after_skip", "deferred",
)  # fmt: skip
TABS = ("waiting", "tries", "details", "log", "history")
#: Three words of Latin letters in a row are a sentence.
SENTENCE = re.compile(r"[A-Za-z][a-z’']*(?:[ ,][A-Za-z][A-Za-z’']*){2,}")

#: Texts that are seen or read aloud, without what people and programs wrote.
TEXTS = """() => {
  const found = [];
  const theirs = "pre, code, textarea, .mono, .markdown, [role=log], [lang=en]";
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const parent = nodes.currentNode.parentElement;
    if (parent.closest(theirs + ", script, style, noscript")) continue;
    found.push(nodes.currentNode.textContent);
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (one.closest(theirs)) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) if (one.hasAttribute(name)) found.push(one.getAttribute(name));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    folder = tmp_path_factory.mktemp("korean")
    dags = folder / "dags"
    dags.mkdir()
    for name, text in desk_files.FILES.items():
        (dags / f"{name}.py").write_text(text)
    (dags / "broken.py").write_text(BROKEN)
    (dags / "fates.py").write_text(FATES)
    with Standalone(folder / "home", dags) as started:
        for dag_id in (*desk_files.DAGS, "fates", "quick"):
            started.wait_dag(dag_id)
        started.post("/pools", {"name": "narrow", "slots": 0})
        started.trigger("fates", dag_run_id="all")
        started.wait_run("quick", started.trigger("quick", dag_run_id="timed_out"))
        settled = {"killed", "crashed", "left", "gone", "skipped", "behind", "each", "again", "deferred"}
        wait_for(
            lambda: settled <= _moved(started),
            seconds=60,
            what=lambda: str(started.task_states("fates", "all")),
        )
        yield started


def _moved(server: Standalone) -> set[str]:
    states = server.task_states("fates", "all")
    return {task for task, found in states.items() if not {None, "scheduled", "running"} & {*found}}


@pytest.fixture
def korean(browser: Browser, shop: Standalone) -> Iterator[Visitor]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="ko-KR", reduced_motion="reduce"
    )
    someone = Visitor(context, shop.url)
    someone.sign_in()
    yield someone
    context.close()


class Look:
    """Sentences in English, and where they were seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: dict[str, list[str]] = {}

    def at(self, place: str) -> None:
        for text in self.page.evaluate(TEXTS):
            if SENTENCE.search(text):
                self.found.setdefault(text.strip(), []).append(place)

    def forbid(self) -> None:
        told = "\n".join(f"{text}: {places[0]} ({len(places)})" for text, places in self.found.items())
        assert not self.found, told


def test_every_page_speaks_korean(korean: Visitor, shop: Standalone) -> None:
    page = korean.open("/")
    look = Look(page)
    (asset,) = (one for one in shop.get("/assets")["assets"] if one["name"] == "orders")
    values = {
        "dagId": "needs_both",
        "runId": "none",
        "taskId": "use",
        "name": "bank",
        "assetId": str(asset["id"]),
    }
    of_runs = {**values, "dagId": "fates", "runId": "all", "taskId": "later"}
    for address in walk.addresses(page, of_runs):
        if "/watchers/" not in address:
            walk.go(page, address)
            look.at(address)
    for task in TASKS:
        for tab in TABS:
            address = f"/dags/fates/runs/all/tasks/{task}?tab={tab}"
            walk.go(page, address)
            look.at(address)
    late = "/dags/quick/runs/timed_out"
    for address in ("/dags/needs_both/watchers/bank", late, f"{late}/tasks/slow?tab=tries", "/dags/quick"):
        walk.go(page, address)
        look.at(address)
    look.forbid()
    # On a telephone words stay whole, in one line where there is one.
    page.set_viewport_size({"width": 390, "height": 844})
    korean.open("/dags")
    segments = page.locator(".segments").first
    expect(segments).to_contain_text("일시 중지")
    assert (
        segments.evaluate(
            "all => Math.max(...[...all.children].map((one) => one.scrollHeight - one.clientHeight))"
        )
        <= 0
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dialogs_speak_korean(korean: Visitor) -> None:
    page = korean.open("/admin/pools?waiting=narrow")
    look = Look(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="crowded")).to_be_visible()
    look.at("who waits for a pool")
    korean.open("/dags/days/backfills")
    page.get_by_role("button", name="새 백필").click()
    dialog.locator("#backfill-from").fill("2026-01-01T00:00")
    dialog.locator("#backfill-to").fill("2026-01-05T00:00")
    expect(dialog.get_by_role("note")).to_be_visible()
    look.at("a backfill before the start date")
    korean.open("/dags/fates/runs/all/tasks/killed")
    page.get_by_role("button", name="초기화", exact=True).click()
    expect(dialog.get_by_role("table")).to_be_visible()
    look.at("what a clear touches")
    korean.open("/dags/fates")
    page.get_by_role("button", name="실행 시작", exact=True).click()
    expect(dialog).to_be_visible()
    look.at("a trigger")
    korean.open("/admin/workers")
    page.get_by_role("button", name=re.compile("^드레인: ")).click()
    expect(dialog).to_be_visible()
    look.at("the question before a drain")
    dialog.get_by_role("button", name="드레인", exact=True).click()
    expect(page.locator("main")).to_contain_text("드레인 완료")
    look.at("an engine that is drained")
    korean.open("/")
    expect(page.get_by_role("link", name="태스크 시작 멈춤")).to_be_visible()
    look.at("home while all engines drain")
    korean.open("/admin/workers")
    page.get_by_role("button", name=re.compile("^드레인 끝내기: ")).click()
    expect(page.locator(".toast")).to_contain_text("다시 태스크를 시작합니다")
    look.forbid()

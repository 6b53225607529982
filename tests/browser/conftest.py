"""A real browser on the page of a real `ostro standalone`; any error that the browser reports fails the test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from browser import desk as desk_files
from support.services import missing
from support.standalone import PASSWORD, Standalone

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("OSTRO_TEST_CHROMIUM", "/usr/bin/chromium")
#: Parts of Chromium that are switched off. First what Playwright switches off itself, whose list ours replaces; then pages
#: of its own that it loads for the address bar of every new window, and a process kept ready: most of what a window costs.
NOT_NEEDED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
)
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NOT_NEEDED)}",
]
#: Milliseconds within which the page must show what a test waits for.
PATIENCE = 15_000

#: Tells the console when the content security policy stops something.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy ${event.violatedDirective} stopped ${event.blockedURI}`));
"""

#: Lets a test say whether somebody looks at the page.
LOOKS = """
let hidden = false;
Object.defineProperty(Document.prototype, "hidden", { get: () => hidden });
globalThis.look = (seen) => { hidden = !seen; document.dispatchEvent(new Event("visibilitychange")); };
"""

STEPS = '''
"""A task that goes on when the test says so: it prints what the test writes into its file, until it reads "end"."""

import os
import time
from datetime import datetime

from airflow.sdk import DAG, task

with DAG("steps", schedule=None, start_date=datetime(2026, 1, 1), tags=["browser"]):

    @task
    def read(params: dict | None = None) -> int:
        print("reading begins")
        said = 0
        while True:
            path = os.environ["STEPS_FILE"]
            lines = open(path).read().splitlines() if os.path.exists(path) else []
            for line in lines[said:]:
                if line == "end":
                    return said
                print(line)
            said = len(lines)
            time.sleep(0.02)

    @task
    def after() -> None: ...

    read() >> after()
'''

BROKEN = "from airflow.sdk import DAG\n\nthis_name_is_not_known\n"

FAILING = """
from datetime import datetime

from airflow.sdk import dag, task


@dag(schedule=None, start_date=datetime(2026, 1, 1), tags=["browser"])
def breaks():
    @task
    def many_lines() -> None:
        for number in range(400):
            print(f"line {number}")
        raise RuntimeError("the planted error")

    @task
    def never() -> None: ...

    many_lines() >> never()


breaks()
"""


FAMILY = """
from datetime import datetime, timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, DeadlineAlert, DeadlineReference, SyncCallback, task

with DAG("starts_another", schedule=None, start_date=datetime(2026, 1, 1), tags=["browser"]):
    TriggerDagRunOperator(task_id="begin", trigger_dag_id="started", trigger_run_id="child_1", reset_dag_run=True)

with DAG("started", schedule=None, start_date=datetime(2026, 1, 1), tags=["browser"]):

    @task
    def one() -> None: ...

    one()


def late(**_: object) -> None: ...


with DAG(
    "has_deadlines",
    schedule=None,
    start_date=datetime(2026, 1, 1),
    tags=["browser"],
    deadline=DeadlineAlert(
        reference=DeadlineReference.FIXED_DATETIME(datetime(2026, 1, 2)),
        interval=timedelta(hours=1),
        callback=SyncCallback(late),
        name="too late already",
    ),
):

    @task
    def two() -> None: ...

    two()
"""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing("Chromium", f"{CHROMIUM} is not there (OSTRO_TEST_CHROMIUM names another)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def steps_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("steps") / "steps.txt"


@pytest.fixture(scope="package")
def ostro(tmp_path_factory: pytest.TempPathFactory, steps_file: Path) -> Iterator[Standalone]:
    if not (ROOT / "src" / "ostro" / "web" / "static" / "index.html").is_file():
        missing("the built page", "run `npm --prefix ui run build`")
    folder = tmp_path_factory.mktemp("browser")
    dags = folder / "dags"
    shutil.copytree(ROOT / "examples" / "dags", dags, ignore=shutil.ignore_patterns("__pycache__"))
    (dags / "steps.py").write_text(STEPS)
    (dags / "breaks.py").write_text(FAILING)
    (dags / "broken.py").write_text(BROKEN)
    (dags / "family.py").write_text(FAMILY)
    with Standalone(folder / "home", dags, env={"STEPS_FILE": str(steps_file)}) as started:
        for dag_id in (
            "steps",
            "breaks",
            "retries",
            "branches",
            "always_stop_the_server",
            "one_task_per_row",
            "starts_another",
            "has_deadlines",
        ):
            started.wait_dag(dag_id)
        yield started


class Visitor:
    """A browser window whose complaints are collected."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.complaints: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.add_init_script(TELL_VIOLATIONS)
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        self.page.on("requestfailed", lambda request: self._failed(request.url, request.failure))
        self.page.on("response", lambda answer: self._answer(answer.status, answer.url))

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def sign_in(self) -> None:
        answer = self.context.request.post(
            f"{self.url}/auth/login", data={"username": "admin", "password": PASSWORD}
        )
        assert answer.ok, answer.text()

    def _console(self, kind: str, text: str) -> None:
        # The browser repeats each bad answer on the console; `_answer` has it with its address.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.complaints.append(f"console {kind}: {text}")

    def _failed(self, url: str, failure: str | None) -> None:
        # A stream ends when its page goes away, and a question whose answer nobody wants any more is taken back.
        if failure != "net::ERR_ABORTED":
            self.complaints.append(f"request failed: {url} {failure}")

    def _answer(self, status: int, url: str) -> None:
        if status >= 400:
            self.complaints.append(f"answer {status}: {url}")


class Gate:
    """Holds back what the page asks for, until it is opened."""

    def __init__(self, page: Page, address: re.Pattern[str] | str) -> None:
        self.held: list[Route] = []
        self._is_open = False
        page.route(address, self._come)

    def _come(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self.held.append(route)

    def open(self) -> None:
        self._is_open = True
        for route in self.held:
            route.continue_()


@pytest.fixture
def stranger(browser: Browser, ostro: Standalone) -> Iterator[Visitor]:
    """Somebody who is not signed in. Answers 401 are no complaint."""
    yield from _visit(browser, ostro, is_stranger=True)


@pytest.fixture
def visitor(browser: Browser, ostro: Standalone) -> Iterator[Visitor]:
    """Somebody who is signed in."""
    yield from _visit(browser, ostro, is_stranger=False)


@pytest.fixture
def viewer(browser: Browser, ostro: Standalone) -> Iterator[Visitor]:
    """Somebody with the role Viewer."""
    assert ostro.client is not None
    body = {"username": "viola", "roles": ["Viewer"], "password": PASSWORD + " 1"}
    assert ostro.client.post("/ui/admin/users", json=body).status_code in (201, 409)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    someone = Visitor(context, ostro.url)
    login = {"username": "viola", "password": PASSWORD + " 1"}
    assert context.request.post(f"{ostro.url}/auth/login", data=login).ok
    change = {"old_password": PASSWORD + " 1", "new_password": PASSWORD + " 2"}
    head = {"X-Ostro-CSRF": "1", "Origin": ostro.url}
    assert context.request.post(f"{ostro.url}/ui/account/password", data=change, headers=head).ok
    yield someone
    context.close()
    assert ostro.client.delete("/ui/admin/users/viola").status_code == 204
    forbid_complaints(someone.complaints)


@pytest.fixture(scope="package")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    """A server with DAGs for the tests of forms, assets, questions and code; started once for all of them."""
    if not (ROOT / "src" / "ostro" / "web" / "static" / "index.html").is_file():
        missing("the built page", "run `npm --prefix ui run build`")
    folder = tmp_path_factory.mktemp("desk")
    dags = folder / "dags"
    dags.mkdir()
    for name, text in desk_files.FILES.items():
        (dags / f"{name}.py").write_text(text)
    with Standalone(folder / "home", dags) as started:
        for dag_id in desk_files.DAGS:
            started.wait_dag(dag_id)
        yield started


@pytest.fixture
def clerk(browser: Browser, desk: Standalone) -> Iterator[Visitor]:
    """Somebody who is signed in at the desk."""
    yield from _visit(browser, desk, is_stranger=False)


def _visit(browser: Browser, ostro: Standalone, *, is_stranger: bool) -> Iterator[Visitor]:
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce", locale="en-GB"
    )
    someone = Visitor(context, ostro.url)
    if not is_stranger:
        someone.sign_in()
    yield someone
    complaints = [c for c in someone.complaints if not (is_stranger and c.startswith("answer 401"))]
    context.close()
    forbid_complaints(complaints)


def forbid_complaints(complaints: list[str]) -> None:
    """Fails with all that the browser complained about."""
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page


@pytest.fixture
def say(steps_file: Path) -> Iterator[Callable[[str], None]]:
    """Gives lines to the task of the DAG `steps`, and lets it end when the test is over."""
    steps_file.write_text("")

    def write(line: str) -> None:
        with steps_file.open("a") as file:
            file.write(line + "\n")

    yield write
    write("end")

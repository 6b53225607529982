"""The administration: connections, variables, pools, processes, roles, users, the audit log; with nothing, with thousands, without permission."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Visitor
from browser.walk import tab_to
from ostro.assembly import keys, parts
from ostro.settings import load_settings
from ostro.store import connections
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import Standalone

PAGES = {
    "/connections": "Connections",
    "/variables": "Variables",
    "/admin/pools": "Pools",
    "/admin/workers": "Workers",
    "/admin/triggers": "Triggers",
    "/xcoms": "XComs",
    "/deadlines": "Deadlines",
    "/admin/users": "Users",
    "/admin/roles": "Roles",
    "/admin/sessions": "Sessions",
    "/audit": "Audit log",
    "/admin/providers": "Providers",
    "/admin/plugins": "Plugins",
}
CANARY = "canary-7d793037a0"


def test_every_page_opens_without_faults(visitor: Visitor) -> None:
    for theme, path in [("light", path) for path in PAGES] + [("dark", "/connections"), ("dark", "/audit")]:
        page = visitor.open(path)
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        expect(page.get_by_role("heading", level=1, name=PAGES[path])).to_be_visible()
        expect(page.locator(".skeletons")).to_have_count(0)
        forbid_faults(page)


def test_the_configuration_says_why_it_is_not_shown(visitor: Visitor) -> None:
    page = visitor.open("/admin/config")
    expect(page.get_by_role("heading", name="The configuration is not shown")).to_be_visible()
    expect(page.get_by_text("expose_config")).to_be_visible()


def answers(page: Page) -> list[str]:
    """Collects the bodies of all answers of the API to the page."""
    found: list[str] = []

    def keep(answer: Any) -> None:
        if "/api/" in answer.url or ("/ui/" in answer.url and "/events" not in answer.url):
            found.append(f"{answer.url} {answer.text() if answer.status != 204 else ''}")

    page.on("response", keep)
    return found


def test_life_of_a_connection_whose_secrets_never_come_back(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.page
    seen = answers(page)
    visitor.open("/connections")
    page.get_by_role("button", name="Add a connection").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Connection id").fill("no spaces")
    expect(form.get_by_text("Letters, digits")).to_be_visible()
    expect(form.get_by_role("button", name="Save")).to_be_disabled()
    form.get_by_label("Connection id").fill("life")
    form.get_by_label("Type").select_option("generic")
    form.get_by_label("Host").fill("db.example.com")
    form.get_by_label("Password").fill(CANARY)
    form.get_by_label("Extra").fill(json.dumps({"api_key": CANARY, "timeout": 5}))
    expect(form.get_by_role("button", name="Test")).to_be_disabled()
    forbid_faults(page, "dialog")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    row = page.locator("tr[data-row=life]")
    expect(row).to_contain_text("db.example.com")

    row.get_by_role("button", name="Edit life").click()
    expect(page).to_have_url(re.compile("edit=life"))
    expect(form.get_by_label("Password")).to_have_value("")
    expect(form.get_by_text("Kept. Type to replace it.")).to_be_visible()
    expect(form.get_by_label("Extra")).to_have_value(re.compile(r'"api_key":\s*"\*\*\*"'))
    form.get_by_label("Login").fill("reader")
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("reader")
    assert stored(ostro, "life") == (CANARY, {"api_key": CANARY, "timeout": 5})

    row.get_by_role("button", name="Edit life").click()
    form.get_by_role("button", name="Remove").click()
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stored(ostro, "life")[0] is None
    assert CANARY not in page.content()
    assert [one for one in seen if CANARY in one] == []

    row.get_by_role("button", name="Delete life").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(row).to_have_count(0)


def stored(ostro: Standalone, conn_id: str) -> tuple[str | None, Any]:
    """The password and extra in the database, decrypted."""
    settings = load_settings({"OSTRO_HOME": str(ostro.home)})
    store = parts.make_store(settings)
    with store.read() as tx:
        found = connections.get(tx, conn_id, keys.cipher(settings))
    store.dispose()
    assert found is not None
    return found.password, json.loads(found.extra or "null")


def test_variables_are_imported_hidden_and_searched(visitor: Visitor, ostro: Standalone) -> None:
    ostro.post("/variables", {"key": "here_before", "value": "old"})
    page = visitor.open("/variables")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("or paste it here").fill("{nonsense")
    expect(dialog.get_by_text("This is not valid JSON.")).to_be_visible()
    many = {f"bulk_{n:04}": n for n in range(2000)}
    dialog.get_by_label("or paste it here").fill(
        json.dumps({**many, "here_before": "new", "api_key": CANARY})
    )
    dialog.get_by_label("When one exists already").select_option("skip")
    dialog.get_by_role("button", name="Import 2,002 entries").click()
    expect(dialog.get_by_text("2,001 entries imported.")).to_be_visible()
    page.keyboard.press("Escape")
    assert ostro.get("/variables/here_before")["value"] == "old"

    page.get_by_role("searchbox", name="Search by key").fill("bulk_1999")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page).to_have_url(re.compile("search=bulk_1999"))
    page.get_by_role("searchbox", name="Search by key").fill("api_key")
    expect(page.locator("tr[data-row=api_key]")).to_contain_text("Hidden")
    assert CANARY not in page.content()
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.get_by_role("searchbox", name="Search by key").fill("bulk_00")
    expect(page.get_by_text("100 entries")).to_be_visible()
    # What was chosen is not seen any more, and is not deleted with what is chosen now.
    expect(page.get_by_text("1 selected")).to_have_count(0)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("status").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("50 entries", exact=True)).to_be_visible()


def test_a_pool_tells_who_waits(visitor: Visitor) -> None:
    page = visitor.open("/admin/pools")
    page.get_by_role("button", name="Add a pool").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("narrow")
    form.get_by_label("Slots", exact=False).first.fill("-2")
    expect(form.get_by_text("Slots are a whole number")).to_be_visible()
    form.get_by_label("Slots", exact=False).first.fill("3")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("tr[data-row=narrow]")).to_contain_text("0 of 3 slots taken")
    expect(page.get_by_role("button", name="Delete default_pool")).to_be_disabled()
    visitor.open("/admin/pools?waiting=narrow")
    expect(page.get_by_role("dialog", name="Waiting for slots of narrow")).to_contain_text(
        "Nothing is waiting"
    )


def test_the_engine_is_among_the_workers(visitor: Visitor) -> None:
    page = visitor.open("/admin/workers")
    expect(page.locator("tr[data-row]").first).to_contain_text("Healthy")


@pytest.fixture
def drains(ostro: Standalone) -> Iterator[None]:
    """For a test that drains the engine: it works again afterwards."""
    yield
    assert ostro.client is not None
    for one in ostro.client.get("/ui/processes").json()["processes"]:
        if one["drain"] is not None:
            url = f"/ui/processes/{quote(one['id'], safe='')}/drain"
            assert ostro.client.post(url, json={"drain": False}).status_code == 200


@pytest.mark.usefixtures("drains")
def test_an_engine_is_drained_and_works_again(
    visitor: Visitor, ostro: Standalone, say: Callable[[str], None]
) -> None:
    long = ostro.trigger("steps")
    wait_for(lambda: ostro.task_states("steps", long)["read"] == ["running"], what="a running task")
    page = visitor.open("/admin/workers")
    row = page.locator("tr[data-row]").first
    expect(row).to_contain_text(re.compile(r"[1-9]\d* of 32 running"))
    drain = row.get_by_role("button", name=re.compile("^Drain "))
    end = row.get_by_role("button", name=re.compile("^End drain of "))
    dialog = page.get_by_role("dialog", name="Drain this engine?")

    page.locator("main").focus()
    tab_to(page, drain)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_text(
        [
            "It starts no new task.",
            re.compile("runs ends? by (itself|themselves)"),
            re.compile("No other engine starts tasks"),
            re.compile("until it is ended here"),
        ]
    )
    forbid_faults(page, "dialog")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("Enter")
    tab_to(page, dialog.get_by_role("button", name="Drain", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("starts no more tasks")
    expect(row).to_contain_text(re.compile(r"Drains: [1-9]\d* tasks? still runs?"))
    expect(row).to_contain_text("Healthy")
    expect(page.get_by_role("link", name="No task starts")).to_be_visible()
    forbid_faults(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    forbid_faults(page)

    # What is due meanwhile waits, and says why; what runs ends.
    short = ostro.trigger("started")
    visitor.open(f"/dags/started/runs/{short}/tasks/one?tab=waiting")
    waits = page.locator(".waiting__one").filter(has_text="All engines drain")
    expect(waits).to_contain_text("ostro jobs resume")
    page.get_by_role("link", name="No task starts").click()
    expect(row).to_contain_text("Drains: ")
    say("end")
    expect(row).to_contain_text("Drained: may be stopped")
    visitor.open("/")
    part = page.locator("[data-part=scheduler]")
    forbid_faults(page)
    part.get_by_role("link", name="Drains: no task starts").click()
    assert ostro.task_states("started", short) == {"one": ["scheduled"]}
    end.click()
    expect(page.locator(".toast")).to_contain_text("starts tasks again")
    expect(drain).to_be_visible()
    expect(page.get_by_role("link", name="No task starts")).to_have_count(0)
    for dag_id, run_id in (("started", short), ("steps", long)):
        assert ostro.wait_run(dag_id, run_id)["state"] == "success"
    drain.click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(drain).to_be_visible()


def test_a_role_shows_what_it_really_allows(visitor: Visitor) -> None:
    page = visitor.open("/admin/roles")
    page.get_by_role("button", name="Add a role").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("night shift")
    form.get_by_label("edit DAG Runs", exact=True).check()
    expect(form.locator("[data-preview]")).to_contain_text("has no effect without “edit DAGs”")
    form.get_by_label("edit DAGs", exact=True).check()
    expect(form.locator("[data-preview]")).not_to_contain_text("no effect")
    form.get_by_label("On single DAGs: DAG id").fill("hello")
    form.get_by_role("button", name="Add a DAG").click()
    form.get_by_label("read DAG:hello").check()
    form.get_by_role("button", name="Save").click()
    expect(page.locator("tr[data-row='night shift']")).to_contain_text("3 permissions")
    page.get_by_role("button", name="Show Admin").click()
    expect(page.get_by_role("dialog").get_by_text("Standard role, cannot be changed")).to_be_visible()


def test_the_made_password_of_a_user_must_be_changed(visitor: Visitor, stranger: Visitor) -> None:
    page = visitor.open("/admin/users")
    page.get_by_role("button", name="Add a user").click()
    form = page.get_by_role("dialog")
    form.get_by_label("User name").fill("uma")
    form.get_by_role("button", name="Save").click()
    made = page.get_by_role("dialog", name="Password of uma").locator("code").inner_text()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    assert made not in page.content()

    other = stranger.open("/login")
    other.get_by_label("User name").fill("uma")
    other.get_by_label("Password", exact=True).fill(made)
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="Choose a password")).to_be_visible()
    other.get_by_label("New password").fill("a long new password")
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="Home")).to_be_visible()

    page.get_by_role("button", name="Delete uma").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("tr[data-row=uma]")).to_have_count(0)
    other.reload()
    expect(other.get_by_label("User name")).to_be_visible()


def test_the_audit_log_is_filtered_and_verified(visitor: Visitor) -> None:
    page = visitor.open("/audit")
    page.get_by_label("Action", exact=True).select_option("login")
    expect(page).to_have_url(re.compile("event=login"))
    page.reload()
    expect(page.locator("tr[data-row]").first).to_contain_text("login")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text("The chain holds")).to_be_visible()


def test_times_of_the_audit_log_are_those_of_the_zone_of_the_page(visitor: Visitor) -> None:
    visitor.page.add_init_script(
        "localStorage.setItem('ostro.settings', JSON.stringify({ zone: 'Asia/Seoul' }))"
    )
    page = visitor.open("/audit")
    page.get_by_label("From", exact=True).fill("2026-01-01T09:00")
    expect(page).to_have_url(re.compile("after=.?2026-01-01T00%3A00%3A00.000Z"))
    page.reload()
    expect(page.get_by_label("From", exact=True)).to_have_value(re.compile("^2026-01-01T09:00"))


def test_a_viewer_is_told_what_they_may_not(viewer: Visitor) -> None:
    page = viewer.open("/connections")
    expect(page.get_by_role("heading", name="You may not see this")).to_be_visible()
    expect(page.get_by_text("You may not see Connections")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Pages of the administration")
    expect(tabs.get_by_role("link", name="Pools")).to_be_visible()
    expect(tabs.get_by_role("link", name="Users")).to_have_count(0)
    tabs.get_by_role("link", name="Pools").click()
    expect(page.get_by_role("button", name="Add a pool")).to_be_disabled()
    tabs.get_by_role("link", name="Workers").click()
    drain = page.get_by_role("button", name=re.compile("^Drain "))
    expect(drain).to_be_disabled()
    expect(drain).to_have_attribute("title", re.compile("You may not change Jobs"))

"""Pages without a mouse, with very much to show, and with a server that answers late or wrongly."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Page, Route, expect

from browser.conftest import Visitor
from browser.desk import LONG
from browser.test_approvals import waiting
from browser.test_walk import faulty
from support import axe
from support.standalone import Standalone


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        words = "one => (one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText).replace('*', '').trim()"
        if page.locator(":focus").count() and page.locator(":focus").evaluate(words) == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")


def test_an_asset_is_found_and_its_event_made(clerk: Visitor, desk: Standalone) -> None:
    page = clerk.open("/assets")
    tab_to(page, "Search name or URI")
    page.keyboard.type("report")
    expect(page.locator("tr[data-asset]")).to_have_count(1)
    tab_to(page, "report")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="report")).to_be_visible()
    tab_to(page, "Create event")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    tab_to(page, "Create event")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("tr[data-event]")).to_contain_text("from outside")
    (asset,) = (one for one in desk.get("/assets")["assets"] if one["name"] == "report")
    assert desk.get("/assets/events", asset_id=asset["id"])["total_entries"] >= 1


def test_a_run_is_triggered_by_its_form(clerk: Visitor, desk: Standalone) -> None:
    page = clerk.open("/dags/forms")
    tab_to(page, "Trigger")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    # The first field without a value is what a refused form leads to.
    tab_to(page, "Who")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("must")).to_have_attribute("aria-invalid", "true")
    tab_to(page, "must")
    page.keyboard.type("by keys")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/dags/forms/runs/"))
    (made, *_) = desk.get("/dags/forms/dagRuns", order_by="-run_after")["dag_runs"]
    assert made["conf"]["must"] == "by keys"
    assert page.url.split("/runs/")[1] in (made["dag_run_id"], quote(made["dag_run_id"], safe=""))


def test_a_question_is_answered(clerk: Visitor, desk: Standalone) -> None:
    run = desk.trigger("asks", dag_run_id="ask_by_keys")
    waiting(desk, run)
    page = clerk.open("/dags/asks/runs/ask_by_keys/tasks/release")
    expect(page.get_by_role("article")).to_be_visible()
    tab_to(page, "Ship it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_contain_text("Answered by admin")
    for task, chosen, given in (("shops", ["Busan"], {}), ("amount", ["OK"], {"amount": 1})):
        place = f"/dags/asks/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails"
        desk.patch(place, {"chosen_options": chosen, "params_input": given})
    assert desk.wait_run("asks", run)["state"] == "success"


def test_hundreds_of_questions_are_pages(clerk: Visitor, desk: Standalone) -> None:
    """The list as a server has it that was asked 300 questions: a page of it at a time."""
    (one, *_) = _questions(desk)

    def many(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        begin, size = int(asked["offset"][0]), int(asked["limit"][0])
        rows = [{**one, "subject": f"Question {n}", "run_id": f"r{n}"} for n in range(300)][
            begin : begin + size
        ]
        route.fulfill(
            body=json.dumps({"approvals": rows, "total_entries": 300}), content_type="application/json"
        )

    clerk.page.route("**/ui/approvals?*", many)
    page = clerk.open("/approvals")
    listed = page.get_by_role("navigation", name="Approvals").locator(".approvals__one")
    expect(listed.first).to_contain_text("Question 0")
    shown = listed.count()
    assert shown < 300
    page.get_by_role("button", name="Next").click()
    expect(listed.first).to_contain_text(f"Question {shown}")
    page.reload()
    expect(listed.first).to_contain_text(f"Question {shown}")


def _questions(desk: Standalone) -> list[dict[str, object]]:
    assert desk.client is not None
    run = desk.trigger("asks", dag_run_id="ask_many")
    waiting(desk, run)
    found: list[dict[str, object]] = desk.client.get("/ui/approvals", params={"run_id": run}).json()[
        "approvals"
    ]
    desk.patch(f"/dags/asks/dagRuns/{run}", {"state": "failed"})
    assert desk.client.delete(f"/api/v2/dags/asks/dagRuns/{run}").status_code == 204
    return found


def test_thousands_of_lines_of_code_are_read_to_their_end(clerk: Visitor) -> None:
    page = clerk.open("/dags/long/code")
    source = page.get_by_role("region", name="Code").last
    expect(source.locator("[data-line]")).to_have_count(len(LONG.split("\n")))
    last = source.get_by_text("# line 5000 of many")
    expect(last).not_to_be_in_viewport()
    source.focus()
    page.keyboard.press("End")
    expect(last).to_be_in_viewport()


def test_a_variable_is_made_and_deleted(clerk: Visitor, desk: Standalone) -> None:
    page = clerk.open("/variables")
    tab_to(page, "Add a variable")
    page.keyboard.press("Enter")
    page.keyboard.type("by_keys")
    page.keyboard.press("Tab")
    page.keyboard.type("42")
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-row=by_keys]")).to_be_visible()
    assert desk.get("/variables/by_keys")["value"] == "42"
    tab_to(page, "Delete by_keys")
    page.keyboard.press("Enter")
    tab_to(page, "Delete")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-row=by_keys]")).to_have_count(0)


def test_a_user_is_made_among_hundreds(clerk: Visitor, desk: Standalone) -> None:
    def many(route: Route) -> None:
        found = route.fetch().json()
        first = found["users"][0]
        found["users"] += [{**first, "username": f"user_{n:04}"} for n in range(400)]
        route.fulfill(json=found)

    assert desk.client is not None
    clerk.page.route(
        "**/ui/admin/users", lambda route: many(route) if route.request.method == "GET" else route.fallback()
    )
    page = clerk.open("/admin/users")
    expect(page.locator("tr[data-row=user_0399]")).to_be_attached()
    tab_to(page, "Add a user")
    page.keyboard.press("Enter")
    page.keyboard.type("kim")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Password of kim")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("tr[data-row=kim]")).to_be_attached()
    assert desk.client.delete("/ui/admin/users/kim").status_code == 204


def test_the_palette_says_when_there_is_nothing_and_when_it_could_not_ask(clerk: Visitor) -> None:
    page = clerk.open("/assets")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search and commands")
    page.keyboard.type("zzqq")
    options = dialog.get_by_role("option")
    # Nothing of this name: what is left leads to the lists with it as a filter.
    expect(options).to_have_text([re.compile("Runs with “zzqq”"), re.compile("Task instances with “zzqq”")])
    page.route("**/ui/dags?*", faulty)
    page.keyboard.type("x")
    expect(dialog.get_by_role("alert")).to_contain_text("error id 4711")
    axe.forbid_faults(page, "dialog")
    clerk.complaints[:] = [one for one in clerk.complaints if not one.startswith("answer 500")]

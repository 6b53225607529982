"""One's own account, settings, and the command palette."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import Browser, expect

from browser.conftest import Gate, Visitor
from support.axe import forbid_faults
from support.deadline import wait_for
from support.standalone import PASSWORD, Standalone


def test_a_token_is_shown_once_and_works_until_it_is_revoked(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open("/account")
    page.get_by_role("button", name="New token").click()
    form = page.get_by_role("dialog")
    form.get_by_label("What it is for").fill("nightly export")
    form.get_by_role("button", name="Create").click()
    token = page.get_by_role("dialog", name="Your new token").locator("code").inner_text()
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(page.get_by_text("nightly export")).to_be_visible()
    assert token not in page.content()
    head = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{ostro.url}/api/v2/dags", headers=head).status_code == 200
    page.get_by_role("button", name="Revoke the token nightly export").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("nightly export")).to_have_count(0)
    assert httpx.get(f"{ostro.url}/api/v2/dags", headers=head).status_code == 401
    forbid_faults(page)


def test_a_session_that_is_ended_is_signed_out(visitor: Visitor, browser: Browser, ostro: Standalone) -> None:
    context = browser.new_context(locale="en-GB", user_agent="Other/1.0")
    other = Visitor(context, ostro.url)
    other.sign_in()
    elsewhere = other.open("/dags")
    expect(elsewhere.locator("tr[data-dag=hello]")).to_be_visible()
    page = visitor.open("/account")
    row = page.get_by_role("row").filter(has_text="Other/1.0").first
    row.get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("button", name="End").click()
    expect(row).to_have_count(0)
    # Refused at once, whatever asks; and its stream of changes ends, and it looks at its session.
    assert context.request.get(f"{ostro.url}/api/v2/dags").status == 401
    expect(elsewhere.get_by_label("User name")).to_be_visible()
    context.close()


def test_settings_are_kept(visitor: Visitor) -> None:
    page = visitor.open("/account")
    page.get_by_label("Density").select_option("compact")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Single-key shortcuts").check()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_the_palette_finds_and_does_in_three_keys(visitor: Visitor, ostro: Standalone) -> None:
    page = visitor.open("/dags/hello")
    expect(page.get_by_role("heading", name="hello")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("tri")
    first = page.get_by_role("listbox", name="Results").get_by_role("option").first
    expect(first).to_contain_text("Trigger")
    forbid_faults(page, "dialog")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name=re.compile("Trigger"))).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("pau")
    expect(first).to_contain_text("Pause")
    page.keyboard.press("Enter")
    expect(page.get_by_role("switch")).to_have_attribute("data-state", "unchecked")
    assert ostro.get("/dags/hello")["is_paused"] is True
    ostro.patch("/dags/hello", {"is_paused": False})
    page.keyboard.press("Control+k")
    page.keyboard.type("var")
    expect(first).to_contain_text("Variables")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/variables$"))


def test_enter_before_the_answer_goes_to_what_it_finds(visitor: Visitor) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    gate = Gate(page, re.compile(r"/ui/dags\?.*search="))
    page.keyboard.press("Control+k")
    page.keyboard.type("bran")
    page.keyboard.press("Enter")
    wait_for(lambda: gate.held or page.wait_for_timeout(20), seconds=10, what="the question for DAGs")
    # What is known already would fit, too: other pages with this word.
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.get_by_text("Searching")).to_be_visible()
    expect(page).to_have_url(re.compile(r":\d+/$"))
    gate.open()
    expect(page).to_have_url(re.compile("/dags/branches$"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_letters_after_enter_take_it_back(visitor: Visitor) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    gate = Gate(page, re.compile(r"/ui/dags\?.*search="))
    page.keyboard.press("Control+k")
    page.keyboard.type("bran")
    page.keyboard.press("Enter")
    page.keyboard.type("ches")
    gate.open()
    expect(page.get_by_role("option").first).to_contain_text("branches")
    expect(page).to_have_url(re.compile(r":\d+/$"))


def test_a_search_that_fails_is_told_and_enter_goes_nowhere_by_itself(visitor: Visitor) -> None:
    # A page whose bad answers are no complaint.
    page = visitor.context.new_page()
    page.goto(visitor.url + "/")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    gate = Gate(page, re.compile(r"/ui/dags\?.*search="))
    page.keyboard.press("Control+k")
    page.keyboard.type("bran")
    page.keyboard.press("Enter")
    wait_for(
        lambda: any("search=bran" in route.request.url for route in gate.held) or page.wait_for_timeout(20),
        seconds=10,
        what="the question for DAGs",
    )
    gate.held[-1].fulfill(status=500, json={"detail": "the database is full"})
    expect(page.get_by_role("alert")).to_contain_text("the database is full")
    expect(page).to_have_url(re.compile(r":\d+/$"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_own_password_is_changed(browser: Browser, ostro: Standalone) -> None:
    assert ostro.client is not None
    body = {"username": "pia", "roles": ["Viewer"], "password": PASSWORD + " 1"}
    assert ostro.client.post("/ui/admin/users", json=body).status_code == 201
    context = browser.new_context(locale="en-GB")
    page = Visitor(context, ostro.url).open("/login")
    page.get_by_label("User name").fill("pia")
    page.get_by_label("Password", exact=True).fill(PASSWORD + " 1")
    page.keyboard.press("Enter")
    page.get_by_label("New password").fill(PASSWORD + " 2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    page.goto(ostro.url + "/account")
    page.get_by_label("Current password").fill(PASSWORD + " 2")
    page.get_by_label("New password", exact=True).fill(PASSWORD + " 3")
    page.get_by_role("button", name="Show password").last.click()
    expect(page.get_by_label("New password", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password was changed.", exact=False)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    context.close()
    assert ostro.client.delete("/ui/admin/users/pia").status_code == 204

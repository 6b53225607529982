"""Who is not signed in sees the login page, whatever address was asked for."""

from __future__ import annotations

from playwright.sync_api import expect

from browser.conftest import Visitor
from support import axe
from support.standalone import PASSWORD, Standalone


def test_wrong_password_is_told_and_right_one_leads_on(stranger: Visitor) -> None:
    page = stranger.open("/dags/steps?tasks=read")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill("certainly wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")

    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="steps")).to_be_visible()
    assert page.url.endswith("/dags/steps?tasks=read")


def test_a_window_at_the_login_goes_where_it_wanted_when_another_one_signs_in(stranger: Visitor) -> None:
    waiting = stranger.context.new_page()
    waiting.goto(stranger.url + "/runs")
    expect(waiting.get_by_label("User name")).to_be_visible()
    page = stranger.open("/dags/steps")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="steps")).to_be_visible()
    expect(waiting.get_by_role("heading", name="Runs", exact=True)).to_be_visible()


def test_keys_alone_lead_in_and_nothing_is_sent_without_a_name(stranger: Visitor) -> None:
    asked: list[str] = []
    stranger.page.on("request", lambda one: asked.append(one.url))
    page = stranger.open("/login?next=/runs")
    name, password = page.get_by_label("User name"), page.get_by_label("Password", exact=True)
    expect(name).to_be_focused()
    axe.forbid_faults(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    axe.forbid_faults(page)
    page.keyboard.press("Enter")
    assert name.evaluate("one => one.validity.valueMissing")
    expect(name).to_be_focused()
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    expect(password).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show password")).to_be_focused()
    page.keyboard.press("Space")
    expect(password).to_have_attribute("type", "text")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    assert not [url for url in asked if url.endswith("/auth/login")]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()


def test_a_name_of_a_megabyte_and_a_server_that_fails_are_told(stranger: Visitor) -> None:
    page = stranger.open("/login")
    page.get_by_label("User name").fill("x" * 1_100_000)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    problem, button = page.get_by_role("alert"), page.get_by_role("button", name="Sign in")
    expect(problem).not_to_be_empty()
    expect(button).to_be_enabled()
    assert len(problem.inner_text()) < 200
    page.get_by_label("User name").fill("admin")
    broken = '{"detail": "The database does not answer now"}'
    page.route("**/auth/login", lambda route: route.fulfill(status=503, body=broken))
    button.click()
    expect(problem).to_have_text("The database does not answer now")
    page.unroute_all()
    page.route("**/auth/login", lambda route: route.abort())
    button.click()
    expect(problem).to_have_text("The server does not answer.")
    page.unroute_all()
    button.click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    expected = ("answer 413", "answer 503", "request failed")
    stranger.complaints[:] = [one for one in stranger.complaints if not one.startswith(expected)]


def test_sign_out_ends_the_session(stranger: Visitor) -> None:
    stranger.sign_in()
    page = stranger.open("/")
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    page.goto(stranger.url + "/")
    expect(page.get_by_label("User name")).to_be_visible()


def test_next_never_leads_to_another_site(stranger: Visitor) -> None:
    page = stranger.open("/login?next=//example.com/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    assert page.url.startswith(stranger.url + "/")


def test_a_session_that_ended_elsewhere_leads_to_the_login_and_back(stranger: Visitor) -> None:
    stranger.sign_in()
    page = stranger.open("/dags/steps?tasks=read")
    expect(page.get_by_role("heading", name="steps")).to_be_visible()
    answer = stranger.context.request.post(
        f"{stranger.url}/auth/logout", headers={"X-Ostro-CSRF": "1", "Origin": stranger.url}
    )
    assert answer.ok
    # The page may have noticed by itself already, by its event stream: then there is no switch any more.
    page.evaluate("document.querySelector('[role=switch]')?.click()")
    expect(page.get_by_label("User name")).to_be_visible()
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="steps")).to_be_visible()
    assert page.url.endswith("/dags/steps?tasks=read")


def test_a_password_that_ostro_made_is_replaced_at_the_first_login(
    stranger: Visitor, ostro: Standalone
) -> None:
    assert ostro.client is not None
    made = ostro.client.post("/ui/admin/users", json={"username": "fresh", "roles": ["Viewer"]}).json()[
        "password"
    ]
    page = stranger.open("/login")
    page.get_by_label("User name").fill("fresh")
    page.get_by_label("Password", exact=True).fill(made)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    # Password managers keep it under the name that was signed in with.
    assert page.locator("input[autocomplete=username]").input_value() == "fresh"
    page.get_by_label("New password").fill("a password of my own")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    stranger.context.clear_cookies()
    page.goto(stranger.url + "/login")
    page.get_by_label("User name").fill("fresh")
    page.get_by_label("Password", exact=True).fill("a password of my own")
    page.keyboard.press("Enter")
    expect(page.get_by_label("User name")).not_to_be_visible()

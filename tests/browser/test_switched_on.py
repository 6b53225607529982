"""What an administrator switched on: single sign-on, tests of connections; and guesses of passwords, which slow down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Route, expect

from browser.conftest import PATIENCE, Visitor, forbid_complaints
from ostro.store import Store
from support import axe
from support.oidc_provider import CLIENT, SECRET, OidcProvider
from support.standalone import PASSWORD
from support.webonly import WebOnly

LABEL = "Sign in with the shop's account"


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    made = OidcProvider(lambda: datetime.now(UTC))
    yield made
    made.close()


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, provider: OidcProvider) -> Iterator[WebOnly]:
    folder = tmp_path_factory.mktemp("switched")
    url = f"sqlite:///{folder / 'o.db'}"
    store = Store.open(url)
    store.migrate()
    store.dispose()
    made = WebOnly(folder / "home", url)
    made.extra_env = {
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "OSTRO__AUTH__OIDC_ISSUER": provider.url,
        "OSTRO__AUTH__OIDC_CLIENT_ID": CLIENT,
        "OSTRO__AUTH__OIDC_CLIENT_SECRET": SECRET,
        "OSTRO__AUTH__OIDC_LABEL": LABEL,
    }
    with made:
        yield made


@pytest.fixture
def someone(browser: Browser, web: WebOnly) -> Iterator[Visitor]:
    """Somebody who is not signed in."""
    expect.set_options(timeout=PATIENCE)
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    made = Visitor(context, web.url)
    yield made
    context.close()
    forbid_complaints([one for one in made.complaints if not one.startswith(("answer 401", "answer 429"))])


def test_the_button_leads_to_the_provider_and_back_to_where_one_was(
    someone: Visitor, provider: OidcProvider
) -> None:
    provider.person = {"sub": "7", "preferred_username": "ann", "name": "Ann", "groups": []}
    page = someone.open("/assets?search=orders")
    page.get_by_role("link", name=LABEL).focus()
    axe.forbid_faults(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Assets")).to_be_visible()
    assert page.url == someone.url + "/assets?search=orders"
    page.get_by_role("button", name="Account").click()
    expect(page.get_by_role("menu", name="Account")).to_contain_text("ann · ")


def test_a_provider_that_says_what_is_not_true_is_told(someone: Visitor, provider: OidcProvider) -> None:
    provider.lies = {"aud": "somebody else"}
    page = someone.open("/login")
    page.get_by_role("link", name=LABEL).click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("User name")).to_be_visible()
    provider.lies = {}


def test_a_connection_is_tried_by_its_hook(someone: Visitor, web: WebOnly) -> None:
    someone.sign_in()
    page = someone.open("/connections?add=true")
    form = page.get_by_role("dialog")
    form.get_by_label("Connection id").fill("files")
    form.get_by_label("Type").select_option("fs")
    test, told = form.get_by_role("button", name="Test"), form.get_by_role("status")
    for path, word in (("/no/such/folder", "does not work"), (str(web.home), "works")):
        form.get_by_label("Extra (JSON object)").fill(json.dumps({"path": path}))
        test.focus()
        page.keyboard.press("Enter")
        expect(told).to_contain_text(f"The connection {word}.")
        expect(test).to_be_enabled()
    axe.forbid_faults(page, "dialog")
    assert web.get("/connections")["total_entries"] == 0, "a test saves nothing"


def test_the_button_is_not_there_where_the_setting_hides_it(someone: Visitor) -> None:
    def hidden(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "can_test": False, "shows_test": False})

    someone.sign_in()
    someone.page.route("**/ui/connections/hook_meta", hidden)
    form = someone.open("/connections?add=true").get_by_role("dialog")
    expect(form.get_by_label("Type").locator("option[value=fs]")).to_have_count(1)
    expect(form.get_by_role("button", name="Save")).to_be_visible()
    expect(form.get_by_role("button", name="Test")).to_have_count(0)


def test_ten_wrong_passwords_slow_down_and_lock_nobody_out(someone: Visitor, web: WebOnly) -> None:
    """Before the tenth one is refused unread, with the seconds to wait; somebody else still signs in from here."""
    assert web.client is not None
    body = {"username": "tom", "roles": ["Viewer"], "password": PASSWORD + " 1"}
    assert web.client.post("/ui/admin/users", json=body).status_code == 201
    page = someone.open("/login")
    page.get_by_label("User name").fill("tom")
    found: list[int] = []
    while len(found) < 10 and 429 not in found:
        page.get_by_label("Password", exact=True).fill(f"guess {len(found)}")
        with page.expect_response("**/auth/login") as answer:
            page.keyboard.press("Enter")
        found.append(answer.value.status)
        expect(page.get_by_role("button", name="Sign in")).to_be_enabled()
    # Five cost nothing; from then on each makes the next one wait twice as long.
    assert found[:5] == [401] * 5
    assert found[-1] == 429
    expect(page.get_by_role("alert")).to_have_text(re.compile(r"Try again in \d+ seconds?\."))
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    # What password managers look for.
    expect(page.get_by_label("User name")).to_have_attribute("autocomplete", "username")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("autocomplete", "current-password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()

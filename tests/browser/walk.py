"""A walk over all pages: their addresses are asked of the page's own router, so that a new page is walked over at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from playwright.sync_api import Locator, Page, TimeoutError, expect

from browser.conftest import PASSWORD, Visitor
from support.standalone import Standalone

#: Pages that are seen without a session, and that only lead to another one.
NOT_WALKED = frozenset({"/login", "/admin"})
#: Where every address leads that is none of the page: it asks the server for nothing.
NOWHERE = "/$"
HEAD = {"X-Ostro-CSRF": "1"}

ROUTES = "Object.keys(window.__TSR_ROUTER__.routesByPath)"
GO = "(href) => window.__TSR_ROUTER__.history.push(href)"
#: The page of the address is there: neither its code nor its data is still on the way.
ARRIVED = """() => {
  const { status, location: at, resolvedLocation: shown } = window.__TSR_ROUTER__.state;
  const main = document.querySelector("main");
  return status === "idle" && at.pathname === shown?.pathname && at.pathname === decodeURI(location.pathname)
    && main !== null && main.innerText.trim() !== ""
    && !document.querySelector(".skeletons") && !document.querySelector("main [aria-busy=true]");
}"""


def addresses(page: Page, values: Mapping[str, str]) -> list[str]:
    """All addresses of the page with these values for what stands in them (`$dagId`, …)."""
    found = set()
    for pattern in page.evaluate(ROUTES):
        path = re.sub(r"\$(\w+)", lambda name: values[name.group(1)], pattern)
        found.add("/" + path.strip("/"))
    return sorted(found - NOT_WALKED)


def go(page: Page, address: str) -> None:
    """Go there as a click on a link does, and wait until all of it is there."""
    page.evaluate(GO, address)
    try:
        page.wait_for_function(ARRIVED)
    except TimeoutError:
        raise AssertionError(f"{address} does not get ready: {page.url}") from None


def walk(page: Page, values: Mapping[str, str]) -> Iterator[str]:
    """Every page, one after another; yields the address that is shown."""
    expect(page.locator("main")).not_to_be_empty()
    for address in addresses(page, values):
        go(page, address)
        yield address


def tab_to(page: Page, target: Locator, *, most: int = 80) -> None:
    """Press Tab until the target has the focus."""
    expect(target).to_be_visible()
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {target} in {most} steps")


def sign_in_as(visitor: Visitor, server: Standalone, name: str, *roles: str) -> None:
    """Make a user with these roles and sign the visitor in."""
    assert server.client is not None
    body = {"username": name, "roles": list(roles), "password": PASSWORD + " 1"}
    assert server.client.post("/ui/admin/users", json=body).status_code in (201, 409)
    request, head = visitor.context.request, {**HEAD, "Origin": server.url}
    login = {"username": name, "password": PASSWORD + " 1"}
    assert request.post(f"{server.url}/auth/login", data=login).ok
    change = {"old_password": PASSWORD + " 1", "new_password": PASSWORD + " 2"}
    assert request.post(f"{server.url}/ui/account/password", data=change, headers=head).ok


def forget(server: Standalone, name: str) -> None:
    """Delete the user again."""
    assert server.client is not None
    assert server.client.delete(f"/ui/admin/users/{name}").status_code == 204

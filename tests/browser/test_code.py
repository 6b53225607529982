"""The code of a DAG: versions, what changed between two, import errors with their line."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from browser.conftest import Visitor, forbid_complaints
from browser.desk import VERSION_1, VERSION_2, file_of
from support import axe
from support.deadline import wait_for
from support.standalone import PASSWORD, Standalone


def test_versions_and_their_difference(clerk: Visitor, desk: Standalone) -> None:
    desk.wait_run("changes", desk.trigger("changes", dag_run_id="with_first"))
    page = clerk.open("/dags/changes/code")
    source = page.get_by_role("region", name="Code").last
    expect(source.locator("[data-line='1']")).to_have_text('"""One text that changes."""')
    expect(source.locator(".py-keyword", has_text="def")).to_have_count(1)
    assert source.locator("code").all_text_contents() == VERSION_1.split("\n")
    axe.forbid_faults(page)

    # A new version arrives while the page is open.
    file_of(desk, "changes").write_text(VERSION_2)
    expect(page.get_by_label("Version", exact=True).locator("option")).to_have_count(2)
    page.get_by_label("Compare with").select_option("1")
    expect(page).to_have_url(re.compile("with=1"))
    expect(page.get_by_text("2 added, 1 removed")).to_be_visible()
    expect(page.locator(".source__line--out code")).to_have_text(["        return 1  # the answer"])
    expect(page.locator(".source__line--in code")).to_have_text(["        return 42", "    first()"])
    axe.forbid_faults(page)
    page.get_by_label("Version", exact=True).select_option("1")
    expect(page.get_by_role("link", name="with_first")).to_be_visible()

    # The file breaks: the line is marked in the last good version.
    file_of(desk, "changes").write_text(VERSION_2.replace("        return 42", "        return 42 +"))
    wait_for(lambda: desk.get("/importErrors")["total_entries"] == 1, seconds=20, what="the import error")
    page = clerk.open("/dags/changes/code")
    errors = page.get_by_role("region", name="Import errors")
    expect(errors).to_contain_text("changes.py:11")
    expect(page.locator(".source__line--bad")).to_have_attribute("data-line", "11")
    file_of(desk, "changes").write_text(VERSION_2)
    wait_for(
        lambda: desk.get("/importErrors")["total_entries"] == 0, seconds=20, what="a file without errors"
    )


def test_who_may_not_read_code_is_told_so_and_nothing_is_asked_for(
    browser: Browser, desk: Standalone
) -> None:
    assert desk.client is not None
    rights = [{"action": "can_read", "resource": name} for name in ("DAGs", "DAG Runs", "Task Instances")]
    assert desk.client.post("/ui/admin/roles", json={"name": "no_code", "permissions": rights}).is_success
    first, second = PASSWORD + " 1", PASSWORD + " 2"
    body = {"username": "nora", "roles": ["no_code"], "password": first}
    assert desk.client.post("/ui/admin/users", json=body).is_success
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    someone = Visitor(context, desk.url)
    assert context.request.post(f"{desk.url}/auth/login", data={"username": "nora", "password": first}).ok
    change = {"old_password": first, "new_password": second}
    head = {"X-Ostro-CSRF": "1", "Origin": desk.url}
    assert context.request.post(f"{desk.url}/ui/account/password", data=change, headers=head).ok
    answers: list[str] = []
    someone.page.on("response", lambda answer: answers.append(answer.url))
    page = someone.open("/dags/changes/code")
    expect(page.get_by_role("heading", name="No permission to see code")).to_be_visible()
    expect(page.locator(".source")).to_have_count(0)
    assert "the answer" not in page.content()
    assert not [url for url in answers if "/code" in url.removeprefix(desk.url + "/dags") and "/ui/" in url]
    context.close()
    assert desk.client.delete("/ui/admin/users/nora").status_code == 204
    assert desk.client.delete("/ui/admin/roles/no_code").is_success
    forbid_complaints(someone.complaints)

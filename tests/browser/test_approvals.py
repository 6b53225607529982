"""Questions that tasks ask people, and the answers."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from browser.conftest import Visitor
from support import axe
from support.deadline import wait_for
from support.standalone import Standalone

ONE = "/dags/asks/dagRuns/{}/taskInstances/{}"


def waiting(desk: Standalone, run: str) -> None:
    def all_wait() -> bool:
        states = desk.task_states("asks", run)
        return len(states) == 3 and all(one == ["awaiting_input"] for one in states.values())

    wait_for(all_wait, seconds=30, what="three questions")


def test_an_answer_lets_the_task_go_on(clerk: Visitor, desk: Standalone) -> None:
    page = clerk.open("/approvals")
    expect(page.get_by_role("heading", name="Approvals")).to_be_visible()
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    run = desk.trigger("asks", dag_run_id="ask_one")
    waiting(desk, run)
    # Told without a reload, beside the place in the rail and in the list.
    expect(page.get_by_role("link", name=re.compile("Approvals.*3 waiting"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Release version 7")).click()
    review = page.get_by_role("article")
    expect(review.locator("strong", has_text="two")).to_be_visible()
    expect(review.locator("li").first).to_have_css("list-style-type", "disc")
    expect(review.locator("img")).to_have_count(0)
    assert page.evaluate("window.__xss") is None
    expect(review.get_by_role("timer")).to_contain_text("Answers itself with “Wait”")
    axe.forbid_faults(page)
    review.get_by_role("button", name="Ship it").click()
    expect(review).to_contain_text("Answered by admin")
    wait_for(
        lambda: desk.task_states("asks", run)["release"] == ["success"], seconds=20, what="the task goes on"
    )
    assert desk.xcom("asks", run, "release")["chosen_options"] == ["Ship it"]

    page.get_by_role("button", name=re.compile("Which shops")).click()
    review.get_by_label("Seoul").check()
    review.get_by_label("Jeju").check()
    review.get_by_role("button", name="Answer").click()
    expect(review).to_contain_text("Seoul, Jeju")

    page.get_by_role("button", name=re.compile("How many")).click()
    review.get_by_label("amount").fill("12")
    expect(review.get_by_text("At most 9.").first).to_be_visible()
    review.get_by_label("amount").fill("8")
    review.get_by_role("button", name="OK").click()
    expect(review).to_contain_text("amount")
    # Name and value stand beside each other, also for who came here first.
    expect(review.locator(".facts__row").first).to_have_css("display", "contents")
    assert desk.wait_run("asks", run)["state"] == "success"
    expect(page.get_by_role("link", name="Approvals", exact=True)).to_be_visible()
    page.get_by_role("button", name="Answered", exact=True).click()
    expect(page.get_by_role("navigation", name="Approvals").get_by_role("button")).to_have_count(3)


def test_a_second_answer_is_refused_with_its_sentence(clerk: Visitor, desk: Standalone) -> None:
    run = desk.trigger("asks", dag_run_id="ask_two")
    waiting(desk, run)
    page = clerk.open("/dags/asks/runs/ask_two/tasks/release")
    question = page.get_by_role("article")
    expect(question.get_by_role("button", name="Ship it")).to_be_visible()
    # Somebody else is faster; this page does not hear of it yet.
    page.get_by_role("button", name="Live").click()
    answer = {"chosen_options": ["Wait"], "params_input": {}}
    desk.patch(ONE.format("ask_two", "release") + "/-1/hitlDetails", answer)
    question.get_by_role("button", name="Ship it").click()
    expect(page.get_by_role("status").get_by_text(re.compile("already been updated"))).to_be_visible()
    expect(question).to_contain_text("Answered by admin")
    clerk.complaints[:] = [c for c in clerk.complaints if not c.startswith("answer 409")]
    for task, chosen, given in (("shops", ["Busan"], {}), ("amount", ["OK"], {"amount": 1})):
        body = {"chosen_options": chosen, "params_input": given}
        desk.patch(ONE.format("ask_two", task) + "/-1/hitlDetails", body)
    desk.wait_run("asks", run)


def test_nothing_is_asked(clerk: Visitor) -> None:
    page = clerk.open("/approvals?search=nothing-like-this")
    expect(page.get_by_role("heading", name="No question matches")).to_be_visible()

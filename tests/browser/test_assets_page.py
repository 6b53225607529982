"""Assets: list, events, what DAGs wait for, lineage, state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import Visitor, forbid_complaints
from ostro.store import Store, assets
from support import axe
from support.standalone import Standalone
from support.webonly import WebOnly

MANY = 5_000


def test_an_event_is_ticked_live_and_starts_the_run(clerk: Visitor, desk: Standalone) -> None:
    page = clerk.open("/assets")
    page.get_by_role("link", name="rates", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("rates")
    expect(page.get_by_role("heading", name="No events")).to_be_visible()
    expect(page.get_by_role("button", name="Materialise")).to_be_disabled()
    page.get_by_role("tab", name="Waiting DAGs").click()
    waiting = page.get_by_role("region", name="The next run waits for")
    expect(waiting.locator("[data-met=true]")).to_have_count(0)
    axe.forbid_faults(page)
    page.get_by_role("button", name="Create event").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Extra (JSON object)").fill('{"rows": 12')
    expect(dialog.get_by_text("no valid JSON")).to_be_visible()
    dialog.get_by_label("Extra (JSON object)").fill('{"rows": 12}')
    dialog.get_by_role("button", name="Create event").click()
    # One part, and "any of" around it.
    expect(waiting.locator("[data-met=true]")).to_have_count(2)
    expect(waiting.get_by_role("button", name="Clear queue")).to_be_visible()
    # The other one comes from a task: the run starts, and the ticks are gone.
    desk.wait_run("makes_orders", desk.trigger("makes_orders"))
    expect(waiting.locator("[data-met=true]")).to_have_count(0)
    page.get_by_role("tab", name="Events").click()
    row = page.locator("tr[data-event]")
    expect(row).to_contain_text("from outside")
    expect(row).to_contain_text('"rows":12')
    expect(row.get_by_role("link", name="needs_both")).to_be_visible()


def test_the_queue_of_a_dag_is_cleared(clerk: Visitor, desk: Standalone) -> None:
    number = next(a["id"] for a in desk.get("/assets")["assets"] if a["name"] == "rates")
    desk.post("/assets/events", {"asset_id": number, "extra": {}})
    page = clerk.open(f"/assets/{number}?tab=waiting")
    waiting = page.get_by_role("region", name="The next run waits for")
    expect(waiting.locator("[data-met=true]")).to_have_count(2)
    waiting.get_by_role("button", name="Clear queue").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear queue").click()
    expect(waiting.locator("[data-met=true]")).to_have_count(0)
    assert desk.get("/dags/needs_both/assets/queuedEvents")["total_entries"] == 0


def test_an_asset_is_materialised_and_keeps_state(clerk: Visitor, desk: Standalone) -> None:
    number = next(a["id"] for a in desk.get("/assets")["assets"] if a["name"] == "orders")
    page = clerk.open(f"/assets/{number}?tab=state")
    page.get_by_role("button", name="Add a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Key").fill("cursor")
    dialog.get_by_label("Value (JSON)").fill('{"page": 3}')
    dialog.get_by_role("button", name="Save").click()
    row = page.locator("tr[data-state-key=cursor]")
    expect(row).to_contain_text('{"page":3}')
    row.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Value (JSON)").fill("4")
    dialog.get_by_role("button", name="Save").click()
    expect(row.locator("code")).to_have_text("4")
    row.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Materialise").click()
    dialog.get_by_role("button", name="Start run").click()
    expect(page).to_have_url(re.compile("/dags/makes_orders/runs/"))


def test_lineage_is_drawn_and_listed(clerk: Visitor) -> None:
    page = clerk.open("/assets?lineage=true")
    tree = page.get_by_role("tree")
    expect(tree.get_by_role("treeitem")).to_have_count(10)
    nodes = page.locator("canvas.graph__canvas").evaluate(
        "(canvas) => canvas.drawn().nodes.map((node) => node.id)"
    )
    assert sorted(nodes) == [
        "awaits_orders", "backup", "hours", "makes_orders", "needs_both", "orders", "rates", "report", "starts_orders",
        "sums_days",
    ]  # fmt: skip
    tree.get_by_role("treeitem", name="orders, Asset").click()
    expect(page).to_have_url(re.compile("node=asset"))
    page.get_by_role("region", name="Lineage").get_by_role("link", name="orders", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("orders")
    page.get_by_role("tab", name="Lineage").click()
    expect(page.get_by_role("treeitem")).to_have_count(5)
    axe.forbid_faults(page)


def test_dags_that_start_and_await_others_are_in_the_lineage(clerk: Visitor) -> None:
    page = clerk.open("/assets?lineage=true&node=dag:makes_orders")
    lineage = page.get_by_role("region", name="Lineage")
    before, after = lineage.locator("dl > div").first, lineage.locator("dl > div").last
    expect(before).to_contain_text("starts_orders (starts it · go)")
    expect(after).to_contain_text("awaits_orders (is waited for · hold)")
    axe.forbid_faults(page)
    after.get_by_role("link", name="awaits_orders").click()
    expect(page).to_have_url(re.compile("/dags/awaits_orders$"))


def test_partitions_tell_what_they_have_got_and_what_is_missing(clerk: Visitor, desk: Standalone) -> None:
    number = next(a["id"] for a in desk.get("/assets")["assets"] if a["name"] == "hours")
    page = clerk.open(f"/assets/{number}?tab=waiting")
    waiting = page.get_by_role("region", name="The next run waits for")
    expect(waiting).to_be_visible()
    expect(waiting.get_by_text("partition is being collected")).to_have_count(0)

    def event(hour: str) -> None:
        page.get_by_role("button", name="Create event").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Partition key").fill(f"2026-01-31T{hour}:00:00")
        dialog.get_by_role("button", name="Create event").click()
        expect(dialog).to_have_count(0)

    event("08")
    # Told without a reload, with what the day has got and the keys that are missing.
    expect(waiting.get_by_text("1 partition is being collected")).to_be_visible()
    waiting.get_by_role("button", name=re.compile("2026-01-31")).click()
    expect(waiting).to_contain_text("1 of 24 keys")
    expect(waiting).to_contain_text("missing: 2026-01-31T00")
    axe.forbid_faults(page)
    event("09")
    # Two are enough: the run of the day is made, and nothing is collected any more.
    expect(waiting.get_by_text("partition is being collected")).to_have_count(0)
    (run,) = desk.get("/dags/sums_days/dagRuns")["dag_runs"]
    assert run["partition_key"].startswith("2026-01-31")
    # The page may ask for the open partition once more while its run is being made.
    clerk.complaints[:] = [c for c in clerk.complaints if "404: " not in c or "pending_partitioned" not in c]


def test_an_unknown_asset_is_told(clerk: Visitor) -> None:
    page = clerk.open("/assets/99999")
    expect(page.get_by_role("heading", name="There is no such asset")).to_be_visible()
    clerk.complaints[:] = [c for c in clerk.complaints if not c.startswith("answer 404")]


@pytest.fixture
def crowd(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Thousands of assets, and no engine."""
    folder = tmp_path_factory.mktemp("crowd")
    url = f"sqlite:///{folder / 'o.db'}"
    store = Store.open(url)
    store.migrate()
    with store.begin() as tx:
        for number in range(MANY):
            assets.make(
                tx,
                name=f"asset {number:04}",
                uri=f"s3://lake/{number:04}",
                group=f"group {number % 3}",
                at=datetime.now(UTC),
            )
    with WebOnly(folder / "home", url) as web:
        context = browser.new_context(reduced_motion="reduce", locale="en-GB")
        someone = Visitor(context, web.url)
        someone.sign_in()
        yield someone
        context.close()
        forbid_complaints(someone.complaints)
    store.dispose()


def test_thousands_of_assets_are_pages(crowd: Visitor) -> None:
    page = crowd.open("/assets")
    expect(page.get_by_text("5,000 assets")).to_be_visible()
    rows = page.locator("tr[data-asset]")
    expect(rows).to_have_count(50)
    page.get_by_label("Search name or URI").fill("lake/4321")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("search="))
    page.get_by_label("Search name or URI").fill("")
    page.get_by_label("Group", exact=True).select_option("group 2")
    expect(page.get_by_text("1,666 assets")).to_be_visible()
    page.get_by_role("button", name="Name").click()
    expect(rows.first).to_have_attribute("data-asset", "asset 4997")
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile("page=2"))
    page.reload()
    expect(rows.first).to_have_attribute("data-asset", "asset 4847")


def test_a_search_without_a_hit_says_so(clerk: Visitor) -> None:
    page = clerk.open("/assets?search=nothing-like-this")
    expect(page.get_by_role("heading", name="No asset matches")).to_be_visible()

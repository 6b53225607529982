"""A task that is mapped ten thousand times: its list comes a page at a time, and the server finds what is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Response, expect

from browser.conftest import Visitor, forbid_complaints
from ostro.records import NewInstance
from ostro.spec import DagSpec, Expansion, TaskSpec
from ostro.spec.mapping import FromXCom
from ostro.states import RunState
from ostro.store import Store, instances
from ostro.store import tables as t
from store import made
from support import axe
from support.webonly import WebOnly

MANY = 10_000
#: Every so many of them failed.
FAILED_EACH = 4_000
PLACE = "/dags/many/runs/r/tasks/each"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebOnly]:
    folder: Path = tmp_path_factory.mktemp("many")
    url = f"sqlite:///{folder / 'o.db'}"
    store = Store.open(url)
    store.migrate()
    tasks = (
        TaskSpec(task_id="list", operator="PythonOperator"),
        TaskSpec(
            task_id="each", operator="PythonOperator", upstream=("list",),
            expansion=Expansion("expand", {"x": FromXCom("list")}),
        ),
    )  # fmt: skip
    with store.begin() as tx:
        made.save(tx, DagSpec(dag_id="many", tasks=tasks), path="many.py")
        run = made.run(tx, "r", "many", state=RunState.SUCCESS, start_date=made.NOW)
        new = [NewInstance(run=run.id, task_id="each", map_index=n) for n in range(MANY)]
        instances.insert_instances(tx, [NewInstance(run=run.id, task_id="list"), *new])
        i = t.task_instance.c
        tx.execute(
            sa.update(t.task_instance).values(
                state=sa.case((i.map_index % FAILED_EACH == 1, "failed"), else_="success"),
                start_date=made.NOW, end_date=made.NOW + timedelta(seconds=1), duration=1.0, try_number=1,
                version_id=run.version_id,
            )
        )  # fmt: skip
    store.dispose()
    with WebOnly(folder / "home", url) as web:
        yield web


def test_ten_thousand_indexes_open_a_page_at_a_time(browser: Browser, many: WebOnly) -> None:
    someone = Visitor(browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB"), many.url)
    someone.sign_in()
    sizes: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if "/ui/" in response.url and "/ui/events" not in response.url:
            sizes[response.url.removeprefix(many.url)] = len(response.body())

    someone.page.on("requestfinished", lambda request: weigh(request.response()))
    page = someone.open(PLACE)
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(100)
    expect(page.get_by_role("group", name="State")).to_contain_text("9,997")
    expect(rows.first).to_contain_text("0")
    page.get_by_role("button", name="Next").click()
    expect(rows.first.get_by_role("link").first).to_contain_text("100")
    expect(rows).to_have_count(100)

    # The server looks for an index and for a state: no page of the list has both.
    page.get_by_role("searchbox", name="Find an index or name").fill("9876")
    expect(rows).to_have_count(1)
    expect(rows.first.get_by_role("link").first).to_contain_text("9876")
    page.get_by_role("searchbox", name="Find an index or name").fill("")
    page.get_by_role("button", name="Failed").click()
    expect(rows).to_have_count(3)
    expect(rows.last.get_by_role("link").first).to_contain_text("8001")
    axe.forbid_faults(page)

    # An answer with all of them would have megabytes.
    heavy = {url: size for url, size in sizes.items() if size > 100_000}
    assert any("/mapped" in url for url in sizes) and heavy == {}
    assert page.evaluate("document.querySelectorAll('*').length") < 5_000
    someone.context.close()
    forbid_complaints(someone.complaints)

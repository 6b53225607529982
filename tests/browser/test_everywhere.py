"""What every page has: jump, keys, themes, contrast."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from browser.conftest import ARGS, CHROMIUM, Visitor
from support.standalone import Standalone


def test_jump_to_a_dag_by_keyboard(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    expect(page.locator("tr[data-dag=hello]")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type("retr")
    expect(page.get_by_role("option").first).to_contain_text("retries")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/dags/retries$"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_question_mark_shows_the_keys(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    expect(page.locator("tr[data-dag=hello]")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Move between cells")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_theme_and_palette_are_kept(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Appearance").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    page.get_by_role("menuitemradio", name="Colour-blind safe").click()
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("data-palette", "safe")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable(visitor: Visitor, theme: str) -> None:
    """Contrast of WCAG AA: 4.5 for every colour of text on every ground it stands on."""
    page = visitor.open("/dags")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    pairs = [("ink-3", ground) for ground in ("paper", "surface", "sunken", "hover")] + [
        ("accent", "surface"),
        ("danger", "danger-soft"),
        ("danger", "paper"),
        ("warn", "surface"),
    ]
    pairs += [("accent-ink", "accent"), ("ink-2", "accent-soft"), ("accent", "paper")]
    for text, ground in pairs:
        ratio = page.evaluate(CONTRAST, [f"--{text}", f"--{ground}"])
        assert ratio >= 4.5, f"{theme}: {text} on {ground} has {ratio:.2f}"


CONTRAST = """([text, ground]) => {
  const light = (name) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(${name})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/[0-9.]+/g).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    probe.remove();
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(text), light(ground)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


def test_korean_is_chosen_and_kept(visitor: Visitor) -> None:
    page = visitor.open("/dags")
    page.get_by_role("button", name="Appearance").click()
    page.get_by_role("menuitemradio", name="한국어").click()
    expect(page.get_by_role("button", name="실시간")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_pages_kept_for_the_way_back_keep_no_connection(browser: Browser, ostro: Standalone) -> None:
    kept = browser.browser_type.launch(
        executable_path=CHROMIUM, args=ARGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    try:
        visitor = Visitor(kept.new_context(), ostro.url)
        visitor.sign_in()
        # A browser has six connections for one server.
        for path in ("/", "/dags", "/runs", "/tasks", "/assets", "/timeline", "/approvals", "/connections"):
            page = visitor.open(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_role("button", name="Live")).to_be_visible()
    finally:
        kept.close()

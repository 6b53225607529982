"""Accessibility of a page as axe-core judges it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from support.services import missing

SCRIPT = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
#: What is worse than an inconvenience.
GRAVE = frozenset({"serious", "critical"})


def faults(page: Page, within: str = "body") -> list[str]:
    """The serious and critical faults of the page as it stands, one sentence each. `within`: a CSS selector."""
    if not SCRIPT.is_file():
        missing("axe-core", "run `npm --prefix ui ci`")
    # As a call of the debugger, which the page's own security policy does not bind as it binds a script element.
    page.evaluate(SCRIPT.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        "(within) => axe.run(within, { resultTypes: ['violations'] }).then((result) => result.violations)",
        within,
    )
    return [
        f"{one['id']}: {one['help']}: {', '.join(' '.join(map(str, node['target'])) for node in one['nodes'][:5])}"
        for one in found
        if one["impact"] in GRAVE
    ]


def forbid_faults(page: Page, within: str = "body") -> None:
    """Fails with all that axe finds serious or critical."""
    found = faults(page, within)
    assert not found, "\n".join(found)

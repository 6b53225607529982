"""Accessibility of a page as axe-core judges it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from support.services import missing

SCRIPT = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
#: What is worse than an inconvenience.
GRAVE = frozenset({"serious", "critical"})


def faults(page: Page, within: str = "body", *, rules: Sequence[str] = ()) -> list[str]:
    """The serious and critical faults of the page as it stands, one sentence each.

    `within`: a CSS selector; `rules`: only what these rules of axe find, () = all.
    """
    if not SCRIPT.is_file():
        missing("axe-core", "run `npm --prefix ui ci`")
    # As a call of the debugger, which the page's own security policy does not bind as it binds a script element.
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        """([within, rules]) => axe.run(within, {
            resultTypes: ['violations'], ...(rules.length > 0 && { runOnly: rules }),
        }).then((result) => result.violations)""",
        [within, list(rules)],
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

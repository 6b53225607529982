"""All addresses of the page, taken from its router: a new page is visited by tests without being named in them."""

from __future__ import annotations

import re
from pathlib import Path

ROUTES = Path(__file__).parents[2] / "ui" / "src" / "routes"
_ROUTE = re.compile(r"const (\w+) = createRoute\(\{(.*?)\n?\}\)", re.DOTALL)
_PARENT = re.compile(r"getParentRoute: \(\) => (\w+)")
_PATH = re.compile(r'\bpath: "([^"]*)"')
_TABS = re.compile(r"type TaskTab =([^;]+);")


def addresses() -> set[str]:
    """Paths with their parts, as `/dags/$dagId/graph`; the login page is not among them."""
    text = "\n".join(file.read_text() for file in sorted(ROUTES.glob("*.tsx")))
    routes: dict[str, tuple[str, str]] = {}
    for found in _ROUTE.finditer(text):
        parent, path = _PARENT.search(found[2]), _PATH.search(found[2])
        routes[found[1]] = (parent[1] if parent else "", path[1] if path else "")
    assert len(routes) == text.count("createRoute({"), (
        "a route is written in another way: teach it to this file"
    )

    def whole(name: str) -> str:
        if name not in routes:
            return ""
        parent, path = routes[name]
        return whole(parent) + ("" if path == "/" else path)

    return {whole(name) or "/" for name in routes} - {"/login"}


def task_tabs() -> tuple[str, ...]:
    """Names of the tabs of a task's page."""
    found = _TABS.search((ROUTES / "task.tsx").read_text())
    assert found is not None
    return tuple(re.findall(r'"(\w+)"', found[1]))

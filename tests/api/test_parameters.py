"""Query parameters that the description promises are read by their handlers."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.datastructures import ImmutableMultiDict
from starlette.routing import Route

from ostro.api.public import parameters
from ostro.states import RunState

from .conftest import World, task

NAMES = {"dag_id": "d", "dag_run_id": "r", "task_id": "a", "xcom_key": "k", "asset_id": "1", "key": "k"}


def test_every_parameter_is_read(lite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lite.dag(task("a"))
    run = lite.run()
    lite.states(run, a="success")
    lite.ends(run, RunState.SUCCESS)
    lite.xcom(run, "a", "k", b"1")
    lite.log(run, "a", '{"event": "x"}')
    read: set[str] = set()
    for method in ("get", "getlist"):
        original = getattr(ImmutableMultiDict, method)

        def remember(self: Any, key: Any, *more: Any, _original: Any = original) -> Any:
            read.add(key)
            return _original(self, key, *more)

        monkeypatch.setattr(ImmutableMultiDict, method, remember, raising=False)
    handlers = set()
    unread = {}
    for route in lite.app.routes:
        if not isinstance(route, Route) or not route.path.startswith("/api/v2"):
            continue
        if route.endpoint.__name__ not in parameters.QUERY:
            continue
        handlers.add(route.endpoint.__name__)
        if "GET" not in (route.methods or ()):
            continue
        path = route.path.replace(":path", "").format_map(_Names())
        wanted = {p["name"] for p in parameters.QUERY[route.endpoint.__name__]}
        read.clear()
        lite.client.get(
            path, params={"interval": "1", "dag_id": "d"} if "wait" in path or "backfills" in path else {}
        )
        if wanted - read:
            unread[route.endpoint.__name__] = wanted - read
    # Values are kept as JSON: there is nothing to deserialize. The settings are not shown here (403).
    unread["get_xcom_entry"].discard("deserialize")
    unread.pop("get_config")
    # A link is that of the latest try, and logs are nowhere outside.
    unread["get_extra_links"].discard("try_number")
    unread["get_external_log_url"].discard("map_index")
    left = [f"{name}: {sorted(missing)}" for name, missing in unread.items() if missing]
    assert not left, "; ".join(left)
    assert set(parameters.QUERY) == handlers


class _Names(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return NAMES.get(key, "1")

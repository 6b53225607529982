"""Who gets past the guard: every route of the app × people with each role, as the table in `permissions.txt`.

    cd tests && python -m api.matrix > api/permissions.txt

writes it anew. yes: let through (whatever the answer is then), no: 403, login: 401. `own A` and `own B` are somebody
whose role allows everything about DAG "mine" and nothing about DAG "theirs", on the one and on the other.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from starlette.routing import Mount

from ostro.commands import accounts as account_rules
from ostro.commands import roles as role_rules
from ostro.commands.act import act
from ostro.grants import DAG_BOUND, VERBS, Grant, Resource
from ostro.rules.permissions import STANDARD_ROLES
from ostro.states import RunState
from ostro.store import Store

from .conftest import World, task

MINE, THEIRS = "mine", "canary-theirs"
TEAM = "team"
PEOPLE = ("anonymous", "Viewer", "User", "Op", "Admin")
COLUMNS = (*PEOPLE, "own A", "own B")
HEAD = f"{'':6} {'':88} {' '.join(f'{name:>9}' for name in COLUMNS)}"

#: What a route needs in its body to get as far as its own check of the DAG.
BODIES: dict[str, Any] = {
    "POST /api/v2/backfills": {"dag_id": "{dag}", "from_date": "2025-01-01", "to_date": "2025-01-02"},
    "POST /api/v2/backfills/dry_run": {"dag_id": "{dag}", "from_date": "2025-01-01", "to_date": "2025-01-02"},
}
#: The same in the query.
QUERIES: dict[str, dict[str, str]] = {
    "GET /api/v2/backfills": {"dag_id": "{dag}"},
    "GET /api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/wait": {"interval": "1"},
}


def team_grants(dag_id: str) -> list[Grant]:
    """Everything about one DAG, and what has no DAG but is needed beside it."""
    found = [Grant(verb, resource, dag_id) for resource in DAG_BOUND for verb in VERBS]
    return [*found, *(Grant(verb, Resource.ASSETS) for verb in VERBS), Grant("read", Resource.ASSET_ALIASES)]


def people(world: World) -> None:
    """An account for each role, called like it in small letters."""
    with act(world.store, world.clock, world.deps.wake, "test") as doing:
        role_rules.create_role_in(doing, TEAM, team_grants(MINE))
        for role in (*STANDARD_ROLES, TEAM):
            if role != "Admin":
                account_rules.create_user_in(doing, role.lower(), None, role_names=[role])


def things(world: World) -> None:
    """Two DAGs with a run each, both over."""
    for dag_id in (MINE, THEIRS):
        world.dag(task("t"), dag_id=dag_id)
        run = world.run(dag_id, "r")
        world.states(run, t="success")
        world.ends(run, RunState.SUCCESS)


def routes(world: World) -> list[tuple[str, str]]:
    """Method and path of every route that the app has, the page's files apart."""
    found = {
        (method, route.path)  # type: ignore[attr-defined]
        for route in world.app.routes
        if not isinstance(route, Mount)
        for method in getattr(route, "methods", None) or ()
    }
    return sorted(found, key=lambda entry: (entry[1], entry[0]))


def ask(world: World, method: str, path: str, dag_id: str) -> Any:
    """Call a route about a DAG."""
    values = {
        "dag_id": dag_id,
        "dag_run_id": "r",
        "run_id": "r",
        "task_id": "t",
        "try_number": "1",
        "map_index": "-1",
    }
    filled = re.sub(r"\{(\w+)(?::path)?\}", lambda m: values.get(m[1], "1"), path)
    key = f"{method} {path}"
    body = {k: v.replace("{dag}", dag_id) for k, v in BODIES.get(key, {}).items()}
    params = {k: v.replace("{dag}", dag_id) for k, v in QUERIES.get(key, {}).items()}
    content = None if method in ("GET", "HEAD") else body
    return world.client.request(method, filled, json=content, params=params, follow_redirects=False)


def line(world: World, method: str, path: str) -> str:
    """One route's line."""
    told = []
    for column in COLUMNS:
        world.client.headers.pop("Authorization", None)
        if column != "anonymous":
            world.sign_in(TEAM if column.startswith("own") else column.lower())
        answer = ask(world, method, path, MINE if column == "own A" else THEIRS)
        told.append({401: "login", 403: "no"}.get(answer.status_code, "yes"))
    return f"{method:6} {path:88} {' '.join(f'{word:>9}' for word in told)}"


def table(world: World) -> list[str]:
    """The whole table."""
    people(world)
    # A stream of a closed tail ends at once.
    world.app.state.tail.close()
    things(world)
    order = routes(world)
    # What deletes comes last: all others need something to be there.
    lines = {at: line(world, *at) for at in sorted(order, key=lambda entry: entry[0] == "DELETE")}
    return [HEAD.rstrip(), *(lines[at] for at in order)]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/ostro.db")
        store.migrate()
        print("\n".join(table(World(store, Path(folder)))))
        store.dispose()


if __name__ == "__main__":
    main()

"""Our OpenAPI document beside the facts of Airflow's: each operation, parameter, field, type and status code.

What differs on purpose stands in `ON_PURPOSE` with its reason; docs/reference/rest-api.md shows the same table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.api.app import create_app
from ostro.api.deps import ApiConfig, Deps
from ostro.api.openapi import describe
from ostro.clock import SystemClock
from ostro.store import Cipher, Store

sys.path.insert(0, str(Path(__file__).parent))

import surface

ROOT = Path(__file__).parents[2]

#: Place of a difference to its reason.
ON_PURPOSE = {
    "TriggerDAGRunPostBody.logical_date": "may be left out, as clients written for 2.x do",
    "PoolPatchBody.name": "the name is taken under this word, too, when it does not change",
    "DELETE /dags/{dag_id}: 200": "204, as Airflow's server answers in spite of its description",
    "DELETE /dags/{dag_id}: 204": "204, as Airflow's server answers in spite of its description",
    "StructuredLogMessage.timestamp": "null for a line that a task printed before its log began",
}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('surface')}/none.db")
    deps = Deps(
        store=store,
        clock=SystemClock(),
        cipher=Cipher([Cipher.new_key()]),
        config=ApiConfig(token_key=b"k" * 32),
    )
    return surface.Document(describe(create_app(deps))).facts()


THEIRS = surface.load()


def test_every_operation_is_there(ours: dict[str, Any]) -> None:
    assert len(THEIRS["operations"]) == 128
    assert set(ours["operations"]) == set(THEIRS["operations"])


def test_parameters_bodies_and_status_codes(ours: dict[str, Any]) -> None:
    found = [
        f"{name}: {difference}"
        for name, theirs in THEIRS["operations"].items()
        for difference in operation(ours["operations"][name], theirs)
    ]
    assert unexplained(found) == []


def operation(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    for place in ("path", "query", "header"):
        mine, facts = ours.get(place, {}), theirs.get(place, {})
        for name in sorted({*mine, *facts}):
            # Nothing in a path can be null; a type that is not said is text.
            said = facts.get(name, "missing").replace("|null!", "!").replace("any!", "string!")
            if mine.get(name) != (said if place == "path" else facts.get(name)):
                yield f"{place} {name} is {mine.get(name)}, theirs {facts.get(name)}"
    if ours.get("body") != theirs.get("body"):
        yield f"body is {ours.get('body')}, theirs {theirs.get('body')}"
    for code, kind in theirs["answers"].items():
        if code not in ours["answers"]:
            yield f"{code} is missing"
        elif kind != "any" and ours["answers"][code] != kind:
            yield f"{code} gives {ours['answers'][code]}, theirs {kind}"
    for code in ours["answers"]:
        if code.startswith("2") and code not in theirs["answers"]:
            yield f"{code} is more than theirs"


def test_fields(ours: dict[str, Any]) -> None:
    bodies = reached({o["body"] for o in THEIRS["operations"].values() if "body" in o})
    found = []
    for name, facts in THEIRS["schemas"].items():
        mine = ours["schemas"].get(name, {})
        for field in sorted({*mine, *facts}):
            same = body_field if name in bodies else answer_field
            if not same(mine.get(field), facts.get(field)):
                found.append(f"{name}.{field} is {mine.get(field)}, theirs {facts.get(field)}")
    assert unexplained(found) == []


def body_field(ours: str | None, theirs: str | None) -> bool:
    return ours == theirs


def answer_field(ours: str | None, theirs: str | None) -> bool:
    """What we always give may be optional there; a moment is a text, too; any JSON object is one."""
    if ours is None or theirs is None:
        return ours == theirs
    if theirs.endswith("!") and not ours.endswith("!"):
        return False
    plain = [kind.removesuffix("!").replace("{any}", "{}") for kind in (ours, theirs)]
    mine, facts = (set(kind.split("|")) for kind in plain)
    return mine == facts or (mine - {"date-time"}) | {"string"} == facts


def reached(names: set[str]) -> set[str]:
    """These schemas and those that they name."""
    found: set[str] = set()
    waiting = {part for name in names for part in name.split("|")}
    while waiting:
        name = waiting.pop()
        if name in found or name not in THEIRS["schemas"]:
            continue
        found.add(name)
        for kind in THEIRS["schemas"][name].values():
            waiting |= set(kind.strip("[]!{}").replace("]", "").replace("[", "").split("|"))
    return found


def unexplained(found: list[str]) -> list[str]:
    return [difference for difference in found if not difference.startswith(tuple(ON_PURPOSE))]


def test_the_documentation_says_the_same() -> None:
    text = (ROOT / "docs/reference/rest-api.md").read_text()
    for name in THEIRS["operations"]:
        assert f"| `{name}` |" in text
    for place, reason in ON_PURPOSE.items():
        assert f"| `{place}` | {reason} |" in text

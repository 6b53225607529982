"""Requests made from our own OpenAPI document, right and wrong ones: no defect, answers as described, 4xx with a sentence.

Bounded: a fixed seed and few examples an operation. For a longer run: OSTRO_SCHEMATHESIS_EXAMPLES=200.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from api.conftest import World, task
from ostro.api.openapi import describe
from ostro.states import RunState
from ostro.store import Store

EXAMPLES = int(os.environ.get("OSTRO_SCHEMATHESIS_EXAMPLES", "3"))
CHECKS = [not_a_server_error, status_code_conformance, response_schema_conformance]
#: Names that exist, so that requests reach further than a 404.
NAMES = {
    "dag_id": "d",
    "dag_run_id": "r",
    "task_id": "a",
    "pool_name": "default_pool",
    "variable_key": "v",
    "connection_id": "c",
    "xcom_key": "k",
    "map_index": -1,
    "try_number": 1,
    "task_try_number": 1,
    "version_number": 1,
    "key": "k",
}


@pytest.fixture(scope="module")
def lite_world(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("schemathesis")
    shutil.copy(sqlite_template, folder / "ostro.db")
    store = Store.open(f"sqlite:///{folder / 'ostro.db'}")
    world = World(store, folder)
    world.sign_in()
    world.dag(task("a"), task("b", "a"))
    run = world.run()
    world.states(run, a="success")
    world.ends(run, RunState.FAILED)
    world.xcom(run, "a", "k", b"1")
    world.log(run, "a", '{"event": "x"}')
    world.send("POST", "/variables", {"key": "v", "value": "1"}, 201)
    world.send("POST", "/connections", {"connection_id": "c", "conn_type": "http"}, 201)
    yield world
    world.app.state.tail.close()
    store.dispose()


def test_every_operation(lite_world: World) -> None:
    schema = schemathesis.openapi.from_dict(describe(lite_world.app))
    problems: list[str] = []
    count = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()
        if operation.path.startswith("/api/v2") and not operation.path.endswith("/wait"):
            count += 1
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                problems += tried(lite_world, operation, mode)
    assert not problems, "\n\n".join(problems)
    assert count == 127


def tried(world: World, operation: Any, mode: GenerationMode) -> list[str]:
    """What went wrong with requests of one operation."""
    problems: list[str] = []
    named = {p.name: NAMES[p.name] for p in operation.path_parameters if p.name in NAMES}
    fixed = {"path_parameters": named} if named and len(named) == len(operation.path_parameters) else {}

    @seed(20260101)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def once(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        sent = {
            k: v for k, v in sent.items() if k in ("method", "url", "params", "json", "data", "headers") and v
        }
        sent["headers"] = dict(sent.get("headers", {})) | {
            "Authorization": world.client.headers["Authorization"]
        }
        data = sent.pop("data", None)
        answer = world.client.request(
            **sent, **({} if data is None else {"content": data}), follow_redirects=False
        )
        try:
            case.validate_response(answer, checks=CHECKS)
            if answer.status_code >= 400:
                assert answer.json()["detail"], "a refusal without a word"
        except (Exception, BaseExceptionGroup) as error:
            problems.append(
                f"{operation.label}: {answer.status_code} {error} {case.as_curl_command()}"[:1500]
            )

    # Nothing can be wrong about a request without parameters and body.
    with contextlib.suppress(Unsatisfiable):
        once()
    return problems[:1]

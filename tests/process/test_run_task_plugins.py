"""Listeners, links and policies of an installation, in the process of an attempt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ostro.protocol.task import Failed
from ostro.sdk import plugins
from ostro.sdk.around.plugins import AirflowPlugin, hookimpl
from ostro.sdk.exceptions import AirflowSkipException
from ostro.sdk.link import BaseOperatorLink
from ostro.sdk.plugins.policies import Policies
from ostro.sdk.plugins.registry import Plugins

from .fake_engine import Attempts
from .made import python, raising


class Writes:
    """Writes down what it is told."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _note(self, *words: Any) -> None:
        with self.path.open("a") as file:
            file.write(" ".join(str(w) for w in words) + "\n")

    @hookimpl
    def on_starting(self, component: Any) -> None:
        self._note("starting", type(component).__name__)

    @hookimpl
    def before_stopping(self, component: Any) -> None:
        self._note("stopping")

    @hookimpl
    def on_task_instance_running(self, previous_state: Any, task_instance: Any) -> None:
        self._note("running", previous_state, task_instance.task_id, task_instance.task.task_id)

    @hookimpl
    def on_task_instance_success(self, previous_state: Any, task_instance: Any) -> None:
        self._note("success", previous_state, task_instance.state)

    @hookimpl
    def on_task_instance_failed(self, previous_state: Any, task_instance: Any, error: Any) -> None:
        self._note("failed", task_instance.state, error)
        raise RuntimeError("in the listener")

    @hookimpl
    def on_task_instance_skipped(self, previous_state: Any, task_instance: Any) -> None:
        self._note("skipped")


class Page(BaseOperatorLink):
    name = "Page"  # type: ignore[assignment]

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        return f"https://x/{ti_key.task_id}"


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Path]:
    """A plugin that listens and has a link; what it heard is in the file."""
    path = tmp_path / "heard"

    class P(AirflowPlugin):
        name = "p"
        listeners = [Writes(path)]
        global_operator_extra_links = [Page()]

    plugins.installed = Plugins()
    plugins.installed.add(P, "here")
    yield path
    plugins.installed = None


def test_listeners_hear_of_a_success(attempts: Attempts, heard: Path) -> None:
    ended = attempts.run(python(lambda: 1))

    assert heard.read_text().splitlines() == [
        "starting TaskRunnerMarker",
        "running queued t t",
        "success running success",
        "stopping",
    ]
    assert ended.value("_link_Page") == "https://x/t"


def test_a_listener_that_raises_harms_nobody(attempts: Attempts, heard: Path) -> None:
    ended = attempts.run(python(raising(ValueError("x"))))

    assert heard.read_text().splitlines() == [
        "starting TaskRunnerMarker",
        "running queued t t",
        "failed failed x",
        "stopping",
    ]
    assert isinstance(ended.result, Failed)
    assert ended.status == 0
    assert ended.said("the listener")


def test_listeners_hear_of_a_skip(attempts: Attempts, heard: Path) -> None:
    attempts.run(python(raising(AirflowSkipException("x"))))

    assert heard.read_text().splitlines()[-2] == "skipped"


def test_a_policy_sees_the_attempt_first(attempts: Attempts) -> None:
    def mutate(ti: Any, dag_run: Any) -> None:
        ti.queue = f"far-{ti.try_number}-{dag_run.run_id == ti.run_id}"

    plugins.cluster_policies = Policies()
    plugins.cluster_policies.add("task_instance_mutation_hook", mutate)
    plugins.cluster_policies.add("get_airflow_context_vars", lambda context: {"team": "blue"})
    try:
        import os

        ended = attempts.run(python(lambda ti: [ti.queue, ti.try_number, os.environ["AIRFLOW_CTX_TEAM"]]))
    finally:
        plugins.cluster_policies = None

    assert ended.value() == ["far-0-True", 1, "blue"]

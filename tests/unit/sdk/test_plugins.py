"""Plugins, listeners and cluster policies of an installation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ostro.protocol.task import FileRef
from ostro.runtime import dagfile
from ostro.sdk import freeze, macros, plugins
from ostro.sdk.exceptions import AirflowClusterPolicyError, AirflowClusterPolicyViolation
from ostro.sdk.plugins import registry, sources
from ostro.sdk.plugins.listeners import Listeners

PLUGIN = """
from airflow.models.baseoperator import BaseOperatorLink
from airflow.models.baseoperator import BaseOperator
from airflow.plugins_manager import AirflowPlugin
from airflow.listeners import hookimpl
from airflow.operators.bash import BashOperator


def twice(value):
    return value * 2


class Helper(BaseOperator):
    def execute(self, context):
        pass


class Everywhere(BaseOperatorLink):
    name = "Everywhere"

    def get_link(self, operator, *, ti_key):
        return "https://x/" + ti_key.task_id


class OnBash(BaseOperatorLink):
    name = "On bash"
    operators = [BashOperator]

    def get_link(self, operator, *, ti_key):
        return "https://bash"


class Hears:
    @hookimpl
    def on_task_instance_running(self, previous_state, task_instance):
        pass

    def on_task_instance_failed(self, previous_state, task_instance):
        raise AssertionError("not marked")


class MinePlugin(AirflowPlugin):
    name = "mine"
    macros = [twice]
    operators = [Helper]
    listeners = [Hears()]
    global_operator_extra_links = [Everywhere()]
    operator_extra_links = [OnBash()]
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a plugins folder; what a test loads is forgotten."""
    monkeypatch.setenv("OSTRO_HOME", str(tmp_path))
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "config").mkdir()
    modules, path, loaded = set(sys.modules), list(sys.path), (plugins.installed, plugins.cluster_policies)
    plugins.forget()
    yield tmp_path
    plugins.forget()
    plugins.installed, plugins.cluster_policies = loaded
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith(("pluginfile_", "dagfile_", "airflow_local_settings", "airflow.macros.", "my")):
            del sys.modules[name]
    vars(macros).pop("mine", None)


def load(home: Path, **files: str) -> Any:
    """The plugins of files in the plugins folder."""
    for name, text in files.items():
        (home / "plugins" / f"{name}.py").write_text(text)
    plugins.load(str(home / "plugins"))
    return plugins.installed


def test_nothing_installed_loads_nothing(home: Path) -> None:
    (home / "plugins" / "hook.py").write_text("raise RuntimeError('never imported')")

    plugins.load(str(home / "plugins"))

    assert plugins.installed is None
    assert plugins.cluster_policies is None


def test_a_plugin_brings_macros_and_modules(home: Path) -> None:
    loaded = load(home, myplugin=PLUGIN)

    assert [p.name for p in loaded.plugins] == ["mine"], loaded.errors
    assert vars(macros)["mine"].twice(4) == 8
    from airflow.operators.mine import Helper  # type: ignore[import-not-found]

    assert Helper.__name__ == "Helper"
    assert loaded.listeners.hears("on_task_instance_running")
    assert not loaded.listeners.hears("on_task_instance_failed")


def test_links_of_plugins_are_those_of_the_operator(home: Path) -> None:
    load(home, myplugin=PLUGIN)
    from ostro.sdk.dag import DAG
    from ostro.sdk.operators.bash import BashOperator
    from ostro.sdk.operators.python import PythonOperator

    with DAG("d", schedule=None) as dag:
        BashOperator(task_id="b", bash_command="true")
        PythonOperator(task_id="p", python_callable=print)

    spec = freeze.freeze(dag)

    assert {t.task_id: t.extra_links for t in spec.tasks} == {
        "b": ("Everywhere", "On bash"),
        "p": ("Everywhere",),
    }


def test_a_broken_plugin_harms_no_other(home: Path) -> None:
    loaded = load(home, a_broken="Plugin = 1\n\nimport nowhere_at_all", myplugin=PLUGIN)

    assert [p.name for p in loaded.plugins] == ["mine"]
    assert loaded.errors == {"a_broken.py": "ModuleNotFoundError: No module named 'nowhere_at_all' (line 3)"}


def test_a_plugin_needs_a_name(home: Path) -> None:
    text = "from airflow.plugins_manager import AirflowPlugin\nclass P(AirflowPlugin):\n    pass\n"

    loaded = load(home, mynameless=text)

    assert "needs a name" in loaded.errors["mynameless.py"]


def test_entry_points_are_read_from_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "site-packages" / "my_dist-1.2.dist-info"
    folder.mkdir(parents=True)
    text = "[console_scripts]\nx = y:z\n\n[airflow.plugins]\nmine = my_mod.sub:Mine [extra]\n"
    (folder / "entry_points.txt").write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(folder.parent)])
    sources.entry_points.cache_clear()
    try:
        (entry,) = sources.entry_points()
    finally:
        sources.entry_points.cache_clear()

    assert entry == sources.Entry("airflow.plugins", "mine", "my_mod.sub:Mine", "my_dist==1.2")


def test_an_entry_point_that_cannot_be_imported_is_an_error() -> None:
    entry = sources.Entry("airflow.plugins", "mine", "no_such_module:Mine", "dist==1")

    loaded = registry.load(sources.Found((), (entry,), ()), None)

    assert "no_such_module" in loaded.errors["dist==1: mine = no_such_module:Mine"]


# ---- listeners -----------------------------------------------------------------------------------------------


def test_listeners_take_what_they_name_the_last_one_first(caplog: pytest.LogCaptureFixture) -> None:
    from airflow.listeners import hookimpl

    heard: list[Any] = []

    @hookimpl
    def on_task_instance_failed(previous_state: Any, error: Any) -> None:
        heard.append((previous_state, error))
        raise ValueError("in the listener")

    @hookimpl(trylast=True)
    def old(task_instance: Any, session: Any) -> None:
        heard.append(("old", task_instance))

    listeners = Listeners()
    listeners.add(SimpleNamespace(on_task_instance_failed=old))
    listeners.add(SimpleNamespace(on_task_instance_failed=on_task_instance_failed))
    listeners.call("on_task_instance_failed", previous_state="running", task_instance="ti", error="e")
    listeners.call("on_task_instance_success", previous_state="running", task_instance="ti")

    assert heard == [("running", "e"), ("old", "ti")]
    assert "in the listener" in caplog.text


# ---- policies ------------------------------------------------------------------------------------------------

DAGS = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

for name in ("good", "left_out", "forbidden"):
    with DAG(name, schedule=None, tags=[name]) as dag:
        EmptyOperator(task_id="t")
    globals()[name] = dag
"""
SETTINGS = """
from airflow.exceptions import AirflowClusterPolicySkipDag, AirflowClusterPolicyViolation


def dag_policy(dag):
    if dag.dag_id == "left_out":
        raise AirflowClusterPolicySkipDag("not here")


def task_policy(task):
    if task.dag_id == "forbidden":
        raise AirflowClusterPolicyViolation("no")
    task.retries = 7


def get_airflow_context_vars(context):
    return {"team": "blue"}
"""


def load_dags(home: Path, settings: str) -> Any:
    (home / "config" / "airflow_local_settings.py").write_text(settings)
    (home / "dags").mkdir()
    (home / "dags" / "f.py").write_text(DAGS)
    return dagfile.load(FileRef(folder=str(home / "dags"), path="f.py"))


def test_policies_change_leave_out_and_refuse(home: Path) -> None:
    loaded = load_dags(home, SETTINGS)

    assert list(loaded.dags) == ["good"]
    assert loaded.dags["good"].get_task("t").retries == 7
    assert [(k, type(v)) for k, v in loaded.refused.items()] == [("forbidden", AirflowClusterPolicyViolation)]
    assert plugins.cluster_policies is not None
    assert plugins.cluster_policies.context_vars({}) == {"team": "blue"}


def test_another_error_of_a_policy_names_it(home: Path) -> None:
    loaded = load_dags(home, "def dag_policy(dag):\n    dag.nothing_like_this\n")

    error = loaded.refused["good"]
    assert isinstance(error, AirflowClusterPolicyError)
    assert "dag_policy of airflow_local_settings raised AttributeError for DAG 'good'" in str(error)


def test_the_policy_of_1_10_is_that_of_tasks(home: Path) -> None:
    loaded = load_dags(home, "def policy(task):\n    task.queue = 'far'\n")

    assert loaded.dags["good"].get_task("t").queue == "far"


# ---- strategies of weights -----------------------------------------------------------------------------------


STRATEGY = """
from airflow.plugins_manager import AirflowPlugin
from airflow.task.priority_strategy import PriorityWeightStrategy


class Decreasing(PriorityWeightStrategy):
    def get_weight(self, ti):
        return max(3 - ti.try_number, 1)


class WeightsPlugin(AirflowPlugin):
    name = "weights"
    priority_weight_strategies = [Decreasing]
"""


def test_a_strategy_is_asked_for_each_try(home: Path) -> None:
    from ostro.rules.plan import plan_of
    from ostro.sdk.dag import DAG
    from ostro.sdk.operators.bash import BashOperator
    from ostro.spec import Topology

    loaded = load(home, myweights=STRATEGY)
    path = f"{loaded.plugins[0].priority_weight_strategies[0].__module__}.Decreasing"
    with DAG("d", schedule=None) as dag:
        often = BashOperator(task_id="often", bash_command="true", weight_rule=path, retries=5)
        once = BashOperator(task_id="once", bash_command="true", weight_rule=path)
        before = BashOperator(task_id="before", bash_command="true")
        before >> [often, once]

    spec = freeze.freeze(dag)
    tasks = {t.task_id: t for t in spec.tasks}
    topology = Topology(spec)
    plan = plan_of(topology)

    assert {i: t.strategy_weights for i, t in tasks.items()} == {
        "often": (3, 2, 1),
        "once": (3,),
        "before": (),
    }
    assert tasks["often"].weight_rule == path
    assert [plan.weight_of(topology.index["often"], n) for n in (0, 1, 2, 3, 9)] == [3, 3, 2, 1, 1]
    # The weights of others count by what they are themselves.
    assert plan.weight[topology.index["before"]] == 3


@pytest.mark.parametrize("rule", ["nowhere.Strategy", "sideways", object(), dict])
def test_what_is_no_strategy(home: Path, rule: Any) -> None:
    from ostro.sdk.exceptions import DagInvalid
    from ostro.sdk.operators.bash import BashOperator

    with pytest.raises(DagInvalid, match="no PriorityWeightStrategy"):
        BashOperator(task_id="t", bash_command="true", weight_rule=rule)


def test_a_weight_is_a_whole_number(home: Path) -> None:
    from ostro.sdk.dag import DAG
    from ostro.sdk.operators.bash import BashOperator

    class Wrong:
        def get_weight(self, ti: Any) -> Any:
            return "heavy"

    with DAG("d", schedule=None) as dag:
        BashOperator(task_id="t", bash_command="true", weight_rule=Wrong())
    with pytest.raises(ValueError, match="Wrong gives 'heavy' for task 't'"):
        freeze.freeze(dag)

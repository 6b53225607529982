"""The example DAGs of Airflow: which cannot be imported or run here, and why; how the others end."""

from __future__ import annotations

from dataclasses import dataclass, field

_PROVIDER = "needs a provider package"
_KUBERNETES = "needs the package kubernetes"
_NETWORK = "asks a server on the internet"
_PERSON = "waits for a person"


@dataclass(frozen=True)
class Release:
    """The examples of one release."""

    #: (distribution, version, folder in the wheel) …
    wheels: tuple[tuple[str, str, str], ...]
    #: Providers that the examples import, in the same form.
    libraries: tuple[tuple[str, str, str], ...] = ()
    #: How many DAGs are run at least.
    least: int = 0
    #: Files that are not imported: path → why (a word of the import error).
    files: dict[str, str] = field(default_factory=dict)
    #: Runs that do not succeed: DAG → (state, why); state "" = not triggered.
    runs: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: conf that a DAG needs.
    conf: dict[str, dict[str, object]] = field(default_factory=dict)


#: What every release has.
_ALWAYS = {
    "example_dag_decorator": ("", _NETWORK),
    "tutorial_taskflow_api_virtualenv": ("", "makes an environment with packages of the internet"),
    "tutorial_objectstorage": ("", _NETWORK),
    "example_python_operator": ("", "makes an environment with packages of the internet"),
    "example_python_decorator": ("", "makes an environment with packages of the internet"),
    "example_branch_python_operator_decorator": ("", "makes an environment with packages of the internet"),
    "example_branch_operator": ("", "makes an environment with packages of the internet"),
    "example_branch_operator_decorator": ("", "makes an environment with packages of the internet"),
}

_CONF: dict[str, dict[str, object]] = {
    "example_params_ui_tutorial": {"required_field": "long enough to be taken"},
    "example_passing_params_via_test_command": {"foo": "f", "miff": "m"},
    "example_trigger_target_dag": {"message": "hello"},
}
_FILES = {
    "example_local_kubernetes_executor.py": "kubernetes",
}

RELEASES: dict[str, Release] = {
    "3.3.2": Release(
        wheels=(
            ("apache-airflow-core", "3.3.2", "airflow/example_dags/"),
            ("apache-airflow-providers-standard", "1.21.0", "airflow/providers/standard/example_dags/"),
        ),
        libraries=(("apache-airflow-providers-common-compat", "1.23.0", "airflow/providers/common/compat/"),),
        least=70,
        files=_FILES,
        runs={
            **_ALWAYS,
            "example_failed_dag": ("failed", "fails on purpose"),
            "example_hitl_operator": ("", _PERSON),
            "example_retry_policy": ("", "needs the package requests"),
            "example_external_task": ("", "waits a minute in a trigger"),
            "example_external_task_marker_child": (
                "",
                "waits for a task group that its parent does not have",
            ),
            "example_sensors": ("", "waits a minute in a trigger"),
            **dict.fromkeys(
                (
                    "asset_with_extra_by_yield",
                    "asset_with_extra_by_context",
                    "asset_with_extra_from_classic_operator",
                    "read_asset_event",
                    "read_asset_event_from_classic",
                ),
                ("", "another example gives its asset's name to another address, as in Airflow"),
            ),
        },
        conf=_CONF,
    ),
    "2.11.0": Release(
        wheels=(("apache-airflow", "2.11.0", "airflow/example_dags/"),),
        least=50,
        files=_FILES,
        runs={
            **_ALWAYS,
            "example_sensors": ("", "waits a minute in a trigger"),
            "example_sla_dag": ("", "sleeps for half a minute"),
            "example_bash_decorator": (
                "failed",
                "stat of files in airflow/example_dags below the current folder",
            ),
            "example_external_task_marker_child": (
                "failed",
                "waits for a task group that its parent does not have",
            ),
            "read_dataset_event_from_classic": (
                "failed",
                "a template says Dataset, which templates do not have",
            ),
            "tutorial_taskflow_templates": ("failed", "sql/test.sql is not there"),
        },
        conf=_CONF,
    ),
    "1.10.15": Release(
        wheels=(("apache-airflow", "1.10.15", "airflow/example_dags/"),),
        least=14,
        files={
            "example_http_operator.py": "providers-http",
            "example_kubernetes_executor_config.py": "contrib.example_dags",
            "example_pig_operator.py": "providers-apache-pig",
        },
        runs={
            **_ALWAYS,
            "example_complex": ("failed", "a function takes an argument that nobody gives"),
            "test_utils": ("", "sleeps for ever"),
        },
        conf=_CONF,
    ),
}

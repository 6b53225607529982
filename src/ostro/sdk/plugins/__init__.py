"""What an installation adds to Airflow's language: plugins, listeners, cluster policies.

    sources     where they are: files of the plugins folder, entry points of installed packages
    registry    the plugins of this process, imported once before the first DAG file
    listeners   calling the hooks of listeners
    placing     where task_instance_mutation_hook sends the instances of a task
    policies    airflow_local_settings and entry points that change or refuse DAGs, tasks and attempts

All of it is user code: it runs in the processes that import DAG files and run tasks, never in the engine. A process
loads it with `load`; without anything installed that costs two looks at folders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ostro.sdk.plugins.policies import Policies
    from ostro.sdk.plugins.registry import Plugins

#: None until `load`, or when the installation has none.
installed: Plugins | None = None
cluster_policies: Policies | None = None
_loaded_of: set[str | None] = set()


def load(plugins_folder: str | None) -> None:
    """Import plugins and policies, once in a process. A broken plugin is remembered, never raised.

    Raises whatever `airflow_local_settings` raises, since a policy that is not applied is worse than no DAG.
    """
    global installed, cluster_policies
    if plugins_folder in _loaded_of:
        return
    from ostro.sdk.plugins import sources

    found = sources.find(plugins_folder)
    if found.files or found.entries:
        from ostro.sdk.plugins import registry

        installed = registry.load(found, plugins_folder)
    if found.policies:
        from ostro.sdk.plugins import policies

        cluster_policies = policies.load(found.policies)
    _loaded_of.add(plugins_folder)


def forget() -> None:
    """Let everything go, for tests."""
    global installed, cluster_policies
    installed = cluster_policies = None
    _loaded_of.clear()
    from ostro.sdk.plugins import sources

    sources.find.cache_clear()

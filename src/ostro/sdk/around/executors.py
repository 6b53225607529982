"""Executor classes of Airflow as DAG files name them: `SubDagOperator(executor=SequentialExecutor())` of 1.10.

Which executor runs tasks is a setting of the installation; a file cannot choose it. So an object of these classes is a
name with a parallelism, and whoever tries to run something with it is told so.
"""

from __future__ import annotations

from typing import Any

from ostro.errors import UserError


class BaseExecutor:
    """Base of executors. Subclasses of users can be made; they run nothing."""

    def __init__(self, parallelism: int = 0, team_name: str | None = None, **kwargs: Any) -> None:
        self.parallelism = parallelism
        self.team_name = team_name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UserError(
            f"{type(self).__name__}.{name} is not there: the engine runs tasks itself, and the executor is chosen by "
            "the setting [core] executor"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(parallelism={self.parallelism})"


class LocalExecutor(BaseExecutor):
    """Tasks as processes of one machine."""


class SequentialExecutor(BaseExecutor):
    """One task after the other."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(parallelism=1)


class DebugExecutor(BaseExecutor):
    """Tasks in the process itself; `dag.test()` does that."""


class CeleryExecutor(BaseExecutor):
    """Tasks as jobs of Celery."""


class KubernetesExecutor(BaseExecutor):
    """Tasks as pods."""


def get_default_executor() -> BaseExecutor:
    """The name of what runs tasks here, as files of 1.10 ask for it."""
    return LocalExecutor()


GetDefaultExecutor = get_default_executor

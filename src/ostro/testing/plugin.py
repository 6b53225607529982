"""The plugin of pytest: fixtures `dag_runner`, `dag_bag` and `dags_folder`.

Nothing of Ostro is imported before a test asks for a fixture.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ostro.sdk.around.dagbag import DagBag
    from ostro.testing.runner import DagRunner
    from ostro.testing.workshop import Workshop

_RUNNER: pytest.StashKey[Any] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the DAG files are, and whether they run in this process."""
    group = parser.getgroup("ostro", "Ostro: tests of DAGs")
    group.addoption("--dags-folder", default=None, metavar="DIR", help="folder of the DAG files")
    group.addoption(
        "--dags-in-process",
        action="store_true",
        default=False,
        help="run tasks in the process of the tests, for debuggers",
    )
    parser.addini("dags_folder", "folder of the DAG files, relative to the ini file", default="")


@pytest.fixture(scope="session")
def dags_folder(pytestconfig: pytest.Config) -> Path:
    """Folder of the DAG files: `--dags-folder`, `dags_folder` of the ini file, AIRFLOW__CORE__DAGS_FOLDER, ./dags, or
    the folder that pytest was started for. Override this fixture to name another."""
    given = pytestconfig.getoption("dags_folder")
    if given:
        return Path(given).absolute()
    root = pytestconfig.rootpath
    ini = pytestconfig.getini("dags_folder")
    if ini:
        return (pytestconfig.inipath.parent if pytestconfig.inipath else root) / str(ini)
    for name in ("OSTRO__CORE__DAGS_FOLDER", "AIRFLOW__CORE__DAGS_FOLDER"):
        if os.environ.get(name):
            return Path(os.environ[name]).absolute()
    return root / "dags" if (root / "dags").is_dir() else root


@pytest.fixture(scope="session")
def ostro_settings() -> dict[str, str]:
    """Settings of the engine that runs the tests, by "section.key". Override this fixture to change some."""
    return {}


@pytest.fixture(scope="session")
def _workshop(
    tmp_path_factory: pytest.TempPathFactory, dags_folder: Path, ostro_settings: dict[str, str]
) -> Iterator[Workshop]:
    from ostro.testing.workshop import Workshop

    made = Workshop(tmp_path_factory.mktemp("ostro"), dags_folder, ostro_settings)
    yield made
    made.close()


@pytest.fixture
def dag_runner(
    request: pytest.FixtureRequest, _workshop: Workshop, pytestconfig: pytest.Config
) -> Iterator[DagRunner]:
    """Runs DAGs: `dag_runner.run("my_dag", conf={…})`."""
    from ostro.testing.runner import DagRunner

    made = DagRunner(_workshop, in_process=pytestconfig.getoption("dags_in_process"))
    request.node.stash[_RUNNER] = made
    yield made
    made.close()


@pytest.fixture(scope="session")
def dag_bag(dags_folder: Path) -> DagBag:
    """The DAGs of the folder as objects, imported into this process: `dags`, `import_errors`, `get_dag(id)`."""
    from ostro.sdk.around.dagbag import DagBag

    return DagBag(dags_folder)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """A failed test shows its runs: states, and the logs of tasks that failed."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    runner = item.stash.get(_RUNNER, None)
    if runner is not None and report.when == "call" and report.failed:
        for result in runner.results:
            report.sections.append((f"run of {result.dag_id}", result.report()))

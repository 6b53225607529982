"""Fixtures that every test may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("support")

from support import order  # noqa: E402 - the path above makes it importable
from support.services import database  # noqa: E402 - the same

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """With several processes the order of the files is ours: see `support.order`."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In each of several processes: the files as they are to be taken."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: order.place(item.path.relative_to(HERE).as_posix()))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new empty database of each kind."""
    with database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the DAGs and results that tests compare with; skip where it is not."""
    folder = Path(os.environ.get("OSTRO_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip(f"the folder {folder} with DAGs and expected results is not here (OSTRO_SHARED names it)")
    return folder


@pytest.fixture(autouse=True)
def _no_engine_left() -> Iterator[None]:
    """A task that a test ran in this process leaves no engine behind for the next test to ask."""
    yield
    asking = sys.modules.get("ostro.sdk.asking")
    if asking is not None:
        asking.use(None)

"""Fixtures that every test may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("support")

from support.services import database  # noqa: E402 - the path above makes it importable


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

"""A loader whose parse processes, clock and watcher are the test's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "dags", processes=8)
    yield made
    made.loader.close()

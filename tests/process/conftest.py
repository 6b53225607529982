"""What tests of the task process share."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fake_engine import Attempts


@pytest.fixture
def attempts(tmp_path: Path) -> Attempts:
    return Attempts(tmp_path)

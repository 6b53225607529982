"""Every bench of the list in benches/README.md is a module that measures when it is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BENCHES = Path(__file__).parents[2] / "benches"
LISTED = re.findall(r"^\| (\w+) \| \S", (BENCHES / "README.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in LISTED if name != "bench"])
def test_a_bench_runs_as_a_command(name: str) -> None:
    text = (BENCHES / f"{name}.py").read_text()
    assert 'if __name__ == "__main__":\n    main()' in text

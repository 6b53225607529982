"""Wheels of Airflow, downloaded by pip when a test needs them and kept in a folder; nothing of them is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

#: Seconds that a download may take.
PATIENCE = 60


def cache() -> Path:
    """Where wheels are kept: OSTRO_TEST_WHEELS, else a folder of the user beside the other caches."""
    given = os.environ.get("OSTRO_TEST_WHEELS")
    return Path(given) if given else Path.home() / ".cache" / "ostro-tests" / "wheels"


def wheel(name: str, version: str) -> Path:
    """The wheel of a distribution. Without a network the test is skipped, in CI it fails."""
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    found = next(folder.glob(pattern), None)
    if found is not None:
        return found
    with tempfile.TemporaryDirectory(dir=folder) as place:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--no-deps",
                "--only-binary",
                ":all:",
                "-d",
                place,
                f"{name}=={version}",
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        made = next(Path(place).glob(pattern), None)
        if made is None:
            text = f"{name} {version} cannot be downloaded: {done.stderr.strip()[-300:]}"
            if os.environ.get("CI"):
                pytest.fail(text)
            pytest.skip(text)
        return made.rename(folder / made.name)


def unpack(archive: Path, prefix: str, target: Path) -> None:
    """What lies below `prefix` in the wheel, into a folder."""
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.startswith(prefix) and not name.endswith("/"):
                path = target / name.removeprefix(prefix)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(opened.read(name))

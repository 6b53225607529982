"""Empty distributions under the names of Airflow's own packages.

Every provider package requires `apache-airflow`. What it needs of it, the import names, Ostro brings; the real one would
put its files over ours. A placeholder is a wheel without files that carries the name, so that pip takes the requirement
for met, now and whenever something else is installed later. Its version ends in +ostro.

That of `apache-airflow` requires the libraries which providers import without saying so, because Airflow requires them.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ostro import AIRFLOW_VERSION

#: Ends the version of a placeholder.
MARK = "+ostro"
#: Airflow's own distributions, and the versions whose names Ostro has.
VERSIONS: Mapping[str, str] = {
    "apache-airflow": AIRFLOW_VERSION,
    "apache-airflow-core": AIRFLOW_VERSION,
    "apache-airflow-task-sdk": "1.3.2",
    "apache-airflow-providers-standard": "1.21.0",
}
#: Libraries that come with Airflow and that provider packages and DAG files import without requiring them.
BROUGHT = (
    "aiofiles>=23.2",
    "asgiref>=3.5",
    "attrs>=22.1",
    "cachetools>=5",
    "colorlog>=6.8",
    "deprecated>=1.2.13",
    "dill>=0.2.2",
    "importlib-metadata>=6.5",
    "lazy-object-proxy>=1.2",
    "methodtools>=0.4.7",
    "more-itertools>=9",
    "packaging>=23.2",
    "pluggy>=1.5",
    "psutil>=5.8",
    "python-slugify>=5",
    "requests>=2.32",
    "sqlparse>=0.5",
    "tabulate>=0.9",
    "tenacity>=8.3",
    "termcolor>=2.5",
)


def is_placeholder(version: str) -> bool:
    """Whether the version of an installed distribution is that of a placeholder."""
    return version.endswith(MARK)


def missing() -> list[str]:
    """Names without the placeholder of this version of Ostro."""
    return [name for name, version in VERSIONS.items() if _installed(name) != version + MARK]


def real() -> list[str]:
    """Names under which Airflow itself is installed."""
    return [name for name in VERSIONS if (v := _installed(name)) is not None and not is_placeholder(v)]


def _installed(name: str) -> str | None:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None


def build(folder: Path, names: Iterable[str]) -> list[Path]:
    """Write the wheels of some placeholders into a folder."""
    return [_wheel(folder, name, BROUGHT if name == "apache-airflow" else ()) for name in names]


def _wheel(folder: Path, name: str, requires: Iterable[str]) -> Path:
    version = VERSIONS[name] + MARK
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        "Summary: Placeholder of Ostro, which brings the import names of this package. It has no files.",
        *(f"Requires-Dist: {requirement}" for requirement in requires),
    ]
    files = {
        f"{info}/METADATA": "\n".join(lines) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: ostro\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},{_digest(text)},{len(text.encode())}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, text in files.items():
            wheel.writestr(member, text)
    return path


def _digest(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"sha256={digest.rstrip(b'=').decode()}"

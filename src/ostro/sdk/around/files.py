"""`airflow.utils.file`."""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

__all__ = [
    "TemporaryDirectory",
    "correct_maybe_zipped",
    "get_unique_dag_module_name",
    "list_py_file_paths",
    "mkdirs",
    "open_maybe_zipped",
]

_IN_ZIP = re.compile(r"((.*\.zip)/)?(.*)")


def mkdirs(path: str, mode: int) -> None:
    """Make a folder and those around it."""
    Path(path).mkdir(mode=mode, parents=True, exist_ok=True)


def correct_maybe_zipped(fileloc: str | Path | None) -> str | Path | None:
    """The zip file that a path leads into, else the path."""
    if not fileloc:
        return fileloc
    found = _IN_ZIP.match(os.fspath(fileloc))
    archive = found.group(2) if found else None
    return archive if archive and zipfile.is_zipfile(archive) else fileloc


def open_maybe_zipped(fileloc: str, mode: str = "r") -> IO[Any]:
    """Open a file that may be inside of a zip."""
    found = _IN_ZIP.match(fileloc)
    archive = found.group(2) if found else None
    if found is not None and archive and zipfile.is_zipfile(archive):
        return io.TextIOWrapper(zipfile.ZipFile(archive).open(found.group(3)))
    return open(fileloc, mode)


def get_unique_dag_module_name(file_path: str) -> str:
    """The name under which a DAG file is imported."""
    path = Path(file_path)
    digest = hashlib.sha1(file_path.encode(), usedforsecurity=False).hexdigest()
    return f"unusual_prefix_{digest}_{re.sub(r'[.-]', '_', path.stem)}"


def list_py_file_paths(directory: str | Path | None, *args: Any, **kwargs: Any) -> list[str]:
    """The Python files in a folder, or the file itself."""
    if directory is None:
        return []
    if os.path.isfile(directory):
        return [os.fspath(directory)]
    return sorted(str(p) for p in Path(directory).rglob("*.py"))

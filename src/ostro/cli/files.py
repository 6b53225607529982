"""Files that are imported and exported."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from ostro.errors import BadRequest


def read(path: Path) -> str:
    """The text of a file. Raises BadRequest with the system's reason."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def read_document(path: Path) -> Any:
    """The document in a JSON or YAML file. Raises BadRequest."""
    content = read(path)
    if path.suffix in (".yaml", ".yml"):
        import yaml

        try:
            return yaml.safe_load(content)
        except yaml.YAMLError as error:
            raise BadRequest(f"{path} is no YAML: {error}") from None
    try:
        return json.loads(content)
    except ValueError as error:
        raise BadRequest(f"{path} is no JSON: {error}") from None


def read_json_object(path: Path) -> dict[str, Any]:
    """The object in a JSON or YAML file. Raises BadRequest."""
    found = read_document(path)
    if not isinstance(found, dict):
        raise BadRequest(f"{path} must hold one object with a name for each entry")
    return found


def write(path: Path, content: str) -> None:
    """Write a file that only its owner can read, for it may hold secrets; "-" is the terminal. Raises BadRequest."""
    if str(path) == "-":
        sys.stdout.write(content)
        return
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(content)
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror}") from None

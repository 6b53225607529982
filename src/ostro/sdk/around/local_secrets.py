"""`LocalFilesystemBackend`: Variables and Connections from files, JSON, YAML or NAME=VALUE lines."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from ostro.sdk.connection import Connection
from ostro.sdk.exceptions import AirflowException
from ostro.sdk.secrets import BaseSecretsBackend


class LocalFilesystemBackend(BaseSecretsBackend):
    """Reads its files when something is first asked for; either path may be left out."""

    def __init__(
        self, variables_file_path: str | None = None, connections_file_path: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.variables_file = variables_file_path
        self.connections_file = connections_file_path

    @cached_property
    def _local_variables(self) -> dict[str, str]:
        return load_variables(self.variables_file) if self.variables_file else {}

    @cached_property
    def _local_connections(self) -> dict[str, Connection]:
        return load_connections_dict(self.connections_file) if self.connections_file else {}

    def get_connection(self, conn_id: str, team_name: str | None = None) -> Connection | None:
        """The connection of the file."""
        return self._local_connections.get(conn_id)

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        """The text of the file; values that are no text as JSON."""
        return self._local_variables.get(key)


def load_variables(file_path: str) -> dict[str, str]:
    """All variables of a file. Raises AirflowException, one sentence, when it cannot be read."""
    found = {}
    for key, value in _entries(file_path).items():
        one = _only(value, f"{file_path}: variable {key!r}")
        found[key] = one if isinstance(one, str) else json.dumps(one)
    return found


def load_connections_dict(file_path: str) -> dict[str, Connection]:
    """All connections of a file, as URI, or as an object with their fields. Raises AirflowException."""
    found = {}
    for conn_id, value in _entries(file_path).items():
        where = f"{file_path}: connection {conn_id!r}"
        found[conn_id] = _connection(conn_id, _only(value, where), where)
    return found


def _connection(conn_id: str, value: Any, where: str) -> Connection:
    if isinstance(value, str) and not value.strip().startswith("{"):
        return Connection.from_uri(value.strip(), conn_id=conn_id)
    if not isinstance(value, str | dict):
        raise AirflowException(f"{where} must be a URI or an object with its fields")
    try:
        fields = json.loads(value) if isinstance(value, str) else dict(value)
        extra = fields.pop("extra_dejson", None)
        if extra is not None:
            fields["extra"] = extra
        return Connection.from_json(json.dumps(fields), conn_id=conn_id)
    except (ValueError, TypeError):
        # The words of the error would hold what stands in the file.
        raise AirflowException(
            f"{where} cannot be read: it has a field that no connection has, or is no JSON"
        ) from None


def _only(value: Any, where: str) -> Any:
    """The one value of a name: a name may be given several times, or as a list of one."""
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        raise AirflowException(f"{where} is given {len(value)} times")
    return value[0]


def _entries(file_path: str) -> dict[str, Any]:
    path = Path(file_path)
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("json", "yaml", "yml", "env"):
        raise AirflowException(f"{path}: a file of secrets must end in .json, .yaml, .yml or .env")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AirflowException(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'no UTF-8'}"
        ) from None
    if not text.strip():
        return {}
    found = _lines(text, path) if kind == "env" else _document(text, path, kind)
    if not isinstance(found, dict):
        raise AirflowException(f"{path} must hold one object with a name for each secret")
    return found


def _document(text: str, path: Path, kind: str) -> Any:
    if kind == "json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise AirflowException(f"{path} is no JSON: {error}") from None
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark is not None else ""
        raise AirflowException(f"{path} is no YAML{line}") from None


def _lines(text: str, path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, value = stripped.partition("=")
        if not equals or not name.strip():
            raise AirflowException(f"{path}, line {number}: must be NAME=VALUE")
        found.setdefault(name.strip(), []).append(value.strip())
    return found

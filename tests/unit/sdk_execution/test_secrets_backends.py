"""Secrets backends: their order, their errors, files, the cache while parsing, masking."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from airflow.secrets import BaseSecretsBackend
from airflow.secrets.local_filesystem import LocalFilesystemBackend
from ostro.runtime import connection_test
from ostro.sdk import asking, secrets
from ostro.sdk.connection import Connection
from ostro.sdk.exceptions import AirflowException, AirflowNotFoundException
from ostro.sdk.masking import masker
from ostro.sdk.variable import Variable

CANARY = "swordfish-7f3a"


class Memory(BaseSecretsBackend):
    """Counts what it is asked."""

    def __init__(
        self, variables: dict[str, str] | None = None, connections: dict[str, str] | None = None
    ) -> None:
        super().__init__()
        self.variables, self.connections = variables or {}, connections or {}
        asked.clear()

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        asked.append(key)
        return self.variables.get(key)

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        asked.append(conn_id)
        return self.connections.get(conn_id)


class Second(Memory):
    """Another one."""


class VariablesOnly(BaseSecretsBackend):
    """Knows no connections at all."""

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        return "from it" if key == "k" else None


class Old(BaseSecretsBackend):
    """As 1.10 wrote them."""

    def get_conn_uri(self, conn_id: str) -> str | None:
        return "http://old" if conn_id == "c" else None


class Remote(BaseSecretsBackend):
    """Asks over HTTP, as those of providers do."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__()
        self.url, self.token = url, token

    def _get(self, path: str) -> str | None:
        request = urllib.request.Request(f"{self.url}/{path}", headers={"X-Token": self.token})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                text: str = response.read().decode()
                return text
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def get_variable(self, key: str, team_name: str | None = None) -> str | None:
        return self._get(f"variables/{key}")

    def get_conn_value(self, conn_id: str, team_name: str | None = None) -> str | None:
        return self._get(f"connections/{conn_id}")


asked: list[str] = []
Use = Callable[..., None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Sets a backend: its class and arguments; `workers=True` for [workers] secrets_backend."""

    def setting(kind: type, workers: bool = False, **kwargs: Any) -> None:
        name = "AIRFLOW__WORKERS__SECRETS_BACKEND" if workers else "AIRFLOW__SECRETS__BACKEND"
        monkeypatch.setenv(name, f"{kind.__module__}.{kind.__qualname__}")
        monkeypatch.setenv(f"{name}_KWARGS", json.dumps(kwargs))
        secrets.backends.cache_clear()

    before = asking.use(None)
    yield setting
    asking.use(before)
    secrets.backends.cache_clear()
    secrets._cache.clear()
    secrets._given.clear()
    masker.reset()


def test_the_order(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(Memory, workers=True, variables={"all": "workers"})
    use(Second, variables={"all": "secrets", "env": "secrets", "second": "secrets"})
    for name in ("ALL", "ENV"):
        monkeypatch.setenv(f"AIRFLOW_VAR_{name}", "environment")
    assert Variable.get("all") == "workers"
    assert Variable.get("env") == "environment"
    assert Variable.get("second") == "secrets"
    assert Variable.get("none", default=None) is None


def test_one_backend_comes_before_the_environment(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(Memory, connections={"c": "http://backend", "json": '{"conn_type": "http", "host": "h"}'})
    monkeypatch.setenv("AIRFLOW_CONN_C", "http://environment")
    monkeypatch.setenv("AIRFLOW_CONN_E", "http://environment")
    assert Connection.get("c").host == "backend"
    assert Connection.get("json").host == "h"
    assert Connection.get("e").host == "environment"
    with pytest.raises(AirflowNotFoundException):
        Connection.get("none")


def test_a_backend_may_know_one_kind_only(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_C", "http://environment")
    use(VariablesOnly)
    assert Connection.get("c").host == "environment" and Variable.get("k") == "from it"
    use(Old)
    assert Connection.get("c").host == "old" and Variable.get("k", default=1) == 1


# ---- errors --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[str]:
    """Has one variable and one connection; the status of all others is in their name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {"/variables/k": "v", "/connections/c": f"http://me:{CANARY}@h"}
            text, last = known.get(self.path), self.path.rpartition("/")[2]
            right = self.headers["X-Token"] == CANARY
            status = 200 if text and right else 403 if not right else int(last) if last.isdecimal() else 404
            self.send_response(status)
            self.end_headers()
            self.wfile.write((text or "").encode() if status == 200 else b"")

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    thread.join()
    found.server_close()


def test_only_what_is_not_there_is_looked_for_elsewhere(
    use: Use, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Remote, url=server, token=CANARY)
    for status in (401, 403, 404, 500):
        monkeypatch.setenv(f"AIRFLOW_VAR_{status}", "environment")
        monkeypatch.setenv(f"AIRFLOW_CONN_{status}", "http://environment")
    assert Variable.get("k") == "v" and Connection.get("c").password == CANARY
    assert Variable.get("404") == "environment" and Connection.get("404").host == "environment"
    for status in ("401", "403", "500"):
        with pytest.raises(secrets.SecretsBackendFailed, match=rf"Remote .* Variable '{status}'.*{status}"):
            Variable.get(status, default="never")
        with pytest.raises(secrets.SecretsBackendFailed, match=rf"Remote .* Connection '{status}'"):
            Connection.get(status)
    use(Remote, url=server, token="expired")
    with pytest.raises(AirflowException, match="403"):
        Variable.get("404")


def test_no_network_is_no_answer(use: Use, server: str) -> None:
    use(Remote, url="http://127.0.0.1:9", token=CANARY)
    with pytest.raises(secrets.SecretsBackendFailed, match="could not be asked"):
        Variable.get("k", default="never")


def test_arguments_of_backends_and_what_they_give_are_masked(use: Use, server: str) -> None:
    use(Remote, url=server, token=CANARY)
    Variable.get("k")
    assert masker.text(f"the token {CANARY}") == "the token ***"
    masker.reset()
    Connection.get("c")
    assert CANARY not in masker.text(f"http://me:{CANARY}@h")


# ---- cache ---------------------------------------------------------------------------------------------------------------


def test_the_cache_holds_while_files_are_parsed_and_nowhere_else(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__SECRETS__USE_CACHE", "True")
    use(Memory, variables={"k": "v"})
    for _ in range(3):
        Variable.get("k")
    assert asked == ["k"] * 3
    asked.clear()
    monkeypatch.setattr(asking, "_observers", [lambda kind, name: None])
    for _ in range(3):
        assert Variable.get("k") == "v" and Variable.get("none", default=1) == 1
    assert asked == ["k", "none"]
    monkeypatch.setenv("AIRFLOW__SECRETS__USE_CACHE", "False")
    Variable.get("k")
    assert asked == ["k", "none", "k"]


def test_what_is_in_the_cache_grows_old(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__SECRETS__USE_CACHE", "True")
    monkeypatch.setenv("AIRFLOW__SECRETS__CACHE_TTL_SECONDS", "0")
    monkeypatch.setattr(asking, "_observers", [lambda kind, name: None])
    use(Memory, variables={"k": "v"})
    Variable.get("k")
    Variable.get("k")
    assert asked == ["k", "k"]


# ---- files ---------------------------------------------------------------------------------------------------------------

VARIABLES = {"text": "plain", "doc": {"a": 1}, "one": ["x"]}
CONNECTIONS: dict[str, Any] = {
    "uri": "postgres://me:p%40ss@host:5/base",
    "fields": {"conn_type": "http", "host": "h", "extra": {"a": 1}},
    "dejson": {"conn_type": "http", "extra_dejson": {"a": 1}},
    "one": ["http://one"],
}


def _write(folder: Path, ending: str) -> tuple[str, str]:
    names = folder / f"v.{ending}", folder / f"c.{ending}"
    for name, content in zip(names, (VARIABLES, CONNECTIONS), strict=True):
        if ending == "env":
            flat = {k: v[0] if isinstance(v, list) else v for k, v in content.items()}
            lines = [f"{k}={v if isinstance(v, str) else json.dumps(v)}" for k, v in flat.items()]
            name.write_text("# a comment\n\n" + "\n".join(lines))
        else:
            # JSON is YAML.
            name.write_text(json.dumps(content))
    return str(names[0]), str(names[1])


@pytest.mark.parametrize("ending", ["json", "yaml", "yml", "env"])
def test_files(ending: str, tmp_path: Path, use: Use) -> None:
    variables, connections = _write(tmp_path, ending)
    use(LocalFilesystemBackend, variables_file_path=variables, connections_file_path=connections)
    assert Variable.get("text") == "plain" and Variable.get("one") == "x"
    assert Variable.get("doc", deserialize_json=True) == {"a": 1}
    found = Connection.get("uri")
    assert (found.conn_type, found.password, found.port, found.schema) == ("postgres", "p@ss", 5, "base")
    assert Connection.get("fields").extra_dejson == Connection.get("dejson").extra_dejson == {"a": 1}
    assert Connection.get("one").host == "one"
    with pytest.raises(AirflowNotFoundException):
        Connection.get("none")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("v.json", "{", "is no JSON"),
        ("v.yaml", f"a: [{CANARY}", r"is no YAML \(line"),
        ("v.json", "[1]", "one object"),
        ("v.json", '{"k": ["a", "b"]}', "given 2 times"),
        ("v.env", "nothing", "line 1: must be NAME=VALUE"),
        ("v.env", f"k={CANARY}\nk=b", "given 2 times"),
        ("v.txt", "", "must end in"),
        ("none.json", None, "No such file"),
    ],
)
def test_files_that_cannot_be_read(name: str, text: str | None, said: str, tmp_path: Path, use: Use) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    use(LocalFilesystemBackend, variables_file_path=str(tmp_path / name))
    with pytest.raises(AirflowException, match=said) as caught:
        Variable.get("k")
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("value", [{"conn_type": "x", "pasword": CANARY}, 5, f'{{"password": "{CANARY}'])
def test_connections_that_cannot_be_read_are_named_without_their_secrets(
    value: Any, tmp_path: Path, use: Use
) -> None:
    (tmp_path / "c.json").write_text(json.dumps({"mine": value}))
    use(LocalFilesystemBackend, connections_file_path=str(tmp_path / "c.json"))
    with pytest.raises(AirflowException, match="connection 'mine'") as caught:
        Connection.get("mine")
    assert CANARY not in str(caught.value)


# ---- trying a connection -----------------------------------------------------------------------------------------------


def test_the_connection_that_is_tried_comes_before_that_of_a_backend(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(Memory, connections={"c": "http://backend"})

    def test(self: Connection) -> tuple[bool, str]:
        return True, f"{Connection.get('c').host} with {json.loads(self.extra or '')['api_key']}"

    monkeypatch.setattr(Connection, "test_connection", test)
    monkeypatch.delenv("AIRFLOW_CONN_C", raising=False)
    monkeypatch.setenv("AIRFLOW_CONN_C", "")
    fields = {"conn_id": "c", "conn_type": "http", "host": "mine", "extra": json.dumps({"api_key": CANARY})}
    assert connection_test.attempt(fields) == (True, "mine with ***")

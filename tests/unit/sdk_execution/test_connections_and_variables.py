"""Connections and Variables from the environment, without an engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostro.sdk import asking
from ostro.sdk.asking import NoEngine
from ostro.sdk.connection import Connection
from ostro.sdk.exceptions import AirflowException, AirflowNotFoundException
from ostro.sdk.masking import masker
from ostro.sdk.variable import Variable


@pytest.fixture(autouse=True)
def forget_secrets() -> Any:
    yield
    masker.reset()


def test_a_connection_of_a_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_MY_DB", "postgresql://u%40x:p%2Fw@Db.Example:5433/shop?region=eu&n=1")

    found = Connection.get("my_db")

    assert (found.conn_id, found.conn_type, found.host, found.port) == (
        "my_db",
        "postgres",
        "Db.Example",
        5433,
    )
    assert (found.login, found.password, found.schema) == ("u@x", "p/w", "shop")
    assert found.extra_dejson == {"region": "eu", "n": "1"}


def test_a_connection_of_json_wins_with_our_own_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_C", "http://other")
    monkeypatch.setenv("OSTRO_CONN_C", json.dumps({"conn_type": "http", "host": "h", "extra": {"a": [1]}}))

    assert (Connection.get("c").host, Connection.get("c").extra_dejson) == ("h", {"a": [1]})


def test_hosts_with_a_scheme_of_their_own() -> None:
    assert Connection.from_uri("http://https%3A%2F%2Fh/").host == "https://h"
    assert Connection.from_uri("http://https://h:80/s").host == "https://h"


parts = st.text(min_size=1, max_size=10)


@given(
    login=parts,
    password=parts,
    schema=parts,
    port=st.none() | st.integers(1, 65535),
    extra=st.dictionaries(parts, st.text() | st.integers()),
)
def test_a_uri_holds_all_of_a_connection(
    login: str, password: str, schema: str, port: int | None, extra: dict[str, Any]
) -> None:
    made = Connection(
        "c",
        "my_type",
        login=login,
        password=password,
        host="h",
        schema=schema,
        port=port,
        extra=extra or None,
    )

    back = Connection.from_uri(made.get_uri(), "c")

    assert back == made
    masker.reset()


def test_a_connection_that_is_nowhere() -> None:
    with pytest.raises(AirflowNotFoundException, match="nope"):
        Connection.get("nope")


def test_a_uri_and_parts_together_are_refused() -> None:
    with pytest.raises(AirflowException):
        Connection("c", uri="http://h", host="h")


def test_unknown_parts_are_refused() -> None:
    with pytest.raises(ValueError, match="hots"):
        Connection.from_json('{"hots": "h"}')


def test_variables_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_VAR_PLAIN", "text")
    monkeypatch.setenv("AIRFLOW_VAR_DATA", '{"a": 1}')

    assert Variable.get("plain") == "text"
    assert Variable.get("data", deserialize_json=True) == {"a": 1}


def test_defaults_of_variables() -> None:
    assert Variable.get("nope", default=None) is None
    assert Variable.get("nope", "2.x positional") == "2.x positional"
    assert Variable.get("nope", default_var={}) == {}
    with pytest.raises(KeyError):
        Variable.get("nope")


def test_writing_needs_an_engine() -> None:
    with pytest.raises(NoEngine, match="needs a running Ostro"):
        Variable.set("k", "v")


def test_reads_are_told_to_the_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    monkeypatch.setattr(asking, "_observers", [lambda kind, name: seen.append((kind, name))])

    Variable.get("nope", default=1)
    with pytest.raises(AirflowNotFoundException):
        Connection.get("gone")

    assert seen == [("variable", "nope"), ("connection", "gone")]


def test_sensitive_values_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_VAR_DB_PASSWORD", "very-secret")
    monkeypatch.setenv(
        "AIRFLOW_CONN_C",
        '{"conn_type": "x", "password": "pw-secret", "extra": {"token": "tk-secret", "free": "open-text"}}',
    )

    Variable.get("db_password")
    Connection.get("c")

    assert masker.text("very-secret pw-secret tk-secret open-text") == "*** *** *** open-text"

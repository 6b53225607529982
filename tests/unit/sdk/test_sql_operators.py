"""The operators that older providers had for each database."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from ostro.sdk.around import sql_operators
from ostro.sdk.baseoperator import BaseOperator
from ostro.sdk.dag import DAG


class SQLExecuteQueryOperator(BaseOperator):
    """As common-sql has it, without a database."""

    template_fields = ("sql", "conn_id")

    def __init__(
        self,
        *,
        sql: Any,
        conn_id: str | None = None,
        database: str | None = None,
        hook_params: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sql, self.conn_id, self.database, self.hook_params = sql, conn_id, database, hook_params


@pytest.fixture(autouse=True)
def _provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """common-sql is installed; the classes are made anew, and are gone with it."""
    path = "airflow.providers.common.sql.operators.sql"
    module = types.ModuleType(path)
    module.SQLExecuteQueryOperator = SQLExecuteQueryOperator  # type: ignore[attr-defined]
    parts = path.split(".")
    for depth in range(3, len(parts)):
        monkeypatch.setitem(sys.modules, ".".join(parts[:depth]), types.ModuleType(".".join(parts[:depth])))
    monkeypatch.setitem(sys.modules, path, module)
    _forget()
    yield
    _forget()


def _forget() -> None:
    for name in sql_operators.CONNECTIONS:
        sql_operators.__dict__.pop(name, None)


@pytest.mark.parametrize("name", sql_operators.CONNECTIONS)
def test_the_connection_goes_by_its_old_name(name: str) -> None:
    argument, default = sql_operators.CONNECTIONS[name]
    kind = getattr(sql_operators, name)
    with DAG("d"):
        given = kind(task_id="a", sql="SELECT 1", **{argument: "mine"})
        left_out = kind(task_id="b", sql="SELECT 1")
        mapped = kind.partial(task_id="c", **{argument: "mine"}).expand(sql=["SELECT 1"])
    assert (given.conn_id, left_out.conn_id, mapped.is_mapped) == ("mine", default, True)
    assert given.task_type == name


def test_arguments_of_the_hook() -> None:
    postgres = sql_operators.PostgresOperator(
        task_id="a", sql="x", runtime_parameters={"work_mem": "1MB"}, database="db"
    )
    assert (postgres.hook_params, postgres.database) == ({"options": "-c work_mem=1MB"}, "db")
    snowflake = sql_operators.SnowflakeOperator(task_id="b", sql="x", warehouse="w", role=None)
    assert snowflake.hook_params == {"warehouse": "w"}

"""One operator for each database, as providers had them before SQLExecuteQueryOperator of common-sql took their place.

Each class is made when it is first asked for, because its base is of a provider package.
"""

from __future__ import annotations

from typing import Any

#: Operator of older providers: the argument with the connection, and its default.
CONNECTIONS: dict[str, tuple[str, str]] = {
    "ExasolOperator": ("exasol_conn_id", "exasol_default"),
    "JdbcOperator": ("jdbc_conn_id", "jdbc_default"),
    "MsSqlOperator": ("mssql_conn_id", "mssql_default"),
    "MySqlOperator": ("mysql_conn_id", "mysql_default"),
    "OracleOperator": ("oracle_conn_id", "oracle_default"),
    "PostgresOperator": ("postgres_conn_id", "postgres_default"),
    "PrestoOperator": ("presto_conn_id", "presto_default"),
    "RedshiftSQLOperator": ("redshift_conn_id", "redshift_default"),
    "SnowflakeOperator": ("snowflake_conn_id", "snowflake_default"),
    "SqliteOperator": ("sqlite_conn_id", "sqlite_default"),
    "TrinoOperator": ("trino_conn_id", "trino_default"),
    "VerticaOperator": ("vertica_conn_id", "vertica_default"),
}
#: Arguments of them that are parameters of the hook today.
OF_THE_HOOK = ("authenticator", "role", "schema", "session_parameters", "warehouse")


def __getattr__(name: str) -> Any:
    if name not in CONNECTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = _make(name, *CONNECTIONS[name])
    globals()[name] = made
    return made


def _make(name: str, argument: str, default: str) -> type[Any]:
    from airflow.providers.common.sql.operators.sql import (  # type: ignore[import-not-found,unused-ignore]
        SQLExecuteQueryOperator,
    )

    base: Any = SQLExecuteQueryOperator

    def __init__(self: Any, **kwargs: Any) -> None:
        hook = dict(kwargs.pop("hook_params", None) or {})
        hook |= {key: kwargs.pop(key) for key in OF_THE_HOOK if kwargs.get(key) is not None}
        for key in OF_THE_HOOK:
            kwargs.pop(key, None)
        runtime = kwargs.pop("runtime_parameters", None)
        if runtime:
            hook["options"] = " ".join(f"-c {key}={value}" for key, value in runtime.items())
        conn_id = kwargs.pop("conn_id", None) or default
        base.__init__(self, conn_id=conn_id, hook_params=hook, **kwargs)

    doc = f"`{name}` of older providers: a SQLExecuteQueryOperator with `{argument}`."
    body = {
        "__init__": __init__,
        "__doc__": doc,
        "__module__": __name__,
        "old_arguments": {argument: "conn_id"},
    }
    made: type[Any] = type(base)(name, (base,), body)
    return made

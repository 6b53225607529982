"""The connections that a new Airflow has, by name: addresses of services on the own machine or of a test installation.

(Airflow, CLI reference: `airflow connections create-default-connections`.)
"""

from __future__ import annotations

import json
import tempfile
from typing import Any

from ostro.clock import Clock
from ostro.store import Cipher, ConnectionRecord, connections

#: Id, type, host, port, and further fields.
_DEFAULTS: tuple[tuple[str, str, str | None, int | None, dict[str, Any]], ...] = (
    ("airflow_db", "mysql", "mysql", None, {"login": "root", "schema": "airflow"}),
    ("athena_default", "athena", None, None, {}),
    ("aws_default", "aws", None, None, {}),
    ("azure_batch_default", "azure_batch", None, None, {"extra": {"account_url": ""}}),
    ("azure_cosmos_default", "azure_cosmos", None, None, {"extra": {"database_name": "", "collection_name": ""}}),
    ("azure_data_explorer_default", "azure_data_explorer", None, None, {"extra": {"auth_method": "", "tenant": ""}}),
    ("azure_data_lake_default", "azure_data_lake", None, None, {"extra": {"tenant": "", "account_name": ""}}),
    ("azure_default", "azure", None, None, {}),
    ("cassandra_default", "cassandra", "cassandra", 9042, {}),
    ("databricks_default", "databricks", "localhost", None, {}),
    ("dingding_default", "http", "", None, {}),
    ("drill_default", "drill", "localhost", 8047, {"extra": {"dialect_driver": "drill+sadrill", "storage_plugin": "dfs"}}),
    ("druid_broker_default", "druid", "druid-broker", 8082, {"extra": {"endpoint": "druid/v2/sql"}}),
    ("druid_ingest_default", "druid", "druid-overlord", 8081, {"extra": {"endpoint": "druid/indexer/v1/task"}}),
    ("elasticsearch_default", "elasticsearch", "localhost", 9200, {"schema": "http"}),
    ("emr_default", "emr", None, None, {}),
    ("facebook_default", "facebook_social", None, None, {"extra": {"account_id": "", "app_id": ""}}),
    ("fs_default", "fs", None, None, {"extra": {"path": "/"}}),
    ("ftp_default", "ftp", "localhost", 21, {"login": "airflow", "password": "airflow"}),
    ("google_cloud_default", "google_cloud_platform", None, None, {"schema": "default"}),
    ("gremlin_default", "gremlin", "gremlin", 8182, {}),
    ("hive_cli_default", "hive_cli", "localhost", 10000, {"schema": "default", "extra": {"use_beeline": True, "auth": ""}}),
    ("hiveserver2_default", "hiveserver2", "localhost", 10000, {"schema": "default"}),
    ("http_default", "http", "https://www.httpbin.org/", None, {}),
    ("iceberg_default", "iceberg", "https://api.iceberg.io/ws/v1", None, {}),
    ("impala_default", "impala", "localhost", 21050, {}),
    ("kafka_default", "kafka", None, None, {"extra": {"bootstrap.servers": "broker:29092", "group.id": "my-group"}}),
    ("kubernetes_default", "kubernetes", None, None, {}),
    ("kylin_default", "kylin", "localhost", 7070, {"login": "ADMIN", "password": "KYLIN"}),
    ("leveldb_default", "leveldb", "localhost", None, {}),
    ("livy_default", "livy", "livy", 8998, {}),
    ("local_mysql", "mysql", "localhost", None, {"login": "airflow", "password": "airflow", "schema": "airflow"}),
    ("metastore_default", "hive_metastore", "localhost", 9083, {"extra": {"authMechanism": "PLAIN"}}),
    ("mongo_default", "mongo", "mongo", 27017, {}),
    ("mssql_default", "mssql", "localhost", 1433, {}),
    ("mysql_default", "mysql", "mysql", None, {"login": "root", "schema": "airflow"}),
    ("opensearch_default", "opensearch", "localhost", 9200, {"schema": "http"}),
    ("opsgenie_default", "http", "", None, {}),
    ("oracle_default", "oracle", "localhost", 1521, {"login": "root", "password": "password", "schema": "schema"}),
    ("oss_default", "oss", None, None, {"extra": {"auth_type": "AK", "region": ""}}),
    ("pig_cli_default", "pig_cli", None, None, {"schema": "default"}),
    ("pinot_admin_default", "pinot", "localhost", 9000, {}),
    ("pinot_broker_default", "pinot", "localhost", 9000, {"extra": {"endpoint": "/query", "schema": "http"}}),
    ("postgres_default", "postgres", "postgres", None, {"login": "postgres", "password": "airflow", "schema": "airflow"}),
    ("presto_default", "presto", "localhost", 3400, {"schema": "hive"}),
    ("qdrant_default", "qdrant", "qdrant", 6333, {}),
    ("redis_default", "redis", "redis", 6379, {"extra": {"db": 0}}),
    ("redshift_default", "redshift", None, None, {"extra": {"iam": True, "port": 5439, "database": "dev"}}),
    ("salesforce_default", "salesforce", None, None, {"login": "username", "password": "password"}),
    ("segment_default", "segment", None, None, {"extra": {"write_key": "my-segment-write-key"}}),
    ("sftp_default", "sftp", "localhost", 22, {"login": "airflow"}),
    ("spark_default", "spark", "yarn", None, {"extra": {"queue": "root.default"}}),
    ("ssh_default", "ssh", "localhost", None, {}),
    ("tableau_default", "tableau", "https://tableau.server.url", None, {"login": "user", "password": "password"}),
    ("teradata_default", "teradata", "localhost", None, {"login": "user", "password": "password", "schema": "schema"}),
    ("trino_default", "trino", "localhost", 3400, {"schema": "hive"}),
    ("vertica_default", "vertica", "localhost", 5433, {}),
    ("wasb_default", "wasb", None, None, {"extra": {"sas_token": None}}),
    ("webhdfs_default", "hdfs", "localhost", 50070, {}),
    ("yandexcloud_default", "yandexcloud", None, None, {"schema": "default"}),
    ("ydb_default", "ydb", "grpc://localhost", 2135, {"extra": {"database": "/local"}}),
)  # fmt: skip


def create_default_connections_in(tx: Any, clock: Clock, *, cipher: Cipher) -> list[str]:
    """Make those that do not exist; returns their ids."""
    now = clock.now()
    known = set(connections.ids(tx))
    made = []
    for conn_id, conn_type, host, port, more in _defaults():
        if conn_id in known:
            continue
        extra = json.dumps(more["extra"]) if "extra" in more else None
        fields = {name: value for name, value in more.items() if name != "extra"}
        record = ConnectionRecord(
            conn_id=conn_id, conn_type=conn_type, host=host, port=port, extra=extra, **fields
        )
        if connections.create(tx, record, cipher, now=now):
            made.append(conn_id)
    return made


def _defaults() -> list[tuple[str, str, str | None, int | None, dict[str, Any]]]:
    file = f"{tempfile.gettempdir()}/sqlite_default.db"
    return [*_DEFAULTS, ("sqlite_default", "sqlite", file, None, {})]

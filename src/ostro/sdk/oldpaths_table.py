"""Paths of 1.10 and 2.x: module → name → where it is today (targets as in `ostro.sdk.names`)."""

from __future__ import annotations

PATHS: dict[str, dict[str, str]] = {
    "airflow.conf": {
        "AIRFLOW_HOME": "airflow.configuration",
        "conf": "airflow.configuration",
        "get": "airflow.configuration",
        "getboolean": "airflow.configuration",
        "getfloat": "airflow.configuration",
        "getint": "airflow.configuration",
        "getsection": "airflow.configuration",
        "has_option": "airflow.configuration",
    },
    "airflow.contrib.hooks.aws_hook": {
        "AwsBaseHook": "airflow.providers.amazon.aws.hooks.base_aws",
        "AwsHook": "airflow.providers.amazon.aws.hooks.base_aws:AwsBaseHook",
    },
    "airflow.contrib.hooks.bigquery_hook": {
        "BigQueryHook": "airflow.providers.google.cloud.hooks.bigquery",
    },
    "airflow.contrib.hooks.databricks_hook": {
        "DatabricksHook": "airflow.providers.databricks.hooks.databricks",
    },
    "airflow.contrib.hooks.fs_hook": {
        "FSHook": "airflow.hooks.filesystem",
    },
    "airflow.contrib.hooks.ftp_hook": {
        "FTPHook": "airflow.providers.ftp.hooks.ftp",
        "FTPSHook": "airflow.providers.ftp.hooks.ftp",
    },
    "airflow.contrib.hooks.gcs_hook": {
        "GCSHook": "airflow.providers.google.cloud.hooks.gcs",
    },
    "airflow.contrib.hooks.mongo_hook": {
        "MongoHook": "airflow.providers.mongo.hooks.mongo",
    },
    "airflow.contrib.hooks.redis_hook": {
        "RedisHook": "airflow.providers.redis.hooks.redis",
    },
    "airflow.contrib.hooks.sftp_hook": {
        "SFTPHook": "airflow.providers.sftp.hooks.sftp",
    },
    "airflow.contrib.hooks.slack_webhook_hook": {
        "SlackWebhookHook": "airflow.providers.slack.hooks.slack_webhook",
    },
    "airflow.contrib.hooks.snowflake_hook": {
        "SnowflakeHook": "airflow.providers.snowflake.hooks.snowflake",
    },
    "airflow.contrib.hooks.spark_submit_hook": {
        "SparkSubmitHook": "airflow.providers.apache.spark.hooks.spark_submit",
    },
    "airflow.contrib.hooks.ssh_hook": {
        "SSHHook": "airflow.providers.ssh.hooks.ssh",
    },
    "airflow.contrib.operators.bigquery_operator": {
        "BigQueryCreateEmptyTableOperator": "airflow.providers.google.cloud.operators.bigquery",
        "BigQueryCreateExternalTableOperator": "airflow.providers.google.cloud.operators.bigquery",
        "BigQueryOperator": "airflow.providers.google.cloud.operators.bigquery:BigQueryInsertJobOperator",
    },
    "airflow.contrib.operators.dagrun_operator": {
        "TriggerDagRunOperator": "airflow.operators.trigger_dagrun",
    },
    "airflow.contrib.operators.databricks_operator": {
        "DatabricksRunNowOperator": "airflow.providers.databricks.operators.databricks",
        "DatabricksSubmitRunOperator": "airflow.providers.databricks.operators.databricks",
    },
    "airflow.contrib.operators.ecs_operator": {
        "ECSOperator": "airflow.providers.amazon.aws.operators.ecs:EcsRunTaskOperator",
    },
    "airflow.contrib.operators.emr_add_steps_operator": {
        "EmrAddStepsOperator": "airflow.providers.amazon.aws.operators.emr",
    },
    "airflow.contrib.operators.emr_create_job_flow_operator": {
        "EmrCreateJobFlowOperator": "airflow.providers.amazon.aws.operators.emr",
    },
    "airflow.contrib.operators.emr_terminate_job_flow_operator": {
        "EmrTerminateJobFlowOperator": "airflow.providers.amazon.aws.operators.emr",
    },
    "airflow.contrib.operators.kubernetes_pod_operator": {
        "KubernetesPodOperator": "airflow.providers.cncf.kubernetes.operators.pod",
    },
    "airflow.contrib.operators.sftp_operator": {
        "SFTPOperator": "airflow.providers.sftp.operators.sftp",
    },
    "airflow.contrib.operators.slack_webhook_operator": {
        "SlackWebhookOperator": "airflow.providers.slack.operators.slack_webhook",
    },
    "airflow.contrib.operators.snowflake_operator": {
        "SnowflakeOperator": "airflow.providers.snowflake.operators.snowflake",
    },
    "airflow.contrib.operators.sns_publish_operator": {
        "SnsPublishOperator": "airflow.providers.amazon.aws.operators.sns",
    },
    "airflow.contrib.operators.spark_submit_operator": {
        "SparkSubmitOperator": "airflow.providers.apache.spark.operators.spark_submit",
    },
    "airflow.contrib.operators.ssh_operator": {
        "SSHOperator": "airflow.providers.ssh.operators.ssh",
    },
    "airflow.contrib.sensors.bash_sensor": {
        "BashSensor": "sensors.bash",
    },
    "airflow.contrib.sensors.emr_job_flow_sensor": {
        "EmrJobFlowSensor": "airflow.providers.amazon.aws.sensors.emr",
    },
    "airflow.contrib.sensors.emr_step_sensor": {
        "EmrStepSensor": "airflow.providers.amazon.aws.sensors.emr",
    },
    "airflow.contrib.sensors.file_sensor": {
        "FileSensor": "airflow.sensors.filesystem",
    },
    "airflow.contrib.sensors.gcs_sensor": {
        "GCSObjectExistenceSensor": "airflow.providers.google.cloud.sensors.gcs",
    },
    "airflow.contrib.sensors.python_sensor": {
        "PythonSensor": "sensors.python",
    },
    "airflow.contrib.sensors.sftp_sensor": {
        "SFTPSensor": "airflow.providers.sftp.sensors.sftp",
    },
    "airflow.contrib.sensors.weekday_sensor": {
        "DayOfWeekSensor": "airflow.sensors.weekday",
    },
    "airflow.contrib.utils.weekday": {
        "WeekDay": "around.weekday",
    },
    "airflow.datasets": {
        "BaseDataset": "assets:BaseAsset",
        "Dataset": "assets",
        "DatasetAlias": "assets:AssetAlias",
        "DatasetAll": "assets:AssetAll",
        "DatasetAny": "assets:AssetAny",
        "expand_alias_to_datasets": "assets:expand_alias_to_assets",
    },
    "airflow.datasets.metadata": {
        "Metadata": "assets",
    },
    "airflow.decorators.bash": {
        "_BashDecoratedOperator": "decorators.operators:BashDecoratedOperator",
        "bash_task": "ostro.sdk.decorators.kinds:bash_task",
    },
    "airflow.decorators.branch_python": {
        "branch_task": "ostro.sdk.decorators.kinds:branch_task",
    },
    "airflow.decorators.branch_external_python": {
        "branch_external_python_task": "ostro.sdk.decorators.kinds:branch_external_python_task",
    },
    "airflow.decorators.branch_virtualenv": {
        "branch_virtualenv_task": "ostro.sdk.decorators.kinds:branch_virtualenv_task",
    },
    "airflow.decorators.condition": {
        "run_if": "decorators.condition",
        "skip_if": "decorators.condition",
    },
    "airflow.decorators.external_python": {
        "external_python_task": "ostro.sdk.decorators.kinds:external_python_task",
    },
    "airflow.decorators.python": {
        "PythonDecoratedOperator": "decorators.operators",
        "_PythonDecoratedOperator": "decorators.operators:PythonDecoratedOperator",
        "python_task": "decorators:task",
    },
    "airflow.decorators.python_virtualenv": {
        "virtualenv_task": "ostro.sdk.decorators.kinds:virtualenv_task",
    },
    "airflow.decorators.sensor": {
        "DecoratedSensorOperator": "decorators.operators",
        "sensor_task": "ostro.sdk.decorators.kinds:sensor_task",
    },
    "airflow.decorators.setup_teardown": {
        "setup_task": "decorators:setup",
        "teardown_task": "decorators:teardown",
    },
    "airflow.decorators.short_circuit": {
        "short_circuit_task": "ostro.sdk.decorators.kinds:short_circuit_task",
    },
    "airflow.decorators.task_group": {
        "task_group": "decorators",
    },
    "airflow.executors.celery_executor": {
        "CeleryExecutor": "around.executors",
    },
    "airflow.executors.debug_executor": {
        "DebugExecutor": "around.executors",
    },
    "airflow.executors.kubernetes_executor": {
        "KubernetesExecutor": "around.executors",
    },
    "airflow.executors.sequential_executor": {
        "SequentialExecutor": "around.executors",
    },
    "airflow.hooks.S3_hook": {
        "S3Hook": "airflow.providers.amazon.aws.hooks.s3",
        "provide_bucket_name": "airflow.providers.amazon.aws.hooks.s3",
    },
    "airflow.hooks.base_hook": {
        "BaseHook": "hook",
    },
    "airflow.hooks.dbapi": {
        "ConnectorProtocol": "airflow.providers.common.sql.hooks.sql",
        "DbApiHook": "airflow.providers.common.sql.hooks.sql",
    },
    "airflow.hooks.dbapi_hook": {
        "ConnectorProtocol": "airflow.providers.common.sql.hooks.sql",
        "DbApiHook": "airflow.providers.common.sql.hooks.sql",
    },
    "airflow.hooks.docker_hook": {
        "DockerHook": "airflow.providers.docker.hooks.docker",
    },
    "airflow.hooks.druid_hook": {
        "DruidDbApiHook": "airflow.providers.apache.druid.hooks.druid",
        "DruidHook": "airflow.providers.apache.druid.hooks.druid",
    },
    "airflow.hooks.hive_hooks": {
        "HiveCliHook": "airflow.providers.apache.hive.hooks.hive",
        "HiveMetastoreHook": "airflow.providers.apache.hive.hooks.hive",
        "HiveServer2Hook": "airflow.providers.apache.hive.hooks.hive",
    },
    "airflow.hooks.http_hook": {
        "HttpHook": "airflow.providers.http.hooks.http",
    },
    "airflow.hooks.jdbc_hook": {
        "JdbcHook": "airflow.providers.jdbc.hooks.jdbc",
    },
    "airflow.hooks.mssql_hook": {
        "MsSqlHook": "airflow.providers.microsoft.mssql.hooks.mssql",
    },
    "airflow.hooks.mysql_hook": {
        "MySqlHook": "airflow.providers.mysql.hooks.mysql",
    },
    "airflow.hooks.oracle_hook": {
        "OracleHook": "airflow.providers.oracle.hooks.oracle",
    },
    "airflow.hooks.pig_hook": {
        "PigCliHook": "airflow.providers.apache.pig.hooks.pig",
    },
    "airflow.hooks.postgres_hook": {
        "PostgresHook": "airflow.providers.postgres.hooks.postgres",
    },
    "airflow.hooks.presto_hook": {
        "PrestoHook": "airflow.providers.presto.hooks.presto",
    },
    "airflow.hooks.samba_hook": {
        "SambaHook": "airflow.providers.samba.hooks.samba",
    },
    "airflow.hooks.slack_hook": {
        "SlackHook": "airflow.providers.slack.hooks.slack",
    },
    "airflow.hooks.sqlite_hook": {
        "SqliteHook": "airflow.providers.sqlite.hooks.sqlite",
    },
    "airflow.hooks.subprocess_hook": {
        "SubprocessHook": "subprocess_hook",
    },
    "airflow.hooks.webhdfs_hook": {
        "WebHDFSHook": "airflow.providers.apache.hdfs.hooks.webhdfs",
    },
    "airflow.hooks.zendesk_hook": {
        "ZendeskHook": "airflow.providers.zendesk.hooks.zendesk",
    },
    "airflow.io.store": {
        "ObjectStore": "io.store",
        "attach": "io.store",
    },
    "airflow.lineage": {
        "apply_lineage": "around.lineage",
        "prepare_lineage": "around.lineage",
    },
    "airflow.lineage.entities": {
        "Column": "around.lineage",
        "File": "around.lineage",
        "Table": "around.lineage",
        "Tag": "around.lineage",
        "User": "around.lineage",
    },
    "airflow.lineage.hook": {
        "AssetLineageInfo": "around.hook_lineage",
        "DatasetLineageInfo": "around.hook_lineage:AssetLineageInfo",
        "HookLineage": "around.hook_lineage",
        "HookLineageCollector": "around.hook_lineage",
        "HookLineageReader": "around.hook_lineage",
        "NoOpCollector": "around.hook_lineage",
        "get_hook_lineage_collector": "around.hook_lineage",
    },
    "airflow.models.dataset": {
        "DatasetEvent": "later",
        "DatasetModel": "queries.records",
    },
    "airflow.models.expandinput": {
        "DictOfListsExpandInput": "mapping",
        "ListOfDictsExpandInput": "mapping",
        "MappedArgument": "mapping",
    },
    "airflow.models.mappedoperator": {
        "MappedOperator": "mapped",
        "OperatorPartial": "mapped",
    },
    "airflow.models.operator": {
        "Operator": "abstractoperator:AbstractOperator",
    },
    "airflow.models.slamiss": {
        "SlaMiss": "sla",
    },
    "airflow.models.taskfail": {
        "TaskFail": "queries.records",
    },
    "airflow.operators.bash_operator": {
        "BashOperator": "operators.bash",
    },
    "airflow.operators.branch_operator": {
        "BaseBranchOperator": "operators.branch",
    },
    "airflow.operators.check_operator": {
        "CheckOperator": "airflow.providers.common.sql.operators.sql:SQLCheckOperator",
        "IntervalCheckOperator": "airflow.providers.common.sql.operators.sql:SQLIntervalCheckOperator",
        "SQLCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLIntervalCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLThresholdCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLValueCheckOperator": "airflow.providers.common.sql.operators.sql",
        "ThresholdCheckOperator": "airflow.providers.common.sql.operators.sql:SQLThresholdCheckOperator",
        "ValueCheckOperator": "airflow.providers.common.sql.operators.sql:SQLValueCheckOperator",
    },
    "airflow.operators.dagrun_operator": {
        "TriggerDagRunLink": "airflow.providers.standard.operators.trigger_dagrun",
        "TriggerDagRunOperator": "airflow.operators.trigger_dagrun",
    },
    "airflow.operators.docker_operator": {
        "DockerOperator": "airflow.providers.docker.operators.docker",
    },
    "airflow.operators.druid_check_operator": {
        "DruidCheckOperator": "airflow.providers.common.sql.operators.sql:SQLCheckOperator",
    },
    "airflow.operators.dummy": {
        "DummyOperator": "operators.empty:EmptyOperator",
    },
    "airflow.operators.dummy_operator": {
        "DummyOperator": "operators.empty:EmptyOperator",
        "EmptyOperator": "operators.empty",
    },
    "airflow.operators.email_operator": {
        "EmailOperator": "airflow.operators.email",
    },
    "airflow.operators.gcs_to_s3": {
        "GCSToS3Operator": "airflow.providers.amazon.aws.transfers.gcs_to_s3",
    },
    "airflow.operators.google_api_to_s3_transfer": {
        "GoogleApiToS3Operator": "airflow.providers.amazon.aws.transfers.google_api_to_s3",
        "GoogleApiToS3Transfer": "airflow.providers.amazon.aws.transfers.google_api_to_s3:GoogleApiToS3Operator",
    },
    "airflow.operators.hive_operator": {
        "HiveOperator": "airflow.providers.apache.hive.operators.hive",
    },
    "airflow.operators.hive_stats_operator": {
        "HiveStatsCollectionOperator": "airflow.providers.apache.hive.operators.hive_stats",
    },
    "airflow.operators.hive_to_druid": {
        "HiveToDruidOperator": "airflow.providers.apache.druid.transfers.hive_to_druid",
    },
    "airflow.operators.hive_to_mysql": {
        "HiveToMySqlOperator": "airflow.providers.apache.hive.transfers.hive_to_mysql",
    },
    "airflow.operators.hive_to_samba_operator": {
        "HiveToSambaOperator": "airflow.providers.apache.hive.transfers.hive_to_samba",
    },
    "airflow.operators.http_operator": {
        "HttpOperator": "airflow.providers.http.operators.http",
        "SimpleHttpOperator": "airflow.providers.http.operators.http:HttpOperator",
    },
    "airflow.operators.jdbc_operator": {
        "JdbcOperator": "around.sql_operators",
    },
    "airflow.operators.latest_only_operator": {
        "LatestOnlyOperator": "operators.latest_only",
    },
    "airflow.operators.mssql_operator": {
        "MsSqlOperator": "around.sql_operators",
    },
    "airflow.operators.mssql_to_hive": {
        "MsSqlToHiveOperator": "airflow.providers.apache.hive.transfers.mssql_to_hive",
    },
    "airflow.operators.mysql_operator": {
        "MySqlOperator": "around.sql_operators",
    },
    "airflow.operators.mysql_to_hive": {
        "MySqlToHiveOperator": "airflow.providers.apache.hive.transfers.mysql_to_hive",
    },
    "airflow.operators.oracle_operator": {
        "OracleOperator": "around.sql_operators",
    },
    "airflow.operators.papermill_operator": {
        "PapermillOperator": "airflow.providers.papermill.operators.papermill",
    },
    "airflow.operators.pig_operator": {
        "PigOperator": "airflow.providers.apache.pig.operators.pig",
    },
    "airflow.operators.postgres_operator": {
        "PostgresOperator": "around.sql_operators",
    },
    "airflow.operators.presto_check_operator": {
        "CheckOperator": "airflow.providers.common.sql.operators.sql:SQLCheckOperator",
        "IntervalCheckOperator": "airflow.providers.common.sql.operators.sql:SQLIntervalCheckOperator",
        "PrestoCheckOperator": "airflow.providers.common.sql.operators.sql:SQLCheckOperator",
        "PrestoIntervalCheckOperator": "airflow.providers.common.sql.operators.sql:SQLIntervalCheckOperator",
        "PrestoValueCheckOperator": "airflow.providers.common.sql.operators.sql:SQLValueCheckOperator",
        "ThresholdCheckOperator": "airflow.providers.common.sql.operators.sql:SQLThresholdCheckOperator",
        "ValueCheckOperator": "airflow.providers.common.sql.operators.sql:SQLValueCheckOperator",
    },
    "airflow.operators.presto_to_mysql": {
        "PrestoToMySqlOperator": "airflow.providers.mysql.transfers.presto_to_mysql",
    },
    "airflow.operators.python_operator": {
        "BranchPythonOperator": "operators.python",
        "PythonOperator": "operators.python",
        "PythonVirtualenvOperator": "airflow.providers.standard.operators.python",
        "ShortCircuitOperator": "operators.python",
        "get_current_context": "context",
    },
    "airflow.operators.redshift_to_s3_operator": {
        "RedshiftToS3Operator": "airflow.providers.amazon.aws.transfers.redshift_to_s3",
        "RedshiftToS3Transfer": "airflow.providers.amazon.aws.transfers.redshift_to_s3:RedshiftToS3Operator",
    },
    "airflow.operators.s3_file_transform_operator": {
        "S3FileTransformOperator": "airflow.providers.amazon.aws.operators.s3",
    },
    "airflow.operators.s3_to_hive_operator": {
        "S3ToHiveOperator": "airflow.providers.apache.hive.transfers.s3_to_hive",
    },
    "airflow.operators.s3_to_redshift_operator": {
        "S3ToRedshiftOperator": "airflow.providers.amazon.aws.transfers.s3_to_redshift",
        "S3ToRedshiftTransfer": "airflow.providers.amazon.aws.transfers.s3_to_redshift:S3ToRedshiftOperator",
    },
    "airflow.operators.slack_operator": {
        "SlackAPIOperator": "airflow.providers.slack.operators.slack",
        "SlackAPIPostOperator": "airflow.providers.slack.operators.slack",
    },
    "airflow.operators.sql": {
        "BaseSQLOperator": "airflow.providers.common.sql.operators.sql",
        "BranchSQLOperator": "airflow.providers.common.sql.operators.sql",
        "SQLCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLColumnCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLExecuteQueryOperator": "airflow.providers.common.sql.operators.sql",
        "SQLIntervalCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLTableCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLThresholdCheckOperator": "airflow.providers.common.sql.operators.sql",
        "SQLValueCheckOperator": "airflow.providers.common.sql.operators.sql",
    },
    "airflow.operators.sql_branch_operator": {
        "BranchSQLOperator": "airflow.providers.common.sql.operators.sql",
        "BranchSqlOperator": "airflow.providers.common.sql.operators.sql:BranchSQLOperator",
    },
    "airflow.operators.sqlite_operator": {
        "SqliteOperator": "around.sql_operators",
    },
    "airflow.operators.subdag": {
        "SubDagOperator": "around.subdag",
    },
    "airflow.operators.subdag_operator": {
        "SubDagOperator": "around.subdag",
    },
    "airflow.sensors.base_sensor_operator": {
        "BaseSensorOperator": "sensors.base",
    },
    "airflow.sensors.date_time_sensor": {
        "DateTimeSensor": "airflow.sensors.date_time",
    },
    "airflow.sensors.external_task_sensor": {
        "ExternalTaskMarker": "airflow.sensors.external_task",
        "ExternalTaskSensor": "airflow.sensors.external_task",
        "ExternalTaskSensorLink": "airflow.providers.standard.sensors.external_task:ExternalDagLink",
    },
    "airflow.sensors.hive_partition_sensor": {
        "HivePartitionSensor": "airflow.providers.apache.hive.sensors.hive_partition",
    },
    "airflow.sensors.http_sensor": {
        "HttpSensor": "airflow.providers.http.sensors.http",
    },
    "airflow.sensors.metastore_partition_sensor": {
        "MetastorePartitionSensor": "airflow.providers.apache.hive.sensors.metastore_partition",
    },
    "airflow.sensors.named_hive_partition_sensor": {
        "NamedHivePartitionSensor": "airflow.providers.apache.hive.sensors.named_hive_partition",
    },
    "airflow.sensors.s3_key_sensor": {
        "S3KeySensor": "airflow.providers.amazon.aws.sensors.s3",
    },
    "airflow.sensors.sql": {
        "SqlSensor": "airflow.providers.common.sql.sensors.sql",
    },
    "airflow.sensors.sql_sensor": {
        "SqlSensor": "airflow.providers.common.sql.sensors.sql",
    },
    "airflow.sensors.time_delta_sensor": {
        "TimeDeltaSensor": "airflow.sensors.time_delta",
    },
    "airflow.sensors.web_hdfs_sensor": {
        "WebHdfsSensor": "airflow.providers.apache.hdfs.sensors.web_hdfs",
    },
    "airflow.template.templater": {
        "LiteralValue": "templater",
        "Templater": "templater",
        "literal": "templater",
    },
    "airflow.timetables.datasets": {
        "DatasetOrTimeSchedule": "around.identity",
    },
    "airflow.typing_compat": {
        "Literal": "ostro.sdk.around.identity",
        "ParamSpec": "ostro.sdk.around.identity",
        "Protocol": "ostro.sdk.around.identity",
        "Self": "ostro.sdk.around.identity",
        "TypedDict": "ostro.sdk.around.identity",
        "runtime_checkable": "ostro.sdk.around.identity",
    },
    "airflow.utils.dag_parsing_context": {
        "AirflowParsingContext": "parsing",
        "get_parsing_context": "parsing",
    },
    "airflow.utils.decorators": {
        "apply_defaults": "around.identity:apply_defaults",
    },
    "airflow.utils.log.secrets_masker": {
        "SecretsMasker": "masking",
        "mask_secret": "masking",
        "redact": "masking",
        "should_hide_value_for_key": "masking",
    },
    "airflow.utils.python_virtualenv": {
        "prepare_virtualenv": "airflow.providers.standard.utils.python_virtualenv",
        "write_python_script": "airflow.providers.standard.utils.python_virtualenv",
    },
    "airflow.utils.weekday": {
        "WeekDay": "around.weekday",
    },
}

"""Airflow's own values of options that Ostro itself does not have, for code that asks `conf.get(section, key)`."""

from __future__ import annotations

DEFAULTS: dict[str, dict[str, str]] = {
    "core": {
        "executor": "LocalExecutor",
        "load_examples": "False",
        "unit_test_mode": "False",
        "security": "",
        "donot_pickle": "True",
        "allowed_deserialization_classes": "airflow.*",
        "allowed_deserialization_classes_regexp": "",
        "max_task_retry_delay": "86400",
        "default_pool_task_slot_count": "128",
        "lazy_load_plugins": "True",
        "lazy_discover_providers": "True",
    },
    "logging": {"remote_logging": "False", "remote_log_conn_id": "", "remote_base_log_folder": ""},
    "scheduler": {"create_delta_data_intervals": "False", "scheduler_heartbeat_sec": "5"},
    "operators": {"default_deferrable": "false"},
    "sensors": {"default_timeout": "604800"},
    "email": {
        "email_backend": "airflow.utils.email.send_email_smtp",
        "email_conn_id": "smtp_default",
        "default_email_on_retry": "True",
        "default_email_on_failure": "True",
        "from_email": "",
    },
    "smtp": {
        "smtp_host": "localhost",
        "smtp_starttls": "True",
        "smtp_ssl": "False",
        "smtp_port": "25",
        "smtp_mail_from": "airflow@example.com",
        "smtp_timeout": "30",
        "smtp_retry_limit": "5",
    },
    "state_store": {"backend": "airflow.state.metastore.MetastoreBackend", "state_cleanup_batch_size": "0"},
    "common.io": {
        "xcom_objectstorage_path": "",
        "xcom_objectstorage_threshold": "-1",
        "xcom_objectstorage_compression": "",
    },
    "secrets": {"backend": "", "backend_kwargs": "", "use_cache": "False", "cache_ttl_seconds": "900"},
    "workers": {"secrets_backend": "", "secrets_backend_kwargs": "", "state_store_backend": ""},
}

"""`airflow.settings`: import names of Airflow."""

from ostro.sdk.names import forward

__getattr__, __dir__ = forward(
    __name__,
    {
        "AIRFLOW_HOME": "around.settings",
        "DAGS_FOLDER": "around.settings",
        "LAZY_LOAD_PLUGINS": "around.settings",
        "LAZY_LOAD_PROVIDERS": "around.settings",
        "PLUGINS_FOLDER": "around.settings",
        "SQL_ALCHEMY_CONN": "around.settings",
        "STORE_DAG_CODE": "around.settings",
        "Session": "around.settings",
        "TIMEZONE": "around.settings",
        "conf": "around.settings",
        "configure_orm": "around.settings",
        "dag_policy": "around.settings",
        "engine": "around.settings",
        "initialize": "around.settings",
        "pod_mutation_hook": "around.settings",
        "task_instance_mutation_hook": "around.settings",
        "task_policy": "around.settings",
    },
)

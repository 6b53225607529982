"""`airflow.version`: import names of Airflow."""

version = "3.3.2"

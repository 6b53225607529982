"""Ostro runs Apache Airflow DAG files on an engine of its own."""

__version__ = "0.1.0"

#: The release of Airflow whose DAG files, REST API and commands it has.
AIRFLOW_VERSION = "3.3.2"

"""Ostro against the answers that Airflow 3.3.2 gave; see the README of the suites."""

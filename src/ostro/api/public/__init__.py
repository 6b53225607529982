"""Airflow's REST API v2 (`/api/v2`): the same paths, names and shapes, so that its clients work unchanged."""

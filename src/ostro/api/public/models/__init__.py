"""Request and response bodies, named as in Airflow's OpenAPI description. Field names and types are the contract."""

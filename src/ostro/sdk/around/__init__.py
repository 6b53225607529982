"""What Airflow's modules offer to DAG files besides authoring: dates, small functions, mail, plugins, lineage …

Each file stands behind some import paths of `airflow`; nothing here is needed to define or run a task.
"""

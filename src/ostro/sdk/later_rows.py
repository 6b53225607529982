"""Rows of Airflow's own database that Ostro keeps in another way: they can be imported and not be used."""

from ostro.sdk.later import not_yet

_API = "use the REST API (docs/reference/rest-api.md)"

DagCode = not_yet("DagCode", _API, is_row=True)
DagVersion = not_yet("DagVersion", _API, is_row=True)
DagWarning = not_yet("DagWarning", _API, is_row=True)
LogTemplate = not_yet("LogTemplate", "logs lie where Airflow puts them by default", is_row=True)
ParseImportError = not_yet("ParseImportError", _API, is_row=True)
TaskMap = not_yet("TaskMap", _API, is_row=True)
Trigger = not_yet("Trigger", _API, is_row=True)

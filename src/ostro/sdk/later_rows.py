"""Rows of Airflow's own database that Ostro keeps in another way: they can be imported and not be used."""

from ostro.sdk.later import not_yet

_API = "use the REST API (docs/reference/rest-api.md)"

DagCode = not_yet("DagCode", _API)
DagVersion = not_yet("DagVersion", _API)
DagWarning = not_yet("DagWarning", _API)
LogTemplate = not_yet("LogTemplate", "logs lie where Airflow puts them by default")
ParseImportError = not_yet("ParseImportError", _API)
TaskMap = not_yet("TaskMap", _API)
Trigger = not_yet("Trigger", _API)

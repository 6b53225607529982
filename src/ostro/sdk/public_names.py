"""Under which name a class of Ostro is known to authors: the one that they import it by, which loggers carry."""

from __future__ import annotations

_OWN = "ostro.sdk."
_STANDARD = "airflow.providers.standard."
#: Folders below `ostro.sdk` whose modules have the same name below `airflow.providers.standard`.
_SAME = ("hooks.", "operators.", "sensors.", "triggers.")
#: Modules below `ostro.sdk`, or classes of them, and where they are for authors.
_ELSEWHERE = {
    "around.temporal": _STANDARD + "triggers.temporal",
    "baseoperator": "airflow.sdk.bases.operator",
    "decorators.elsewhere.BranchExternalPythonDecoratedOperator": _STANDARD
    + "decorators.branch_external_python._BranchExternalPythonDecoratedOperator",
    "decorators.elsewhere.BranchPythonVirtualenvDecoratedOperator": _STANDARD
    + "decorators.branch_virtualenv._BranchPythonVirtualenvDecoratedOperator",
    "decorators.elsewhere.PythonExternalDecoratedOperator": _STANDARD
    + "decorators.external_python._PythonExternalDecoratedOperator",
    "decorators.elsewhere.PythonVirtualenvDecoratedOperator": _STANDARD
    + "decorators.python_virtualenv._PythonVirtualenvDecoratedOperator",
    "decorators.operators.BashDecoratedOperator": _STANDARD + "decorators.bash._BashDecoratedOperator",
    "decorators.operators.BranchPythonDecoratedOperator": _STANDARD
    + "decorators.branch_python._BranchPythonDecoratedOperator",
    "decorators.operators.DecoratedSensorOperator": _STANDARD + "decorators.sensor.DecoratedSensorOperator",
    "decorators.operators.PythonDecoratedOperator": _STANDARD + "decorators.python._PythonDecoratedOperator",
    "decorators.operators.ShortCircuitDecoratedOperator": _STANDARD
    + "decorators.short_circuit._ShortCircuitDecoratedOperator",
    "hook": "airflow.sdk.bases.hook",
    "notifier": "airflow.sdk.bases.notifier",
    "operators.branch_by_time.BranchDateTimeOperator": _STANDARD
    + "operators.datetime.BranchDateTimeOperator",
    "operators.branch_by_time.BranchDayOfWeekOperator": _STANDARD
    + "operators.weekday.BranchDayOfWeekOperator",
    "operators.email": "airflow.operators.email",
    "operators.generic_transfer": "airflow.operators.generic_transfer",
    "operators.python_elsewhere": _STANDARD + "operators.python",
    "sensors.base": "airflow.sdk.bases.sensor",
    "sensors.moments.DateTimeSensor": _STANDARD + "sensors.date_time.DateTimeSensor",
    "sensors.moments.DateTimeSensorAsync": _STANDARD + "sensors.date_time.DateTimeSensorAsync",
    "sensors.moments.DayOfWeekSensor": _STANDARD + "sensors.weekday.DayOfWeekSensor",
    "sensors.moments.TimeDeltaSensor": _STANDARD + "sensors.time_delta.TimeDeltaSensor",
    "sensors.moments.TimeDeltaSensorAsync": _STANDARD + "sensors.time_delta.TimeDeltaSensorAsync",
    "sensors.moments.TimeSensor": _STANDARD + "sensors.time.TimeSensor",
    "sensors.moments.TimeSensorAsync": _STANDARD + "sensors.time.TimeSensorAsync",
    "sensors.moments.WaitSensor": _STANDARD + "sensors.time_delta.WaitSensor",
    "subprocess_hook": _STANDARD + "hooks.subprocess",
}


def public_name(kind: type) -> str:
    """Module and name of a class; one that is not Ostro's, or that authors do not import, keeps its own."""
    own = f"{kind.__module__}.{kind.__qualname__}"
    if not own.startswith(_OWN):
        return own
    module, name = kind.__module__.removeprefix(_OWN), kind.__qualname__
    found = _ELSEWHERE.get(f"{module}.{name}")
    if found is not None:
        return found
    folder = _ELSEWHERE.get(module) or (_STANDARD + module if module.startswith(_SAME) else None)
    return own if folder is None else f"{folder}.{name}"

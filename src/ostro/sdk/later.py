"""Names of Airflow that exist here so that files import, but cannot be used in this release."""

from __future__ import annotations

from typing import Any

from ostro.errors import UserError


def not_yet(name: str, instead: str = "") -> type[Any]:
    """A class of this name that raises UserError when it is called."""
    remedy = f"; {instead}" if instead else ""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise UserError(f"{type(self).__name__} is not part of this release of Ostro{remedy}")

    doc = f"Not part of this release{remedy}."
    return type(name, (), {"__init__": refuse, "__doc__": doc, "__module__": __name__})


PartitionedAssetTimetable = not_yet("PartitionedAssetTimetable", "schedule on the assets themselves")
PartitionedAtRuntime = not_yet(
    "PartitionedAtRuntime", "schedule on assets, or give partition keys when a run is triggered"
)
DatasetModel = not_yet("DatasetModel", "assets are known to the engine only; use the REST API")
DatasetEvent = not_yet("DatasetEvent", "use inlet_events in a task, or the REST API")
SlaMiss = not_yet("SlaMiss", "3.x has deadlines instead of SLAs")
TaskFail = not_yet("TaskFail", "use the REST API")
DebugExecutor = not_yet("DebugExecutor", "use dag.test()")
Log = not_yet("Log", "use the REST API")
Pool = not_yet("Pool", "use the REST API or `ostro pools`")
Job = not_yet("Job", "use the REST API")
TaskReschedule = not_yet("TaskReschedule", "use ti.get_first_reschedule_date()")
TriggerRuleDep = not_yet("TriggerRuleDep", "the engine decides about trigger rules")
SerializedDAG = not_yet("SerializedDAG", "use ostro.sdk.freeze.freeze(dag)")
SerializedBaseOperator = not_yet("SerializedBaseOperator")
SerializedDagModel = not_yet("SerializedDagModel")
RenderedTaskInstanceFields = not_yet("RenderedTaskInstanceFields", "use the REST API")
BaseExecutor = not_yet("BaseExecutor", "executors of Ostro are in ostro.executors")
LocalExecutor = not_yet("LocalExecutor", "executors of Ostro are in ostro.executors")
SequentialExecutor = not_yet("SequentialExecutor", "executors of Ostro are in ostro.executors")
EmailOperator = not_yet(
    "EmailOperator", "use send_email() of airflow.utils.email in a task, or the smtp provider"
)
GenericTransfer = not_yet("GenericTransfer", "it comes with apache-airflow-providers-common-sql")
SmoothOperator = not_yet("SmoothOperator")
TriggerDagRunOperator = not_yet("TriggerDagRunOperator")
TriggerDagRunLink = not_yet("TriggerDagRunLink")
BranchDateTimeOperator = not_yet("BranchDateTimeOperator", "use @task.branch")
BranchDayOfWeekOperator = not_yet("BranchDayOfWeekOperator", "use @task.branch")
PythonVirtualenvOperator = not_yet(
    "PythonVirtualenvOperator", "use PythonOperator, or BashOperator with the interpreter"
)
BranchPythonVirtualenvOperator = not_yet("BranchPythonVirtualenvOperator", "use BranchPythonOperator")
ExternalPythonOperator = not_yet("ExternalPythonOperator", "use BashOperator with the interpreter")
BranchExternalPythonOperator = not_yet("BranchExternalPythonOperator", "use BranchPythonOperator")
ExternalTaskSensor = not_yet("ExternalTaskSensor")
ExternalTaskMarker = not_yet("ExternalTaskMarker")
ExternalDagLink = not_yet("ExternalDagLink")
FileSensor = not_yet("FileSensor", "use @task.sensor")
DateTimeSensor = not_yet("DateTimeSensor", "use @task.sensor")
DateTimeSensorAsync = not_yet("DateTimeSensorAsync", "use @task.sensor")
TimeDeltaSensor = not_yet("TimeDeltaSensor", "use @task.sensor")
TimeDeltaSensorAsync = not_yet("TimeDeltaSensorAsync", "use @task.sensor")
WaitSensor = not_yet("WaitSensor", "use @task.sensor")
TimeSensor = not_yet("TimeSensor", "use @task.sensor")
TimeSensorAsync = not_yet("TimeSensorAsync", "use @task.sensor")
DayOfWeekSensor = not_yet("DayOfWeekSensor", "use @task.sensor")
FSHook = not_yet("FSHook", "use pathlib")
PackageIndexHook = not_yet("PackageIndexHook")
FileTrigger = not_yet("FileTrigger")
FileDeleteTrigger = not_yet("FileDeleteTrigger")
WorkflowTrigger = not_yet("WorkflowTrigger")
DagStateTrigger = not_yet("DagStateTrigger")
HITLTrigger = not_yet("HITLTrigger", "HITLOperator waits for its answer without a trigger")
prepare_virtualenv = not_yet("prepare_virtualenv")
write_python_script = not_yet("write_python_script")
ProvidersManager = not_yet("ProvidersManager")

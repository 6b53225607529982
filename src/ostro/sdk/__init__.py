"""What DAG authors import (`airflow.sdk`), each name loaded when it is asked for.

A process that forks others loads what every task needs with `preload()`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ostro.sdk.baseoperator import BaseOperator as BaseOperator
    from ostro.sdk.collecting import collect as collect
    from ostro.sdk.dag import DAG as DAG
    from ostro.sdk.decorators import task as task
    from ostro.sdk.decorators import task_group as task_group
    from ostro.sdk.taskgroup import TaskGroup as TaskGroup
    from ostro.sdk.xcomarg import XComArg as XComArg

#: Where each name is defined, below `ostro.sdk`. Three of them, `dag`, `conf` and `result`, are also names of modules
#: here, so they are imported from those (or from `airflow.sdk`).
NAMES: dict[str, str] = {
    "asset": "asset_decorator",
    "Asset": "assets",
    "AssetAccessControl": "assets",
    "AssetAlias": "assets",
    "AssetAll": "assets",
    "AssetAny": "assets",
    "AssetWatcher": "assets",
    "Dataset": "assets",
    "Metadata": "assets",
    "Model": "assets",
    "BaseAsyncOperator": "baseoperator",
    "BaseOperator": "baseoperator",
    "AsyncCallback": "callback",
    "SyncCallback": "callback",
    "collect": "collecting",
    "conf": "conf",
    "Connection": "connection",
    "Context": "context",
    "get_current_context": "context",
    "DAG": "dag",
    "dag": "dag_decorator",
    "BaseDeadlineReference": "deadline",
    "DeadlineAlert": "deadline",
    "DeadlineReference": "deadline",
    "VariableInterval": "deadline",
    "deadline_reference": "deadline",
    "setup": "decorators",
    "task": "decorators",
    "task_group": "decorators",
    "teardown": "decorators",
    "EdgeModifier": "edges",
    "Label": "edges",
    "chain": "edges",
    "chain_linear": "edges",
    "cross_downstream": "edges",
    "DagRunState": "enums",
    "TaskInstanceState": "enums",
    "TriggerRule": "enums",
    "WeightRule": "enums",
    "BaseHook": "hook",
    "ObjectStoragePath": "io.path",
    "PartitionedAssetTimetable": "partitions",
    "PartitionedAtRuntime": "partitions",
    "BaseOperatorLink": "link",
    "BaseNotifier": "notifier",
    "BaseBranchOperator": "operators.branch",
    "DagParam": "params",
    "Param": "params",
    "ParamsDict": "params",
    "get_parsing_context": "parsing",
    "AllowedKeyMapper": "partitions",
    "ChainMapper": "partitions",
    "DayWindow": "partitions",
    "FanOutMapper": "partitions",
    "FixedKeyMapper": "partitions",
    "HourWindow": "partitions",
    "IdentityMapper": "partitions",
    "MinimumCount": "partitions",
    "MonthWindow": "partitions",
    "PartitionMapper": "partitions",
    "ProductMapper": "partitions",
    "QuarterWindow": "partitions",
    "RollupMapper": "partitions",
    "SegmentWindow": "partitions",
    "StartOfDayMapper": "partitions",
    "StartOfHourMapper": "partitions",
    "StartOfMonthMapper": "partitions",
    "StartOfQuarterMapper": "partitions",
    "StartOfWeekMapper": "partitions",
    "StartOfYearMapper": "partitions",
    "WaitForAll": "partitions",
    "WeekWindow": "partitions",
    "Window": "partitions",
    "YearWindow": "partitions",
    "NEVER_EXPIRE": "result",
    "result": "result",
    "ResumableJobMixin": "resumable",
    "ExceptionRetryPolicy": "retry",
    "RetryAction": "retry",
    "RetryDecision": "retry",
    "RetryPolicy": "retry",
    "RetryRule": "retry",
    "BaseSensorOperator": "sensors.base",
    "PokeReturnValue": "sensors.base",
    "poke_mode_only": "sensors.base",
    "BranchMixIn": "skipmixin",
    "SkipMixin": "skipmixin",
    "TaskGroup": "taskgroup",
    "TaskInstance": "taskinstance",
    "literal": "templater",
    "AssetOrTimeSchedule": "timetables",
    "CronDataIntervalTimetable": "timetables",
    "CronPartitionTimetable": "timetables",
    "CronTriggerTimetable": "timetables",
    "DeltaDataIntervalTimetable": "timetables",
    "DeltaTriggerTimetable": "timetables",
    "EventsTimetable": "timetables",
    "MultipleCronTriggerTimetable": "timetables",
    "Variable": "variable",
    "BaseXCom": "xcom",
    "XComArg": "xcomarg",
}
#: What nearly every DAG file and task needs; the thin modules cost little but each a look at the disk.
_COMMON = (
    "ostro.sdk.collecting",
    "ostro.sdk.connection",
    "ostro.sdk.decorators.operators",
    "ostro.sdk.edges",
    "ostro.sdk.freeze",
    "ostro.sdk.hook",
    "ostro.sdk.operators.empty",
    "ostro.sdk.operators.latest_only",
    "ostro.sdk.timetables",
    "ostro.sdk.variable",
    "croniter",
    "airflow.decorators",
    "airflow.exceptions",
    "airflow.models.baseoperator",
    "airflow.models.dag",
    "airflow.models.param",
    "airflow.models.variable",
    "airflow.operators.bash",
    "airflow.operators.empty",
    "airflow.operators.latest_only",
    "airflow.operators.python",
    "airflow.providers.standard.operators.bash",
    "airflow.providers.standard.operators.empty",
    "airflow.providers.standard.operators.python",
    "airflow.sdk.exceptions",
    "airflow.sensors.base",
    "airflow.utils.dates",
    "airflow.utils.edgemodifier",
    "airflow.utils.task_group",
    "airflow.utils.trigger_rule",
)


def preload() -> None:
    """Load what nearly every DAG file and task needs, so that forks of this process find it loaded."""
    for module in _COMMON:
        import_module(module)


def __getattr__(name: str) -> Any:
    if name == "macros":
        return import_module(f"{__name__}.macros")
    module = NAMES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *NAMES, "macros"})

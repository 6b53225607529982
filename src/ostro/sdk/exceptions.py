"""Exceptions that DAG files and task code raise and catch, by Airflow's names.

AirflowException
├── what a task raises to say how it ended     AirflowSkipException, AirflowFailException, AirflowSensorTimeout …
├── what a DAG file did wrong (DagInvalid)     DuplicateTaskIdFound, AirflowDagCycleException …
├── something that is not there                AirflowNotFoundException, DagNotFound, TaskNotFound …
└── XCom and mapping                           XComNotFound, UnmappableXComTypePushed …
BaseException                                  TaskDeferred, AirflowTaskTimeout, AirflowTaskTerminated
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from ostro.errors import UserError


class AirflowException(Exception):
    """Base of the errors below; raised by a task it fails the try, and the task is tried again if it has tries left."""

    status_code = 500

    def serialize(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Dotted name and arguments, for carrying the error between processes."""
        kind = type(self)
        return f"{kind.__module__}.{kind.__name__}", (str(self),), {}


# ---- how a task ended ---------------------------------------------------------------------------------------


class AirflowSkipException(AirflowException):
    """The task is skipped."""


class AirflowFailException(AirflowException):
    """The task fails and is not tried again."""


class AirflowSensorTimeout(AirflowException):
    """A sensor waited longer than its timeout; not tried again."""


class AirflowTaskTimeout(BaseException):
    """The task ran longer than its execution_timeout; tried again if tries are left."""


class AirflowTaskTerminated(BaseException):
    """The task was told to end while it ran."""


class AirflowRescheduleException(AirflowException):
    """A sensor gives its slot back until `reschedule_date`."""

    def __init__(self, reschedule_date: datetime) -> None:
        super().__init__(f"to be checked again at {reschedule_date}")
        self.reschedule_date = reschedule_date

    def serialize(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        kind = type(self)
        return f"{kind.__module__}.{kind.__name__}", (), {"reschedule_date": self.reschedule_date}


class TaskDeferred(BaseException):
    """The task waits for `trigger`; later `method_name` is called with the event. Raised by `BaseOperator.defer`."""

    def __init__(
        self,
        *,
        trigger: Any,
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: timedelta | float | None = None,
    ) -> None:
        super().__init__()
        self.trigger = trigger
        self.method_name = method_name
        self.kwargs = kwargs
        if isinstance(timeout, (int, float)):
            timeout = timedelta(seconds=timeout)
        if timeout is not None and not isinstance(timeout, timedelta):
            raise ValueError(
                f"the timeout of a deferral is a timedelta or seconds, not {type(timeout).__name__}"
            )
        self.timeout = timeout
        #: The queue of the task, when its operator said that it defers.
        self.task_queue: str | None = None

    def __repr__(self) -> str:
        return f"<TaskDeferred trigger={self.trigger!r} method={self.method_name}>"


class TaskAwaitingInput(BaseException):
    """The task waits for a person; later `method_name` is called with the answer."""

    #: The question: subject, body, options, defaults, multiple, params, assigned_users.
    detail: dict[str, Any]

    def __init__(
        self, *, method_name: str, kwargs: dict[str, Any] | None = None, timeout: timedelta | None = None
    ) -> None:
        super().__init__()
        self.method_name = method_name
        self.kwargs = kwargs
        self.timeout = timeout


class TaskDeferralError(AirflowException):
    """The trigger that a deferred task waited for failed."""


class TaskDeferralTimeout(AirflowException):
    """A deferred task waited longer than its timeout."""


class DagRunTriggerException(AirflowException):
    """Ask the engine to start a run of another DAG, and perhaps to wait for it."""

    def __init__(self, *, trigger_dag_id: str, **details: Any) -> None:
        super().__init__(f"a run of {trigger_dag_id}")
        self.trigger_dag_id = trigger_dag_id
        self.details = details
        for name, value in details.items():
            setattr(self, name, value)


class DownstreamTasksSkipped(AirflowException):
    """The task succeeded and skips the downstream `tasks` (ids, or pairs of id and map index)."""

    def __init__(self, *, tasks: Sequence[str | tuple[str, int]]) -> None:
        super().__init__(f"skips {', '.join(str(t) for t in tasks)}")
        self.tasks = tasks


# ---- what a DAG file did wrong --------------------------------------------------------------------------------


class DagInvalid(AirflowException, UserError):
    """A DAG file describes something that cannot be; the text names DAG and task and what to do."""


class AirflowDagCycleException(DagInvalid):
    """Tasks of a DAG depend on each other in a ring."""


class DuplicateTaskIdFound(DagInvalid):
    """Two tasks or groups of a DAG have the same id."""


class TaskAlreadyInTaskGroup(DagInvalid):
    """A task was put into a second task group."""

    def __init__(self, task_id: str, existing_group_id: str | None, new_group_id: str) -> None:
        super().__init__(task_id, existing_group_id, new_group_id)
        self.task_id = task_id
        self.existing_group_id = existing_group_id
        self.new_group_id = new_group_id

    def __str__(self) -> str:
        there = f"group {self.existing_group_id!r}" if self.existing_group_id else "the DAG's root group"
        return (
            f"task {self.task_id!r} is in {there} already and cannot be added to group {self.new_group_id!r}"
        )


class AirflowDagInconsistent(DagInvalid):
    """Parts of a DAG contradict each other."""


class FailFastDagInvalidTriggerRule(DagInvalid):
    """A fail_fast DAG has a task with another trigger rule than all_success."""


class AirflowClusterPolicyViolation(AirflowException):
    """A policy of the installation refuses this task or DAG."""


class AirflowClusterPolicySkipDag(AirflowException):
    """A policy of the installation leaves this DAG out."""


class AirflowClusterPolicyError(AirflowException):
    """A policy of the installation raised something else than a refusal."""


class ParamValidationError(DagInvalid):
    """The value of a param does not fit its schema."""


class AirflowInactiveAssetInInletOrOutletException(AirflowException):
    """A task names an asset that no DAG defines any more, or that conflicts with another one."""

    def __init__(self, inactive_asset_keys: Collection[Any] = ()) -> None:
        super().__init__(inactive_asset_keys)
        self.inactive_asset_keys = inactive_asset_keys

    def __str__(self) -> str:
        return "inactive assets among the inlets or outlets: " + ", ".join(
            str(k) for k in self.inactive_asset_keys
        )


class UnmappableOperator(DagInvalid):
    """The operator cannot be mapped in this way."""


# ---- not there --------------------------------------------------------------------------------------------------


class AirflowNotFoundException(AirflowException):
    """The thing asked for does not exist."""

    status_code = 404


class AirflowBadRequest(AirflowException):
    """The request cannot be understood."""

    status_code = 400


class AirflowConfigException(AirflowException):
    """A setting has a value that cannot be used, or is missing."""


class DagNotFound(AirflowNotFoundException):
    """No such DAG."""


class DagCodeNotFound(AirflowNotFoundException):
    """The source of a DAG is not stored."""


class DagRunNotFound(AirflowNotFoundException):
    """No such run."""


class DagRunAlreadyExists(AirflowBadRequest):
    """The DAG has a run of this id or logical date already."""

    def __init__(self, dag_run: Any = None, *details: Any) -> None:
        super().__init__(dag_run, *details)
        self.dag_run = dag_run

    def __str__(self) -> str:
        run_id = getattr(self.dag_run, "run_id", self.dag_run)
        return f"the run {run_id} of DAG {getattr(self.dag_run, 'dag_id', '?')} exists already"


class DagFileExists(AirflowBadRequest):
    """A file of this name exists already."""


class TaskNotFound(AirflowNotFoundException):
    """No such task."""


class TaskInstanceNotFound(AirflowNotFoundException):
    """No such task instance."""


class NodeNotFound(AirflowNotFoundException):
    """No such task or group."""


class PoolNotFound(AirflowNotFoundException):
    """No such pool."""


class ConnectionNotUnique(AirflowException):
    """Several connections have this id."""


class VariableNotUnique(AirflowException):
    """Several Variables have this key."""


# ---- XCom and mapping ---------------------------------------------------------------------------------------------


class XComException(AirflowException):
    """Base of XCom errors."""


class XComNotFound(XComException):
    """An upstream task left no XCom of this key."""

    def __init__(self, dag_id: str | None = None, task_id: str | None = None, key: str | None = None) -> None:
        super().__init__(dag_id, task_id, key)
        self.dag_id = dag_id
        self.task_id = task_id
        self.key = key

    def __str__(self) -> str:
        return f"task {self.task_id!r} of DAG {self.dag_id!r} has no XCom {self.key!r}: it pushed none, or did not run"


class UnmappableXComPushed(AirflowException):
    """Base: the XCom that another task is mapped over cannot be mapped over."""


class XComForMappingNotPushed(UnmappableXComPushed, TypeError):
    """The task returned nothing, but another one is mapped over it."""

    def __str__(self) -> str:
        return (
            super().__str__()
            or "the task returned None, but another task is mapped over its result: return a list or dict"
        )


class UnmappableXComTypePushed(UnmappableXComPushed, TypeError):
    """The task returned something else than a list or dict, but another one is mapped over it."""

    def __init__(self, value: Any, *values: Any) -> None:
        super().__init__(value, *values)
        self.value = value
        self.values = values

    def __str__(self) -> str:
        kind = type(self.value).__qualname__
        if self.values:
            kind += " of " + ", ".join(type(v).__qualname__ for v in self.values)
        return f"a task is mapped over this result, which is a {kind}: return a list or dict"


class UnmappableXComLengthPushed(UnmappableXComPushed, ValueError):
    """The result that another task is mapped over is longer than [core] max_map_length."""

    def __init__(self, value: Any, max_length: int) -> None:
        super().__init__(value, max_length)
        self.value = value
        self.max_length = max_length

    def __str__(self) -> str:
        return (
            f"the result has {len(self.value)} items and a task is mapped over it, "
            f"but [core] max_map_length allows {self.max_length}"
        )


class UnmappedOperator(AirflowException):
    """Something of a mapped task is only known once it is expanded."""


class DeserializingResultError(ValueError):
    """The result of a task in another interpreter cannot be read."""

    def __str__(self) -> str:
        return "the result of the other interpreter cannot be read: are the packages it needs installed here too?"


# ---- the rest -----------------------------------------------------------------------------------------------------


class AirflowRuntimeError(AirflowException):
    """The engine answered a question of the task with an error."""

    def __init__(self, error: Any) -> None:
        super().__init__(str(getattr(error, "error", error)))
        self.error = error


class AirflowInternalRuntimeError(BaseException):
    """A defect of the program itself."""


class AirflowSecretsBackendAccessDenied(AirflowException):
    """The secrets backend refuses access."""


class AirflowOptionalProviderFeatureException(AirflowException):
    """A feature of a provider needs a package that is not installed."""


class AirflowFileParseException(AirflowException):
    """A file of connections or variables cannot be read."""

    def __init__(self, msg: str, file_path: str, parse_errors: Sequence[Any] = ()) -> None:
        super().__init__(msg)
        self.file_path = file_path
        self.parse_errors = parse_errors


class AirflowWebServerTimeout(AirflowException):
    """The web page did not start in time."""


class AirflowProviderDeprecationWarning(DeprecationWarning):
    """A provider's feature goes away."""

    deprecated_provider_since: str | None = None


class RemovedInAirflow3Warning(DeprecationWarning):
    """A feature of 2.x that 3.x no longer has."""

    deprecated_since: str | None = None


class RemovedInAirflow4Warning(DeprecationWarning):
    """A feature of 3.x that goes away."""

    deprecated_since: str | None = None


#: The name of 2.x.
FailStopDagInvalidTriggerRule = FailFastDagInvalidTriggerRule


def __getattr__(name: str) -> Any:
    if name == "AirflowTimetableInvalid":
        # The timetables raise it themselves, and lie below this module.
        from ostro.timetable.errors import AirflowTimetableInvalid

        return AirflowTimetableInvalid
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

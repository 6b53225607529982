"""Every import path of Airflow that DAG files use resolves, and those that 3.x removed say so."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import warnings

import pytest

from ostro.sdk import parsing
from ostro.sdk.dialect import decide
from ostro.sdk.oldpaths_table import PATHS

#: Importable in 3.3.2: module and names.
STILL = """
airflow: DAG Dataset Asset XComArg AirflowException settings __version__
airflow.models: DAG BaseOperator Variable Connection XCom DagRun TaskInstance DagBag Param Pool DagModel SkipMixin MappedOperator BaseOperatorLink Log
airflow.models.dag: DAG dag DagModel
airflow.models.baseoperator: BaseOperator chain chain_linear cross_downstream
airflow.models.param: Param ParamsDict
airflow.models.variable: Variable
airflow.models.connection: Connection
airflow.models.xcom: XCom XCOM_RETURN_KEY
airflow.models.xcom_arg: XComArg
airflow.models.taskinstance: TaskInstance clear_task_instances
airflow.models.dagrun: DagRun
airflow.models.dagbag: DagBag
airflow.models.skipmixin: SkipMixin
airflow.models.abstractoperator: AbstractOperator
airflow.models.baseoperatorlink: BaseOperatorLink
airflow.models.crypto: get_fernet
airflow.models.taskmixin: DAGNode
airflow.operators.python: PythonOperator get_current_context BranchPythonOperator ShortCircuitOperator PythonVirtualenvOperator
airflow.operators.bash: BashOperator
airflow.operators.empty: EmptyOperator
airflow.operators.branch: BaseBranchOperator
airflow.operators.email: EmailOperator
airflow.operators.trigger_dagrun: TriggerDagRunOperator
airflow.operators.latest_only: LatestOnlyOperator
airflow.operators.datetime: BranchDateTimeOperator
airflow.operators.weekday: BranchDayOfWeekOperator
airflow.operators.generic_transfer: GenericTransfer
airflow.operators.smooth: SmoothOperator
airflow.sensors.base: BaseSensorOperator PokeReturnValue
airflow.sensors.external_task: ExternalTaskSensor ExternalTaskMarker
airflow.sensors.filesystem: FileSensor
airflow.sensors.python: PythonSensor
airflow.sensors.bash: BashSensor
airflow.sensors.date_time: DateTimeSensor
airflow.sensors.time_delta: TimeDeltaSensor
airflow.sensors.time_sensor: TimeSensor
airflow.sensors.weekday: DayOfWeekSensor
airflow.decorators: dag task task_group setup teardown
airflow.decorators.base: DecoratedOperator task_decorator_factory
airflow.hooks.base: BaseHook
airflow.hooks.filesystem: FSHook
airflow.hooks.subprocess: SubprocessHook
airflow.utils.dates: cron_presets
airflow.utils.trigger_rule: TriggerRule
airflow.utils.weight_rule: WeightRule
airflow.utils.task_group: TaskGroup
airflow.utils.edgemodifier: Label
airflow.utils.helpers: merge_dicts chunks exactly_one
airflow.utils.state: State DagRunState TaskInstanceState
airflow.utils.timezone: utcnow datetime parse
airflow.utils.types: DagRunType NOTSET
airflow.utils.session: provide_session create_session NEW_SESSION
airflow.utils.db: provide_session
airflow.utils.email: send_email send_email_smtp
airflow.utils.context: Context context_merge
airflow.utils.log.logging_mixin: LoggingMixin
airflow.utils.setup_teardown: SetupTeardownContext
airflow.utils.xcom: XCOM_RETURN_KEY
airflow.utils.operator_helpers: determine_kwargs
airflow.utils.timeout: timeout
airflow.utils.yaml: safe_load
airflow.exceptions: AirflowException AirflowSkipException AirflowFailException AirflowSensorTimeout AirflowTaskTimeout AirflowRescheduleException TaskDeferred TaskDeferralError AirflowNotFoundException AirflowConfigException XComNotFound DagNotFound DagRunAlreadyExists AirflowBadRequest ParamValidationError DuplicateTaskIdFound TaskNotFound AirflowTimetableInvalid AirflowProviderDeprecationWarning
airflow.timetables.base: Timetable DagRunInfo DataInterval TimeRestriction
airflow.timetables.interval: CronDataIntervalTimetable DeltaDataIntervalTimetable
airflow.timetables.trigger: CronTriggerTimetable MultipleCronTriggerTimetable DeltaTriggerTimetable
airflow.timetables.events: EventsTimetable
airflow.timetables.simple: NullTimetable OnceTimetable ContinuousTimetable
airflow.timetables.assets: AssetOrTimeSchedule
airflow.partition_mappers: PartitionMapper RollupMapper Window MinimumCount
airflow.partition_mappers.base: PartitionMapper RollupMapper is_rollup
airflow.partition_mappers.temporal: StartOfDayMapper FanOutMapper
airflow.partition_mappers.wait_policy: WaitPolicy WaitForAll PartitionSatisfaction
airflow.partition_mappers.window: Window SegmentWindow
airflow.sdk.definitions.partition_mappers.base: PartitionMapper
airflow.sdk.definitions.partition_mappers.window: Window
airflow.dag_processing.bundles.base: BaseDagBundle
airflow.dag_processing.bundles.local: LocalDagBundle
airflow.serialization.encoders: encode_partition_mapper encode_window encode_wait_policy encode_timetable encode_timezone coerce_to_core_timetable
airflow.serialization.decoders: decode_partition_mapper decode_timezone
airflow.serialization.serialized_objects: encode_timezone decode_timezone
airflow.triggers.base: BaseTrigger TriggerEvent
airflow.triggers.temporal: TimeDeltaTrigger DateTimeTrigger
airflow.triggers.file: FileTrigger
airflow.triggers.external_task: DagStateTrigger
airflow.notifications.basenotifier: BaseNotifier
airflow.plugins_manager: AirflowPlugin
airflow.configuration: conf
airflow.settings: Session TIMEZONE
airflow.io.path: ObjectStoragePath
airflow.macros: ds_add ds_format json dateutil
airflow.listeners: hookimpl
airflow.jobs.job: Job
airflow.version: version
airflow.task.priority_strategy: PriorityWeightStrategy
airflow.api.common.trigger_dag: trigger_dag
airflow.api.client.local_client: Client
airflow.ti_deps.deps.trigger_rule_dep: TriggerRuleDep
airflow.stats: Stats
airflow.security.permissions: ACTION_CAN_READ
airflow.secrets: BaseSecretsBackend
airflow.serialization.serialized_objects: SerializedDAG
airflow.providers.standard.operators.python: get_current_context PythonOperator BranchPythonOperator ShortCircuitOperator
airflow.providers.standard.operators.bash: BashOperator
airflow.providers.standard.operators.empty: EmptyOperator
airflow.providers.standard.operators.latest_only: LatestOnlyOperator
airflow.providers.standard.sensors.python: PythonSensor
airflow.providers.standard.sensors.bash: BashSensor
airflow.providers.standard.triggers.temporal: TimeDeltaTrigger DateTimeTrigger
airflow.providers.standard.utils.weekday: WeekDay
airflow.sdk.bases.operator: BaseOperator BaseAsyncOperator
airflow.sdk.bases.operatorlink: BaseOperatorLink
airflow.sdk.bases.sensor: BaseSensorOperator poke_mode_only
airflow.sdk.bases.hook: BaseHook
airflow.sdk.bases.notifier: BaseNotifier
airflow.sdk.bases.branch: BaseBranchOperator BranchMixIn
airflow.sdk.bases.skipmixin: SkipMixin
airflow.sdk.bases.decorator: task_decorator_factory is_async_callable TaskDecorator DecoratedOperator KeywordParameters determine_kwargs get_unique_task_id
airflow.sdk.configuration: conf
airflow.sdk.definitions._internal.types: NOTSET ArgNotSet SET_DURING_EXECUTION is_arg_set
airflow.sdk.definitions.asset: AssetAny AssetAll AssetAlias Asset
airflow.sdk.definitions.connection: Connection
airflow.sdk.definitions.context: context_merge Context
airflow.sdk.definitions.mappedoperator: MappedOperator
airflow.sdk.definitions.param: ParamsDict
airflow.sdk.exceptions: AirflowException AirflowOptionalProviderFeatureException AirflowSkipException AirflowNotFoundException AirflowFailException TaskDeferred AirflowTaskTimeout TaskAwaitingInput ParamValidationError AirflowConfigException
airflow.sdk.execution_time.context: AIRFLOW_VAR_NAME_FORMAT_MAPPING DEFAULT_FORMAT_PREFIX context_to_airflow_vars
airflow.sdk.execution_time.timeout: timeout
airflow.sdk.execution_time.xcom: XCom
airflow.sdk.log: mask_secret redact
airflow.sdk.module_loading: qualname iter_namespace import_string
airflow.sdk.plugins_manager: AirflowPlugin
airflow.sdk.providers_manager_runtime: ProvidersManagerTaskRuntime
airflow.sdk.timezone: utcnow
airflow.triggers.base: BaseEventTrigger TaskSuccessEvent StartTriggerArgs
airflow.utils.hashlib_wrapper: md5
airflow.utils.strings: to_boolean
airflow.utils.platform: getuser
airflow.utils.process_utils: patch_environ
airflow.utils.module_loading: qualname iter_namespace
airflow.utils.deprecation_tools: add_deprecated_classes
"""

#: The names of `airflow.sdk.__all__` in 3.3.2 (`lineage` is there a module that cannot be reached).
SDK = [
    "__version__",
    "AllowedKeyMapper",
    "Asset",
    "asset",
    "AssetAccessControl",
    "AssetAlias",
    "AssetAll",
    "AssetAny",
    "AssetOrTimeSchedule",
    "AssetWatcher",
    "AsyncCallback",
    "BaseAsyncOperator",
    "BaseBranchOperator",
    "BaseDeadlineReference",
    "BaseHook",
    "BaseNotifier",
    "BaseOperator",
    "BaseOperatorLink",
    "BaseSensorOperator",
    "BaseXCom",
    "BranchMixIn",
    "chain",
    "chain_linear",
    "ChainMapper",
    "conf",
    "Connection",
    "Context",
    "CronDataIntervalTimetable",
    "CronPartitionTimetable",
    "CronTriggerTimetable",
    "cross_downstream",
    "DAG",
    "dag",
    "DagRunState",
    "DayWindow",
    "deadline_reference",
    "DeadlineAlert",
    "DeadlineReference",
    "DeltaDataIntervalTimetable",
    "DeltaTriggerTimetable",
    "EdgeModifier",
    "EventsTimetable",
    "ExceptionRetryPolicy",
    "FanOutMapper",
    "FixedKeyMapper",
    "get_current_context",
    "get_parsing_context",
    "HourWindow",
    "IdentityMapper",
    "Label",
    "lineage",
    "literal",
    "macros",
    "Metadata",
    "MinimumCount",
    "MonthWindow",
    "MultipleCronTriggerTimetable",
    "NEVER_EXPIRE",
    "ObjectStoragePath",
    "Param",
    "ParamsDict",
    "PartitionedAssetTimetable",
    "PartitionedAtRuntime",
    "PartitionMapper",
    "PokeReturnValue",
    "ProductMapper",
    "QuarterWindow",
    "result",
    "ResumableJobMixin",
    "RetryAction",
    "RetryDecision",
    "RetryPolicy",
    "RetryRule",
    "RollupMapper",
    "SegmentWindow",
    "setup",
    "SkipMixin",
    "StartOfDayMapper",
    "StartOfHourMapper",
    "StartOfMonthMapper",
    "StartOfQuarterMapper",
    "StartOfWeekMapper",
    "StartOfYearMapper",
    "SyncCallback",
    "task",
    "task_group",
    "TaskGroup",
    "TaskInstance",
    "TaskInstanceState",
    "teardown",
    "TriggerRule",
    "Variable",
    "WaitForAll",
    "WeekWindow",
    "WeightRule",
    "Window",
    "XComArg",
    "YearWindow",
]

#: Removed by 3.x: they resolve, and the file speaks 2.x.
REMOVED = """
airflow.models: SlaMiss TaskFail
airflow.models.dag: DagContext
airflow.models.mappedoperator: MappedOperator
airflow.operators.dummy: DummyOperator
airflow.operators.dummy_operator: DummyOperator
airflow.operators.bash_operator: BashOperator
airflow.operators.python_operator: PythonOperator BranchPythonOperator ShortCircuitOperator
airflow.operators.branch_operator: BaseBranchOperator
airflow.operators.email_operator: EmailOperator
airflow.operators.dagrun_operator: TriggerDagRunOperator
airflow.operators.latest_only_operator: LatestOnlyOperator
airflow.operators.subdag: SubDagOperator
airflow.operators.subdag_operator: SubDagOperator
airflow.operators.trigger_dagrun: TriggerDagRunLink
airflow.sensors.base_sensor_operator: BaseSensorOperator
airflow.sensors.external_task_sensor: ExternalTaskSensor
airflow.sensors.date_time_sensor: DateTimeSensor
airflow.sensors.time_delta_sensor: TimeDeltaSensor
airflow.decorators.python: python_task
airflow.decorators.sensor: sensor_task
airflow.decorators.bash: bash_task
airflow.decorators.branch_python: branch_task
airflow.decorators.short_circuit: short_circuit_task
airflow.decorators.task_group: task_group
airflow.hooks.base_hook: BaseHook
airflow.utils.dates: days_ago date_range round_time parse_execution_date infer_time_unit scale_time_units
airflow.utils.helpers: chain cross_downstream
airflow.utils.timezone: make_aware
airflow.utils.db: create_session
airflow.utils.decorators: apply_defaults
airflow.utils.file: TemporaryDirectory mkdirs
airflow.utils.log.secrets_masker: mask_secret redact
airflow.utils.module_loading: import_string
airflow.utils.operator_helpers: context_to_airflow_vars
airflow.utils.dag_parsing_context: get_parsing_context
airflow.utils.weekday: WeekDay
airflow.exceptions: RemovedInAirflow3Warning
airflow.datasets: Dataset DatasetAlias DatasetAll DatasetAny
airflow.datasets.metadata: Metadata
airflow.io.store: attach
airflow.lineage: apply_lineage prepare_lineage
airflow.lineage.entities: File Table Column User Tag
airflow.executors.celery_executor: CeleryExecutor
airflow.executors.debug_executor: DebugExecutor
airflow.executors.kubernetes_executor: KubernetesExecutor
airflow.executors.sequential_executor: SequentialExecutor
airflow.template.templater: Templater
airflow.contrib.sensors.file_sensor: FileSensor
"""


def _pairs(table: str) -> list[tuple[str, str]]:
    return [
        (module, name)
        for line in table.strip().splitlines()
        for module, names in [line.split(": ")]
        for name in names.split()
    ]


def _imported(module: str, name: str) -> tuple[object, int]:
    """The object, and the dialect of a file that imports it so."""
    context = parsing.ParseContext()
    scope: dict[str, object] = {}
    with parsing.parsing(context), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(f"from {module} import {name} as found", scope)
    return scope["found"], decide(context.notes)


@pytest.mark.parametrize(("module", "name"), _pairs(STILL))
def test_a_name_of_3x_resolves_and_says_nothing_of_2x(module: str, name: str) -> None:
    _, dialect = _imported(module, name)

    assert dialect == 3


@pytest.mark.parametrize("name", SDK)
def test_every_name_of_airflow_sdk_resolves(name: str) -> None:
    _, dialect = _imported("airflow.sdk", name)

    assert dialect == 3


@pytest.mark.parametrize(("module", "name"), _pairs(REMOVED))
def test_a_removed_name_resolves_and_makes_the_file_speak_2x(module: str, name: str) -> None:
    for _ in range(2):  # the second file of a process must leave its own note
        _, dialect = _imported(module, name)

        assert dialect == 2


@pytest.mark.parametrize("path", sorted(PATHS))
def test_each_name_of_an_old_path_is_found_or_names_its_provider(path: str) -> None:
    for name, target in PATHS[path].items():
        home = target.partition(":")[0].replace("around.sql_operators", "airflow.providers.common.sql")
        ours = not home.startswith("airflow.providers.") or home.startswith("airflow.providers.standard.")
        if ours or importlib.util.find_spec(".".join(home.split(".")[:3])) is not None:
            _imported(path, name)
        else:
            with pytest.raises(ModuleNotFoundError, match="install apache-airflow-providers-"):
                _imported(path, name)


def test_the_aliases_are_the_same_objects() -> None:
    from ostro.sdk.operators.empty import EmptyOperator

    dummy, _ = _imported("airflow.operators.dummy", "DummyOperator")
    empty, _ = _imported("airflow.providers.standard.operators.empty", "EmptyOperator")

    assert dummy is empty is EmptyOperator


@pytest.mark.parametrize("package", ["airflow.decorators", "airflow.sdk.definitions.decorators"])
def test_a_submodule_does_not_take_the_place_of_a_name(package: str) -> None:
    code = (
        f"import {package}.task_group\nfrom {package} import task_group\n"
        f"from {package}.task_group import task_group as same\nprint(task_group is same, callable(task_group))"
    )

    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "True True", done.stderr


def test_an_unknown_name_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="NoSuchOperator"):
        _imported("airflow.operators.bash", "NoSuchOperator")
    with pytest.raises(ImportError):
        importlib.import_module("airflow.operators.no_such_module")


def test_the_version_satisfies_provider_packages() -> None:
    import airflow
    from airflow.version import version

    assert airflow.__version__ == version == "3.3.2"


def test_provider_packages_can_live_beside_ours(tmp_path: object) -> None:
    """airflow.providers is a namespace: what another folder of sys.path brings is found."""
    from pathlib import Path

    folder = Path(str(tmp_path)) / "airflow" / "providers" / "nowhere"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from airflow.sdk import BaseOperator\n")
    code = "import airflow.providers.nowhere as n, airflow.providers.standard.operators.bash as b; print(n.BaseOperator.__name__)"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)}
    )

    assert done.stdout.strip() == "BaseOperator", done.stderr


def test_importing_airflow_reads_no_settings_and_loads_nothing_heavy() -> None:
    heavy = "sqlalchemy pydantic httpx rich jinja2 jsonschema asyncio cryptography fastapi structlog"
    code = (
        "import sys, airflow, airflow.sdk\n"
        "from airflow import DAG\n"
        "from airflow.operators.python import PythonOperator\n"
        f"print([m for m in {heavy.split()!r} if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr


def test_a_star_import_gives_the_names_of_a_module() -> None:
    names: dict[str, object] = {}
    exec("from airflow.providers.standard.sensors.time_delta import *", names)

    assert {"TimeDeltaSensor", "TimeDeltaSensorAsync", "WaitSensor"} <= names.keys()

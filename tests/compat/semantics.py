"""Rules of Airflow that are easy to get wrong, what becomes of each here, and what shows it.

`shown` names a folder or file below tests/, or "suite NAME": a conformance suite that Airflow 3.3.2 itself computed.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One rule: what Airflow does; same, adapted or refused; how, and what shows it."""

    rule: str
    verdict: str
    shown: str
    how: str = ""


RULES: dict[str, list[Rule]] = {
    "Time and schedules": [
        Rule(
            "A cron string in a 3.x file makes a trigger timetable, in a 2.x file one with data intervals; `[scheduler] create_cron_data_intervals` sets the first",
            "same",
            "unit/sdk/test_schedule.py",
        ),
        Rule("timedelta and relativedelta likewise, by the same setting", "same", "suite timetables"),
        Rule(
            "With data intervals a run has the start of its interval as logical date and begins at its end; without, all three are the tick",
            "same",
            "suite timetables",
        ),
        Rule(
            "timedelta intervals are aligned to the start date, cron to the grid of the DAG's time zone",
            "same",
            "suite timetables",
        ),
        Rule(
            "Cron reads the wall clock over changes of summer time; schedules of every hour keep their distance",
            "adapted",
            "unit/timetable",
            "decision 0004: where Airflow leaves its grid (zones that change by half an hour, intervals after a gap) Ostro goes on",
        ),
        Rule("Day of month and day of week, both given, are joined by OR", "same", "suite timetables"),
        Rule(
            "A run id is `type__moment`; a timetable may choose another; a run without logical date gets a random end",
            "same",
            "suite dagrun_semantics",
        ),
        Rule(
            "(dag, run id) and (dag, logical date) are unique; the logical date may be missing",
            "same",
            "commands/test_trigger.py",
        ),
        Rule(
            "A run by hand has the present as logical date in 2.x, may have none in 3.x, and the interval before it",
            "same",
            "suite timetables",
        ),
        Rule(
            "catchup=False goes to the latest complete interval or tick; catchup=True makes one run for each, as max_active_runs allows",
            "same",
            "suite timetables",
        ),
        Rule("catchup is off by default in 3.x, on in 2.x", "same", "unit/sdk/test_schedule.py"),
        Rule(
            "The start date is moved to the next tick; the end date is the last logical date",
            "same",
            "suite timetables",
        ),
        Rule(
            "@once runs once; @continuous when the run before has ended, one at a time",
            "same",
            "suite dagrun_semantics",
        ),
        Rule(
            "A changed schedule goes on from the last automated run; what a pause left out is not made up without catchup",
            "same",
            "scheduler/test_engine.py",
        ),
        Rule(
            "A paused DAG makes no scheduled runs and starts no tasks; running tasks end",
            "same",
            "scheduler/test_engine.py",
        ),
        Rule(
            "Timetables of authors: every method of the protocol of 2.x and 3.x",
            "adapted",
            "scheduler/test_calendar.py",
            "asked in a process of the DAG file, never in the engine; the next run is asked for once and kept",
        ),
        Rule(
            "EventsTimetable",
            "adapted",
            "unit/timetable",
            "works; Airflow 3.3.2 cannot store one that a DAG file made",
        ),
    ],
    "Limits": [
        Rule(
            "max_active_runs limits running runs and the making of scheduled ones; runs by hand and by assets wait queued",
            "same",
            "suite dagrun_semantics",
        ),
        Rule(
            "max_active_tasks counts queued and running tasks, of a run in 3.x and of the DAG in 2.x",
            "same",
            "unit/rules/test_limits.py",
        ),
        Rule(
            "max_active_tis_per_dag and _per_dagrun count deferred and waiting instances too",
            "same",
            "unit/rules/test_limits.py",
        ),
        Rule(
            "parallelism is of one scheduler; pools are of all", "same", "scheduler/test_several_engines.py"
        ),
        Rule(
            "Order: priority weight, logical date, map index; what must wait holds nobody else up",
            "same",
            "unit/rules/test_limits.py",
        ),
        Rule(
            "Weights: downstream, upstream, absolute, within 32 bits; strategies of plugins",
            "same",
            "unit/sdk/test_plugins.py",
        ),
        Rule(
            "Pools: -1 is no limit, pool_slots count, include_deferred; a task of a missing pool waits",
            "same",
            "unit/rules/test_limits.py",
        ),
    ],
    "The past": [
        Rule(
            "depends_on_past: all instances of the task in the run before succeeded or were skipped; the first run is free",
            "same",
            "suite dagrun_semantics",
        ),
        Rule(
            "wait_for_downstream waits for its direct downstream there, too", "same", "suite dagrun_semantics"
        ),
        Rule("wait_for_past_depends_before_skipping puts a skip off", "same", "unit/rules/test_past.py"),
        Rule(
            "The first run of a backfill is free; backwards and depends_on_past exclude each other",
            "same",
            "scheduler/test_backfill.py",
        ),
    ],
    "Trigger rules": [
        Rule(
            "All 13 rules and the two old names: when an instance runs, is skipped, is upstream_failed",
            "same",
            "suite trigger_rules",
        ),
        Rule(
            "Mapped upstreams count by instance; inside a mapped group only the own map index counts",
            "same",
            "suite mapping",
        ),
        Rule(
            "one_* rules on a mapped group wait until it is expanded; always is refused in one that is mapped over a result",
            "same",
            "suite mapping",
        ),
        Rule(
            "Only direct upstream decides; upstream_failed goes on step by step",
            "same",
            "suite trigger_rules",
        ),
    ],
    "Skipping and branches": [
        Rule(
            "A branch skips direct downstream that was not chosen, unless it also follows a chosen task",
            "same",
            "suite taskflow_xcom",
        ),
        Rule(
            "It must return ids of direct downstream, or groups; anything else fails the task",
            "same",
            "unit/sdk_execution/test_operators.py",
        ),
        Rule(
            "What was skipped is skipped again when it is cleared (XCom skipmixin_key)",
            "same",
            "unit/rules/test_skipping.py",
        ),
        Rule(
            "Short circuit: any falsy value; all downstream but teardowns, or only the direct one",
            "same",
            "suite taskflow_xcom",
        ),
        Rule(
            "LatestOnly: only the latest interval goes on, runs by hand always",
            "same",
            "unit/sdk_execution/test_operators.py",
        ),
        Rule(
            "AirflowSkipException skips the task itself and calls on_skipped_callback; a branch does not",
            "same",
            "suite taskflow_xcom",
        ),
    ],
    "Set-up and tear-down": [
        Rule(
            "A teardown runs when its setups succeeded, after everything between",
            "same",
            "unit/rules/test_setup_teardown.py",
        ),
        Rule(
            "A task waits for all its setups; a failed setup fails it, a skipped one skips it",
            "same",
            "unit/rules/test_setup_teardown.py",
        ),
        Rule(
            "Teardowns count neither for the run's state (unless on_failure_fail_dagrun) nor as leaves of groups",
            "same",
            "unit/sdk/test_setup_teardown.py",
        ),
        Rule("Clearing a task clears its setups and teardowns", "same", "unit/rules/test_commands_rules.py"),
        Rule("A task after a setup must be all_success", "same", "compat/test_bad_files.py"),
    ],
    "The state of a run": [
        Rule(
            "Decided when nothing is unfinished, by the leaves without teardowns",
            "same",
            "suite dagrun_semantics",
        ),
        Rule("Nothing can go on: failed, all_tasks_deadlocked", "same", "unit/rules/test_runs.py"),
        Rule(
            "dagrun_timeout fails the run, ends what runs and skips the rest",
            "same",
            "suite dagrun_semantics",
        ),
        Rule(
            "max_consecutive_failed_dag_runs pauses the DAG; a DAG without tasks succeeds",
            "same",
            "suite dagrun_semantics",
        ),
        Rule(
            "fail_fast: at a final failure running tasks fail, the others are skipped, teardowns stay",
            "same",
            "suite dagrun_semantics",
        ),
    ],
    "Tries": [
        Rule(
            "A try counts when it is scheduled, not when a sensor is rescheduled or a deferral goes on",
            "same",
            "scheduler/test_deferral.py",
        ),
        Rule(
            "Retry delay, exponential with jitter by the sha1 of the instance, max_retry_delay",
            "same",
            "unit/rules/test_results.py",
        ),
        Rule(
            "AirflowFailException and AirflowSensorTimeout are not tried again; AirflowTaskTimeout and a lost process are",
            "same",
            "process/test_run_task_end.py",
        ),
        Rule(
            "XComs are cleared at the start of a try, not when a deferral goes on",
            "same",
            "scheduler/test_deferral.py",
        ),
        Rule(
            "on_retry before the last try, on_failure after it; retry policies of 3.3",
            "same",
            "scheduler/test_callbacks.py",
        ),
    ],
    "Mapping": [
        Rule(
            "Cross product, the last argument fastest; dicts give pairs; expand_kwargs takes dicts",
            "same",
            "suite mapping",
        ),
        Rule(
            "Length 0 is skipped; None fails; more than max_map_length fails the producer",
            "same",
            "suite mapping",
        ),
        Rule("Expanded again: fewer are removed, more are added", "same", "unit/rules/test_mapping.py"),
        Rule("Mapped groups go depth first; what follows waits for all", "same", "suite mapping"),
        Rule(
            "Values of mapped tasks are a lazy sequence outside, one element inside the group",
            "same",
            "suite taskflow_xcom",
        ),
        Rule("map_index_template before and after the task, at failure too", "same", "suite mapping"),
    ],
    "XCom": [
        Rule(
            "xcom_pull: own task without task_ids in 3.x, any in 2.x; lists in order; map_indexes, default, include_prior_dates",
            "same",
            "suite taskflow_xcom",
        ),
        Rule(
            "JSON with Airflow's registry of types; serialize() and deserialize() of classes; allowed_deserialization_classes",
            "same",
            "unit/sdk_execution/test_serde.py",
        ),
        Rule(
            "multiple_outputs, do_xcom_push=False, None is not pushed, a key is overwritten",
            "same",
            "suite taskflow_xcom",
        ),
        Rule(
            "Back ends of authors (BaseXCom of 2.x and 3.x), object storage with a threshold",
            "adapted",
            "unit/sdk/test_object_storage.py",
            "run in task processes only; pages show what is stored",
        ),
        Rule(
            "Pickled XComs (2.x `enable_xcom_pickling`)",
            "refused",
            "unit/sdk_execution/test_serde.py",
            "a value that is no JSON fails the task with the name of its type",
        ),
    ],
    "Sensors and deferral": [
        Rule(
            "The timeout counts over reschedules and retries; then failed without a retry, or skipped with soft_fail",
            "same",
            "unit/sdk_execution/test_operators.py",
        ),
        Rule(
            "soft_fail, never_fail, silent_fail, exponential_backoff, max_wait",
            "same",
            "unit/sdk_execution/test_operators.py",
        ),
        Rule("Rescheduling frees the slot", "same", "scheduler/test_engine.py"),
        Rule(
            "A deferral is kept, frees the slot, goes on with next_method in a new process, the same try",
            "same",
            "journeys/test_deferral.py",
        ),
        Rule(
            "A failed trigger resumes the task with its error, a timeout with TaskDeferralTimeout",
            "same",
            "scheduler/test_deferral.py",
        ),
        Rule(
            "start_from_trigger and end_from_trigger need no task process",
            "same",
            "journeys/test_deferral.py",
        ),
        Rule(
            "Human input: awaiting_input, defaults at the timeout, the first answer holds",
            "same",
            "scheduler/test_questions.py",
        ),
    ],
    "Callbacks": [
        Rule(
            "Of tasks: in the process of the task after its state is kept, errors swallowed; for a lost process in another one",
            "same",
            "scheduler/test_callbacks.py",
        ),
        Rule("Of DAGs: in a process of the file, with `reason`", "same", "scheduler/test_callbacks.py"),
        Rule("Marking by a user calls no task callbacks", "same", "scheduler/test_callbacks.py"),
        Rule(
            "sla and sla_miss_callback of 2.x",
            "adapted",
            "scheduler/test_deadlines.py",
            "kept as deadlines of the run; the callback gets the arguments of 2.x",
        ),
        Rule(
            "Deadlines of 3.x: told once, dropped when the run ends in time",
            "same",
            "scheduler/test_deadlines.py",
        ),
    ],
    "Clear and mark": [
        Rule(
            "Clearing what runs ends it and runs it again whatever its retries; the run is queued again",
            "same",
            "commands/test_clear_and_mark.py",
        ),
        Rule(
            "Upstream, downstream, past, future; dry run and only failed by default over REST",
            "same",
            "commands/test_clear_and_mark.py",
        ),
        Rule(
            "Marking a run ends its running tasks, skips what waits, leaves teardowns",
            "same",
            "commands/test_clear_and_mark.py",
        ),
        Rule("Marking a task changes nothing else unless asked", "same", "commands/test_clear_and_mark.py"),
    ],
    "Backfill": [
        Rule(
            "Run by the scheduler, one of a DAG, its own max_active_runs; pause and cancel",
            "same",
            "scheduler/test_backfill.py",
        ),
        Rule(
            "Reprocess none, failed or completed; runs in flight are left alone",
            "same",
            "scheduler/test_backfill.py",
        ),
        Rule(
            "`dag.run()` and `backfill` jobs of 2.x",
            "refused",
            "unit/sdk/test_dag.py",
            "says to use dag.test() or ostro backfill create",
        ),
    ],
    "Versions": [
        Rule(
            "A changed DAG is a new version once the old one has run; otherwise it takes its place",
            "same",
            "store/test_specs.py",
        ),
        Rule(
            "A run keeps its version; runs without one follow the latest", "same", "journeys/test_changes.py"
        ),
        Rule(
            "now() and random values make versions",
            "adapted",
            "unit/loader/test_parse_parts.py",
            "they do not: what differs between two parses of one content is left out",
        ),
    ],
    "Assets": [
        Rule(
            "Events at success, for each outlet; conditions of & and |; one run for all that waited",
            "same",
            "scheduler/test_assets.py",
        ),
        Rule("Paused DAGs and events", "same", "scheduler/test_assets.py"),
        Rule("Aliases become assets when a task says so", "same", "scheduler/test_assets.py"),
        Rule(
            "One row of the queue for each asset; events found by their moment",
            "same",
            "store/test_asset_queue.py",
        ),
        Rule(
            "Partitions, mappers, windows, wait policies of 3.2 and 3.3", "same", "scheduler/test_assets.py"
        ),
        Rule(
            "Mappers and windows of an author, registered by a plugin, run in the scheduler",
            "adapted",
            "scheduler/test_authors_mappers.py",
            "they run in a process of the DAG file and need no plugin; wait policies may be an author's too",
        ),
        Rule("inlet_events reads when it is looked at", "same", "unit/runtime/test_asset_events.py"),
        Rule(
            "A task that its trigger ends with TaskSuccessEvent makes no asset events",
            "adapted",
            "scheduler/test_deferral.py",
            "it makes those of its outlets",
        ),
        Rule(
            "Listeners of assets: created, alias created, changed, event emitted",
            "same",
            "process/test_listener.py",
        ),
    ],
    "Other": [
        Rule(
            "An EmptyOperator without callbacks and outlets needs no process",
            "same",
            "scheduler/test_engine.py",
        ),
        Rule(
            "Params: those of DAG and task with conf, checked against their schema when a run is made",
            "same",
            "unit/sdk/test_params.py",
        ),
        Rule(
            "Variables and Connections: secrets back end, environment, database",
            "same",
            "unit/sdk_execution/test_connections_and_variables.py",
        ),
        Rule(
            "Variable.get at the top of a file at each parse",
            "adapted",
            "unit/loader/test_variables.py",
            "a file is parsed again when such a value changes, and not otherwise",
        ),
        Rule(
            "Common queries of task code in 2.x (DagRun.find, session.query(TaskInstance), select(TaskFail) …)",
            "adapted",
            "unit/sdk/test_queries.py",
            "answered over the protocol; the rest is one sentence that names what to use",
        ),
        Rule(
            "task_instance_mutation_hook: pool, slots, queue, weight, tries and executor of each try",
            "adapted",
            "scheduler/test_needs.py",
            "asked when a file is parsed, for each kind of run and each try; what only a run knows (conf, dates) is warned about",
        ),
        Rule(
            "State stores of 3.3 outside the database: [workers] state_store_backend, [state_store] backend",
            "adapted",
            "process/test_state_stores.py",
            "both run in the processes of tasks and triggers; the API does not reach what the second one keeps",
        ),
        Rule("SubDagOperator of 2.x", "adapted", "unit/sdk/test_old_files.py", "becomes a task group"),
        Rule(
            "TriggerDagRun: an existing run fails unless reset or skipped; ExternalTaskSensor matches the exact logical date",
            "same",
            "unit/sdk_execution/test_other_dags.py",
        ),
        Rule(
            "Naive datetimes are of the default time zone; the DAG's is that of its start date",
            "same",
            "unit/sdk/test_dag.py",
        ),
        Rule(
            "Teams ([core] multi_team), Kerberos, impersonation (run_as_user), FAB roles",
            "refused",
            "unit/sdk/test_operator_init.py",
            "the arguments are accepted and have no effect; there is one kind of user rights per installation",
        ),
        Rule(
            "Code that imports Airflow's server (airflow.www, airflow.jobs, its tables)",
            "refused",
            "compat/test_bad_files.py",
            "one sentence that names the REST API",
        ),
    ],
}

/** What the server answers; documented in docs/reference/ui-api.md. Moments are ISO 8601 in UTC, durations are seconds. */

export type RunState = "queued" | "running" | "success" | "failed";
export type TaskState =
  | "none"
  | "scheduled"
  | "queued"
  | "running"
  | "restarting"
  | "success"
  | "failed"
  | "skipped"
  | "upstream_failed"
  | "removed"
  | "up_for_retry"
  | "up_for_reschedule"
  | "deferred"
  | "awaiting_input";
export type RunType =
  | "manual"
  | "scheduled"
  | "backfill"
  | "asset_triggered"
  | "operator_triggered"
  | "asset_materialization";
export type Counts = Partial<Record<TaskState, number>>;

export type Session = {
  username: string;
  roles: string[];
  must_change_password: boolean;
  /** Resource to verbs (read, create, edit, delete) that are allowed for all DAGs or for one at least. */
  permissions: Record<string, string[]>;
  /** Resource to verb to DAGs: what is allowed for these DAGs only. */
  only_dags: Record<string, Record<string, string[]>>;
  version: string;
  airflow_version: string;
  instance_name: string;
  default_timezone: string;
  /** The setting lets people see the configuration. */
  shows_config: boolean;
  server_time: string;
  /** From where on the stream of changes tells what this answer, and all later ones, may not know. */
  live_version: string;
};

export type RunBar = {
  run_id: string;
  state: RunState;
  run_type: RunType;
  run_after: string;
  logical_date: string | null;
  start_date: string | null;
  end_date: string | null;
};

export type DagRow = {
  dag_id: string;
  display_name: string;
  description: string | null;
  is_paused: boolean;
  is_stale: boolean;
  has_import_errors: boolean;
  dialect: 2 | 3;
  tags: string[];
  owners: string[];
  relative_fileloc: string;
  schedule: string | null;
  schedule_description: string;
  schedule_timezone: string | null;
  next_run_after: string | null;
  next_logical_date: string | null;
  active_runs: number;
  runs: RunBar[];
};

export type DagTotals = { all: number; active: number; paused: number; running: number; failed: number };
export type ListedDag = DagRow & { counts: Partial<Record<RunState, number>>; is_favorite: boolean; open_questions: number; bundle: string | null };
export type DagList = {
  dags: ListedDag[];
  total_entries: number;
  totals: DagTotals;
  import_errors: number;
  tags: string[];
  owners: string[];
  bundles: string[];
};

export type ImportError = {
  import_error_id: number;
  timestamp: string;
  filename: string;
  bundle_name: string;
  stack_trace: string;
};

export type ParamSchema = {
  type?: string | string[];
  enum?: unknown[];
  format?: string;
  title?: string;
  description?: string;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  values_display?: Record<string, string>;
  section?: string;
  const?: unknown;
  [other: string]: unknown;
};
export type Param = {
  name: string;
  required: boolean;
  value: unknown;
  description: string | null;
  schema: ParamSchema;
};

export type DagHead = DagRow & {
  fileloc: string | null;
  doc_md: string | null;
  timezone: string;
  start_date: string | null;
  end_date: string | null;
  catchup: boolean;
  max_active_runs: number;
  max_active_tasks: number;
  version_number: number | null;
  last_parsed: string | null;
  params: Param[];
  import_errors: { filename: string; timestamp: string; stack_trace: string }[];
};

export type TaskNode = {
  task_id: string;
  label: string;
  group_id: string;
  operator: string;
  trigger_rule: string;
  is_mapped: boolean;
  is_setup: boolean;
  is_teardown: boolean;
  ui_color: string;
  ui_fgcolor: string;
  doc_md: string | null;
};
export type GroupNode = {
  group_id: string;
  label: string;
  parent: string;
  tooltip: string;
  is_mapped: boolean;
  ui_color: string;
  ui_fgcolor: string;
  children: string[];
};
export type Structure = {
  version_number: number;
  tasks: TaskNode[];
  groups: GroupNode[];
  edges: { source: string; target: string; label: string | null }[];
  roots: string[];
};

export type GridRun = RunBar & {
  id: number;
  queued_at: string | null;
  version_number: number | null;
  note: string | null;
  triggered_by: string;
  states: string;
  mapped: Record<string, Counts>;
  tries: Record<string, number>;
  /** Rows whose instance, or one of whose instances, has a note. */
  noted: number[];
  /** Versions that its task instances have, the newest first; empty when they all have that of the run. */
  versions: number[];
};
export type Grid = {
  rows: { task_id: string; gone: boolean }[];
  runs: GridRun[];
  codes: Record<string, TaskState>;
  next: string | null;
  version: number | string;
};

export type InstanceRow = {
  task_id: string;
  map_index: number;
  state: TaskState;
  try_number: number;
  max_tries: number;
  queued_at: string | null;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  operator: string;
  rendered_map_index: string | null;
  mapped: Counts | null;
  /** How long the instances of a mapped task took that have ended, in seconds. */
  spread: { shortest: number; longest: number; total: number } | null;
};

export type RunHead = RunBar & {
  id: number;
  queued_at: string | null;
  version_number: number;
  bundle: string;
  bundle_version: string | null;
  note: string | null;
  triggered_by: string;
  triggering_user: string | null;
  partition_key: string | null;
  partition_date: string | null;
  clear_number: number;
  data_interval_start: string | null;
  data_interval_end: string | null;
  conf: Record<string, unknown>;
  duration: number | null;
  reason: string;
};
/** `versions`: those that its task instances have, the newest first; empty when they all have that of the run. */
export type RunDetail = { run: RunHead; counts: Counts; versions: { version_number: number; instances: number }[] };

export type CauseKind =
  | "exit"
  | "signal"
  | "oom"
  | "timeout"
  | "lost"
  | "user"
  | "exception"
  | "start"
  | "import"
  | "engine"
  | "input"
  | "template"
  | "xcom"
  | "terminated";
/** What a try died of. What the engine says of it has a code and values; what user code raised has only a text. */
export type Cause = { kind: CauseKind; text: string; code?: string; values?: Record<string, string | number>; exit_code?: number | null; signal?: number | null };
export type Try = {
  try_number: number;
  state: TaskState;
  queued_at: string | null;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  hostname: string | null;
  pid: number | null;
  version_number: number | null;
  cause: Cause | null;
};

/** One thing that holds an instance: a word, the values of the sentence, the sentence in English, and instances that it is about. */
export type Waiting = {
  name: string;
  reason: string;
  about: { task_id: string; map_index: number; state: TaskState }[];
  values: Record<string, string | number | string[]>;
};

export type InstanceDetail = {
  instance: InstanceRow & {
    id: number;
    due_at: string | null;
    pid: number | null;
    hostname: string | null;
    pool: string;
    pool_slots: number;
    queue: string;
    priority_weight: number;
    note: string | null;
    version_number: number | null;
    scheduled_at: string | null;
    executor: string | null;
    attempt_id: string | null;
    bundle: string | null;
    bundle_version: string | null;
  };
  run: RunBar;
  task: (TaskNode & { retries: number; retry_delay: number; pool: string; upstream: string[]; downstream: string[] }) | null;
  waiting: Waiting[];
  tries: Try[];
  rendered: { name: string; value: unknown; renderer: string | null }[];
  xcoms: { key: string; timestamp: string; size: number }[];
  mapped: { total: number; counts: Counts } | null;
};

export type MappedPage = { instances: InstanceRow[]; total_entries: number; counts: Counts };

/** A task instance as the public API tells it; what clear and mark list. */
export type TouchedInstance = {
  task_id: string;
  map_index?: number;
  state?: TaskState | null;
  dag_id?: string;
  dag_run_id?: string;
  rendered_map_index?: string | null;
};

export type LogLine = {
  timestamp: string | null;
  level: string;
  event: string;
  logger?: string;
  exception?: string;
  error_detail?: unknown;
  [extra: string]: unknown;
};
export type LogPage = { lines: LogLine[]; start: number; next: number; size: number; finished: boolean; at: number[]; try_number: number };

export type Change =
  | {
      kind: "ti";
      dag_id: string;
      run_id: string;
      task_id: string;
      map_index: number;
      state: TaskState;
      try_number: number;
    }
  | { kind: "run"; dag_id: string; run_id: string; state: RunState | null; run_type: RunType | null }
  | { kind: "dag"; dag_id: string }
  | { kind: "import_errors" }
  | { kind: "assets" };

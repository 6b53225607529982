/** All runs and all task instances: filters of the address, pages by cursor, and what is done to many of them. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { get, patch, path, post, withQuery } from "./http";
import type { RunState, RunType, TaskState, TouchedInstance } from "./types";

export type Kind = "runs" | "tasks";
type FieldKind = "text" | "number" | "moment";
/** A filter: its name in the address, the parameter of the REST list, and what it takes. */
export type Field = { readonly name: FieldName; readonly param: string; readonly kind: FieldKind };
export type FieldName =
  | "q" | "run" | "task" | "task_like" | "user" | "conf" | "partition" | "asset" | "dag_version" | "bundle_version" | "pool" | "queue"
  | "executor" | "operator" | "host" | "note" | "bundle" | "index" | "rendered" | "tries" | "after" | "before" | "logical_after" | "logical_before"
  | "started_after" | "started_before" | "ended_after" | "ended_before" | "updated_after" | "updated_before" | "longer" | "shorter";
export type ExplorerSearch = {
  dag?: string | undefined;
  /** One run by its whole id, of the DAG named beside it. */
  dag_run?: string | undefined;
  states?: string[] | undefined;
  types?: RunType[] | undefined;
  sort?: string | undefined;
  cursor?: string | undefined;
} & { [name in FieldName]?: string | undefined };

const text = (name: FieldName, param: string): Field => ({ name, param, kind: "text" });
const numeric = (name: FieldName, param: string): Field => ({ name, param, kind: "number" });
const span = (after: FieldName, before: FieldName, param: string): Field[] => [
  { name: after, param: `${param}_gte`, kind: "moment" },
  { name: before, param: `${param}_lt`, kind: "moment" },
];
const TIMES: Field[] = [
  ...span("after", "before", "run_after"),
  ...span("logical_after", "logical_before", "logical_date"),
  ...span("started_after", "started_before", "start_date"),
  ...span("ended_after", "ended_before", "end_date"),
  ...span("updated_after", "updated_before", "updated_at"),
  numeric("longer", "duration_gte"),
  numeric("shorter", "duration_lte"),
];

export const FIELDS: Record<Kind, readonly Field[]> = {
  runs: [
    text("q", "dag_id_pattern"),
    text("run", "run_id_pattern"),
    text("user", "triggering_user_name_pattern"),
    text("conf", "conf_contains"),
    text("partition", "partition_key_pattern"),
    text("asset", "consuming_asset_pattern"),
    text("note", "note_pattern"),
    numeric("dag_version", "dag_version"),
    text("bundle", "bundle_name"),
    text("bundle_version", "bundle_version"),
    ...TIMES,
  ],
  tasks: [
    text("q", "dag_id_pattern"),
    text("run", "run_id_pattern"),
    text("task", "task_id"),
    text("task_like", "task_display_name_pattern"),
    text("pool", "pool"),
    text("queue", "queue"),
    text("executor", "executor"),
    text("operator", "operator_name_pattern"),
    text("host", "hostname_pattern"),
    text("note", "note_pattern"),
    numeric("index", "map_index"),
    text("rendered", "rendered_map_index_pattern"),
    numeric("tries", "try_number"),
    numeric("dag_version", "version_number"),
    ...TIMES,
  ],
};
export const DEFAULT_SORT: Record<Kind, string> = { runs: "-run_after", tasks: "-run_after" };

export type RunRow = {
  dag_id: string;
  dag_display_name: string;
  dag_run_id: string;
  state: RunState;
  run_type: RunType;
  run_after: string;
  logical_date: string | null;
  queued_at: string | null;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  triggering_user_name: string | null;
  triggered_by: string | null;
  dag_versions: { version_number: number; bundle_name: string | null }[];
  bundle_version: string | null;
  note: string | null;
  conf: Record<string, unknown> | null;
  partition_key: string | null;
};
export type TaskRow = {
  id: string;
  dag_id: string;
  dag_display_name: string;
  dag_run_id: string;
  task_id: string;
  task_display_name: string;
  map_index: number;
  rendered_map_index: string | null;
  state: TaskState | null;
  run_after: string;
  logical_date: string | null;
  queued_when: string | null;
  start_date: string | null;
  end_date: string | null;
  duration: number | null;
  try_number: number;
  max_tries: number;
  operator_name: string | null;
  operator: string | null;
  pool: string;
  queue: string | null;
  executor: string | null;
  hostname: string | null;
  priority_weight: number | null;
  pid: number | null;
  note: string | null;
  dag_version: { version_number: number } | null;
};
export type Row<K extends Kind> = K extends "runs" ? RunRow : TaskRow;
export type Slice<K extends Kind> = { rows: Row<K>[]; next: string | null; previous: string | null };

export const PER_PAGE = 50;
/** Most rows that are read one after the other: for a selection, for a file. */
export const MOST_ROWS = 10_000;
const AT_ONCE = 100;

export const runKey = (row: { dag_id: string; dag_run_id: string }): string => `${row.dag_id}\0${row.dag_run_id}`;
export const rowKey = <K extends Kind>(kind: K, row: Row<K>): string => (kind === "runs" ? runKey(row) : (row as TaskRow).id);

/** What is asked for, whatever the page and the order: a selection belongs to it. */
export const filterKey = ({ cursor: _page, sort: _order, ...filters }: ExplorerSearch): string =>
  JSON.stringify(Object.entries(filters).filter(([, value]) => value !== undefined).sort());

/** The filters of the address as the REST lists name them. */
function parameters(kind: Kind, search: ExplorerSearch): Record<string, string | readonly string[] | undefined> {
  const found: Record<string, string | readonly string[] | undefined> = { state: search.states };
  if (kind === "runs") found.run_type = search.types;
  for (const { name, param } of FIELDS[kind]) found[param] = search[name];
  return found;
}

async function readSlice<K extends Kind>(kind: K, search: ExplorerSearch, limit: number, cursor: string, signal?: AbortSignal): Promise<Slice<K>> {
  const dag = search.dag ?? "~";
  const place = kind === "runs" ? path`/api/v2/dags/${dag}/dagRuns` : path`/api/v2/dags/${dag}/dagRuns/${search.dag_run ?? "~"}/taskInstances`;
  const url = withQuery(place, { ...parameters(kind, search), order_by: search.sort ?? DEFAULT_SORT[kind], limit });
  // The parameter stands there also when it is empty: that asks for pages by cursor.
  const found = await get<{ dag_runs?: RunRow[]; task_instances?: TaskRow[]; next_cursor: string | null; previous_cursor: string | null }>(
    `${url}&cursor=${encodeURIComponent(cursor)}`,
    signal,
  );
  return { rows: (found.dag_runs ?? found.task_instances ?? []) as Row<K>[], next: found.next_cursor, previous: found.previous_cursor };
}

export const sliceQuery = <K extends Kind>(kind: K, search: ExplorerSearch) =>
  queryOptions({
    queryKey: [kind, "list", search],
    queryFn: ({ signal }) => readSlice(kind, search, PER_PAGE, search.cursor ?? "", signal),
    placeholderData: keepPreviousData,
  });

export const countQuery = (kind: Kind, search: ExplorerSearch) => {
  const filters = { ...parameters(kind, search), dag_id: search.dag, run_id: search.dag_run };
  return queryOptions({
    queryKey: [kind, "count", filters],
    queryFn: ({ signal }) => get<{ count: number; more: boolean }>(withQuery(kind === "runs" ? "/ui/runs/count" : "/ui/tasks/count", filters), signal),
    placeholderData: keepPreviousData,
  });
};

/** All rows that match, `MOST_ROWS` at most. */
export async function readAll<K extends Kind>(kind: K, search: ExplorerSearch, onProgress: (n: number) => void, signal?: AbortSignal): Promise<Row<K>[]> {
  const rows: Row<K>[] = [];
  for (let cursor: string | null = ""; cursor !== null && rows.length < MOST_ROWS; ) {
    const slice: Slice<K> = await readSlice(kind, search, AT_ONCE, cursor, signal);
    rows.push(...slice.rows);
    cursor = slice.next;
    onProgress(rows.length);
  }
  return rows;
}

// ---- many at once ------------------------------------------------------------------------------------------------------

export type RunAction = "clear" | "clear_failed" | "success" | "failed" | "cancel" | "delete";
export type TaskAction = "clear" | "success" | "failed" | "skipped" | "delete";
export type Action<K extends Kind> = K extends "runs" ? RunAction : TaskAction;
export type Refusal = { name: string; text: string };
type Touched = { task_instances: TouchedInstance[]; total_entries: number };
type BulkDone = { success: string[]; errors: { error: string; status_code: number }[] } | null;

/** Runs, or task instances, of one request: a refusal or a lost connection costs no more than these. */
const CHUNK = 25;

export const isLive = (state: string | null): boolean => state === "queued" || state === "running";

function chunks<T>(all: T[], size = CHUNK): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** Task instances to clear, a request for each run. */
function byRun(rows: TaskRow[]): TaskRow[][] {
  return [...Map.groupBy(rows, runKey).values()].flatMap((ofRun) => chunks(ofRun, 200));
}

function clearTasks(rows: TaskRow[], dryRun: boolean): Promise<Touched> {
  const [first] = rows as [TaskRow];
  return post<Touched>(path`/api/v2/dags/${first.dag_id}/clearTaskInstances`, {
    dry_run: dryRun,
    dag_run_id: first.dag_run_id,
    task_ids: rows.map((row) => (row.map_index < 0 ? row.task_id : [row.task_id, row.map_index])),
    only_failed: false,
  });
}

function clearRuns(rows: RunRow[], onlyFailed: boolean, dryRun: boolean): Promise<Touched> {
  return post<Touched>("/api/v2/dags/~/clearDagRuns", {
    dry_run: dryRun,
    only_failed: onlyFailed,
    dag_runs: rows.map((row) => ({ dag_id: row.dag_id, dag_run_id: row.dag_run_id })),
  });
}

/** The instances that clearing would touch; for other actions the selection itself says it. */
export async function previewClear<K extends Kind>(kind: K, action: Action<K>, rows: Row<K>[], onProgress: (done: number) => void, signal: AbortSignal): Promise<Touched> {
  const parts = kind === "runs" ? chunks(rows as RunRow[]) : byRun(rows as TaskRow[]);
  const found: Touched = { task_instances: [], total_entries: 0 };
  let done = 0;
  for (const part of parts) {
    if (signal.aborted) break;
    const touched = kind === "runs" ? await clearRuns(part as RunRow[], action === "clear_failed", true) : await clearTasks(part as TaskRow[], true);
    found.total_entries += touched.total_entries;
    if (found.task_instances.length < 200) found.task_instances.push(...touched.task_instances.slice(0, 200));
    onProgress((done += part.length));
  }
  return found;
}

/** Does it, a few at a time; what is refused is reported and does not stop the rest. */
export async function carryOut<K extends Kind>(
  kind: K,
  action: Action<K>,
  rows: Row<K>[],
  onProgress: (done: number, refused: Refusal[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const chosen = action === "cancel" ? rows.filter((row) => isLive(row.state)) : rows;
  const parts = kind === "tasks" && action === "clear" ? byRun(chosen as TaskRow[]) : (chunks(chosen as Row<Kind>[]) as (RunRow[] | TaskRow[])[]);
  let done = 0;
  for (const part of parts) {
    if (signal.aborted) return;
    const refused = await doPart(kind, action, part);
    done += part.length - refused.length;
    onProgress(done, refused);
  }
}

async function doPart(kind: Kind, action: string, part: RunRow[] | TaskRow[]): Promise<Refusal[]> {
  try {
    if (action === "clear" || action === "clear_failed") {
      await (kind === "runs" ? clearRuns(part as RunRow[], action === "clear_failed", false) : clearTasks(part as TaskRow[], false));
      return [];
    }
    const entities = part.map((row) => ({ ...nameOf(kind, row), ...stateOf(kind, action) }));
    const url = kind === "runs" ? "/api/v2/dags/~/dagRuns" : "/api/v2/dags/~/dagRuns/~/taskInstances";
    const verb = action === "delete" ? "delete" : "update";
    const answer = await patch<Record<string, BulkDone>>(url, { actions: [{ action: verb, entities }] });
    return (answer[verb]?.errors ?? []).map((one) => ({ name: "", text: one.error }));
  } catch (error) {
    // A request that failed as a whole: each of its rows is tried alone, so that one bad row does not hold the others.
    if (part.length > 1 && (action === "clear" || action === "clear_failed")) {
      const alone = await Promise.all((part as Row<Kind>[]).map((row) => doPart(kind, action, [row] as RunRow[])));
      return alone.flat();
    }
    return part.map((row) => ({ name: displayName(kind, row), text: error instanceof Error ? error.message : String(error) }));
  }
}

function nameOf(kind: Kind, row: RunRow | TaskRow): Record<string, string | number> {
  const run = { dag_id: row.dag_id, dag_run_id: row.dag_run_id };
  if (kind === "runs") return run;
  const { task_id, map_index } = row as TaskRow;
  return { ...run, task_id, map_index };
}

function stateOf(kind: Kind, action: string): Record<string, string> {
  if (action === "delete") return {};
  if (kind === "tasks") return { new_state: action };
  return { state: action === "cancel" ? "failed" : action };
}

export function displayName(kind: Kind, row: RunRow | TaskRow): string {
  const run = `${row.dag_id} · ${row.dag_run_id}`;
  if (kind === "runs") return run;
  const { task_id, map_index } = row as TaskRow;
  return `${run} · ${task_id}${map_index >= 0 ? ` [${map_index}]` : ""}`;
}
